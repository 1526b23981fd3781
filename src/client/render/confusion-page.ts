import type { LabelledEvaluation } from '../../training/index.js';

/** A page that stands by itself: figures, the confusion matrix and the calibration as pictures, figures a label. */
export function confusionPage(figures: LabelledEvaluation): string {
  const { modelVersion, task, outOfScope } = figures;
  const facts: [string, string][] = [
    ['Texts', String(figures.texts)],
    ['Accuracy', points(figures.accuracy)],
    ['Macro F1', points(figures.macroF1)],
    ['Calibration error', figures.calibrationError.toFixed(3)],
    ['Get a label', points(figures.asLabelled.labelled)],
    ['Right, of these', points(figures.asLabelled.accuracyOfLabelled)],
    ...(outOfScope === null
      ? []
      : ([
          ['Texts out of scope', String(outOfScope.texts)],
          ['AUROC', outOfScope.auroc.toFixed(3)],
          ['Recall at 95 % kept', points(outOfScope.recallAt95Kept)],
        ] as [string, string][])),
  ];
  const title = `Model ${modelVersion}: ${task}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 2rem; color: #1b1f24; background: #fff; }
dl { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; }
dt { color: #57606a; }
dd { margin: 0; font-size: 1.3rem; }
td, th { padding: 0.15rem 0.8rem 0.15rem 0; text-align: right; }
td:first-child, th:first-child { text-align: left; }
svg text { fill: #1b1f24; }
figure { margin: 2rem 0; overflow-x: auto; }
</style>
<h1>${escape(title)}</h1>
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
<figure>
<figcaption>Confusion: a row is what is true, a column what was answered; the darker, the larger the share of the row. Mistakes are red. Point at a cell for its numbers.</figcaption>
${matrix(figures)}
</figure>
<figure>
<figcaption>Calibration: how often labels of a confidence are right. On the line: as often as they say.</figcaption>
${calibration(figures)}
</figure>
<table>
<tr><th>Label</th><th>Texts</th><th>Precision</th><th>Recall</th><th>F1</th></tr>
${figures.labels.map(({ label, texts, precision, recall, f1 }) => `<tr><td>${escape(label)}</td><td>${texts}</td><td>${precision === null ? '' : points(precision)}</td><td>${points(recall)}</td><td>${points(f1)}</td></tr>`).join('\n')}
</table>
</html>
`;
}

/** Pixels of a cell: with many labels small ones, so that the whole is seen at once. */
const LARGE_CELL = 22;
const SMALL_CELL = 9;
const MANY_LABELS = 40;
const CHARACTER = 0.62;

function matrix({ labels, confusion }: LabelledEvaluation): string {
  const names = [
    ...new Set([...labels.map(({ label }) => label), ...confusion.map(({ answer }) => answer)]),
  ].sort();
  const at = new Map(names.map((name, n) => [name, n]));
  const totals = new Map(labels.map(({ label, texts }) => [label, texts]));
  const cell = names.length > MANY_LABELS ? SMALL_CELL : LARGE_CELL;
  const font = Math.min(cell - 1, 12);
  const margin = Math.ceil(Math.max(...names.map((name) => name.length)) * font * CHARACTER) + 8;
  const side = margin + names.length * cell;
  const cells = confusion.map(({ truth, answer, texts }) => {
    const share = texts / (totals.get(truth) ?? texts);
    const [x, y] = [margin + (at.get(answer) ?? 0) * cell, margin + (at.get(truth) ?? 0) * cell];
    const color = truth === answer ? '#0b5cad' : '#c22f2f';
    return `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill="${color}" fill-opacity="${Math.sqrt(share).toFixed(2)}"><title>${escape(truth)} → ${escape(answer)}: ${texts} (${points(share)} %)</title></rect>`;
  });
  const texts = names.flatMap((name, n) => {
    const middle = margin + (n + 0.5) * cell;
    return [
      `<text x="${margin - 4}" y="${middle}" text-anchor="end" dominant-baseline="central">${escape(name)}</text>`,
      `<text transform="translate(${middle} ${margin - 4}) rotate(-90)" dominant-baseline="central">${escape(name)}</text>`,
    ];
  });
  return `<svg role="img" aria-label="confusion matrix" width="${side}" height="${side}" font-size="${font}">
<rect x="${margin}" y="${margin}" width="${side - margin}" height="${side - margin}" fill="none" stroke="#d0d7de"/>
${cells.join('\n')}
${texts.join('\n')}
</svg>`;
}

function calibration({ reliability, texts }: LabelledEvaluation): string {
  const size = 260;
  const place = (share: number): string => (share * size).toFixed(1);
  const dots = reliability.map(
    (bin) =>
      `<circle cx="${place(bin.confidence)}" cy="${place(1 - bin.accuracy)}" r="${(3 + 9 * Math.sqrt(bin.texts / texts)).toFixed(1)}" fill="#0b5cad" fill-opacity="0.7"><title>${bin.texts} texts: confidence ${points(bin.confidence)} %, right ${points(bin.accuracy)} %</title></circle>`,
  );
  return `<svg role="img" aria-label="calibration" width="${size + 24}" height="${size + 24}" viewBox="-12 -12 ${size + 24} ${size + 24}">
<rect width="${size}" height="${size}" fill="none" stroke="#d0d7de"/><line x1="0" y1="${size}" x2="${size}" y2="0" stroke="#8c959f"/>
${dots.join('\n')}
</svg>`;
}

function points(share: number): string {
  return (share * 100).toFixed(1);
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
