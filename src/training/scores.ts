/** Figures of merit. Definitions: docs/categorizer.md. */

export interface ClassFigures {
  texts: number;
  accuracy: number;
  /** Mean of the F1 of the labels that occur in the truth. */
  macroF1: number;
}

/** Figures of one label. */
export interface LabelFigures {
  label: string;
  /** Texts that have it. */
  texts: number;
  /** null: never answered. */
  precision: number | null;
  recall: number;
  f1: number;
}

type Pair = Readonly<{ truth: string; answer: string }>;

/** Precision, recall and F1 of each label that occurs in the truth, sorted by name. */
export function labelFigures(pairs: readonly Pair[]): LabelFigures[] {
  const counts = new Map<string, { hit: number; truth: number; answer: number }>();
  const of = (label: string): { hit: number; truth: number; answer: number } => {
    const known = counts.get(label) ?? { hit: 0, truth: 0, answer: 0 };
    counts.set(label, known);
    return known;
  };
  for (const { truth, answer } of pairs) {
    of(truth).truth++;
    of(answer).answer++;
    if (truth === answer) of(truth).hit++;
  }
  return [...counts]
    .filter(([, c]) => c.truth > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, c]) => ({
      label,
      texts: c.truth,
      precision: c.answer === 0 ? null : c.hit / c.answer,
      recall: c.hit / c.truth,
      f1: (2 * c.hit) / (c.truth + c.answer),
    }));
}

/** Accuracy and macro F1 of single-label answers. */
export function classFigures(pairs: readonly Pair[]): ClassFigures {
  const labels = labelFigures(pairs);
  return {
    texts: pairs.length,
    accuracy: pairs.filter(({ truth, answer }) => truth === answer).length / pairs.length,
    macroF1: labels.reduce((sum, { f1 }) => sum + f1, 0) / labels.length,
  };
}

/** Probability that an in-scope text scores higher than one out of scope; ties count half. */
export function auroc(inside: readonly number[], outside: readonly number[]): number {
  const all = [
    ...inside.map((score) => ({ score, inside: true })),
    ...outside.map((score) => ({ score, inside: false })),
  ];
  all.sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let i = 0; i < all.length;) {
    let j = i;
    while (j < all.length && all[j]?.score === all[i]?.score) j++;
    const meanRank = (i + 1 + j) / 2;
    for (let k = i; k < j; k++) if (all[k]?.inside === true) rankSum += meanRank;
    i = j;
  }
  return (rankSum - (inside.length * (inside.length + 1)) / 2) / (inside.length * outside.length);
}

/** The value that `share` of the values are at or above. */
export function thresholdKeeping(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * (1 - share))] ?? -Infinity;
}

/** Pearson correlation. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((x, y) => x + y, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, n) => {
    const y = b[n] ?? 0;
    ab += (x - ma) * (y - mb);
    aa += (x - ma) ** 2;
    bb += (y - mb) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}

/** Figures to four places: more would claim a precision that the test sets do not have. */
export function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1e4) / 1e4;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}
