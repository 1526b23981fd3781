import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POLARITIES } from '../domain/categorize/model.js';
import type { Mapping } from '../domain/categorize/taxonomy.js';
import { readBanking77, readClinc150, readGoEmotionsAll, type Split } from './datasets.js';
import { polarityOf } from './examples.js';
import { evaluateLabelled, type LabelledEvaluation } from './evaluate-labelled.js';
import type { LabelledText } from './labelled-file.js';
import { trainLabelled, type LabelledSettings } from './train-labelled.js';

/**
 * The public benchmarks with the set's own labels: what `train --train` and `evaluate --test` do, on the set's own
 * training, development and test split. They say how good the method is, apart from the taxonomy.
 */
export const BENCHMARKS = ['clinc150', 'banking77', 'goemotions'] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

export interface BenchmarkData extends Record<Split, LabelledText[]> {
  settings: Partial<LabelledSettings>;
}

/** Three classes share all comments: weaker cost, and fewer passes over more texts. */
export const SENTIMENT_SETTINGS: LabelledSettings = {
  c: 0.1,
  balance: 0.5,
  softmax: { members: 3, passes: 6, share: 0.3 },
};

/**
 * Texts of a benchmark. Out of scope (`oos`) is in none but the test split. banking77 has no development split: its
 * confidences are fitted to a tenth of the training texts. GoEmotions: positive, negative, neutral, of the comments whose
 * emotions are all of one of them; training also has those where neutral stands beside a feeling.
 */
export function benchmarkData(name: BenchmarkName, datasetsDir: string, mapping: Mapping): BenchmarkData {
  if (name === 'clinc150') {
    const rows = readClinc150(datasetsDir).filter((e) => e.split === 'test' || e.label !== 'oos');
    return { ...bySplit(rows), settings: {} };
  }
  if (name === 'banking77') {
    const { train, dev, test } = bySplit(readBanking77(datasetsDir));
    return { train: [...train, ...dev], dev: [], test, settings: {} };
  }
  const rows = readGoEmotionsAll(datasetsDir).flatMap(({ text, labels, split }) => {
    const polarity = polarityOf(labels, mapping, split === 'train');
    return polarity === undefined ? [] : [{ split, text, label: POLARITIES[polarity] ?? '' }];
  });
  return { ...bySplit(rows), settings: SENTIMENT_SETTINGS };
}

function bySplit(rows: readonly (LabelledText & { split: Split })[]): Record<Split, LabelledText[]> {
  const of = (split: Split): LabelledText[] =>
    rows.filter((r) => r.split === split).map(({ text, label }) => ({ text, label }));
  return { train: of('train'), dev: of('dev'), test: of('test') };
}

/** Trains a benchmark's model in a directory and measures it. @param split what it is measured on */
export async function runBenchmark(options: {
  name: BenchmarkName;
  datasetsDir: string;
  mapping: Mapping;
  outDir: string;
  split?: 'dev' | 'test' | undefined;
  seed?: number | undefined;
  settings?: Partial<LabelledSettings> | undefined;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}): Promise<LabelledEvaluation> {
  const { name, datasetsDir, mapping, outDir, split = 'test', seed, log, signal } = options;
  const data = benchmarkData(name, datasetsDir, mapping);
  await trainLabelled({
    train: data.train,
    dev: data.dev.length === 0 ? undefined : data.dev,
    settings: { ...data.settings, ...options.settings },
    outDir,
    baseDir: null,
    seed,
    log,
    signal,
  });
  return evaluateLabelled({ modelDir: outDir, test: data[split], signal });
}

/** Figures of each benchmark that `evaluate --benchmarks` reports. */
export type BenchmarkFigures = Record<
  BenchmarkName,
  Pick<LabelledEvaluation, 'texts' | 'accuracy' | 'macroF1' | 'calibrationError' | 'outOfScope'>
>;

export async function runBenchmarks(options: {
  datasetsDir: string;
  mapping: Mapping;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}): Promise<BenchmarkFigures> {
  const dir = mkdtempSync(join(tmpdir(), 'benchmark-'));
  try {
    const figures: Partial<BenchmarkFigures> = {};
    for (const name of BENCHMARKS) {
      options.log?.(`benchmark: ${name}`);
      const found = await runBenchmark({ ...options, name, outDir: join(dir, name) });
      const { texts, accuracy, macroF1, calibrationError, outOfScope } = found;
      figures[name] = { texts, accuracy, macroF1, calibrationError, outOfScope };
    }
    return figures as BenchmarkFigures;
  } finally {
    rmSync(dir, { recursive: true });
  }
}
