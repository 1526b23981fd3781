import { setImmediate } from 'node:timers/promises';
import {
  DEFAULT_FEATURES,
  documentFrequencies,
  FeatureExtractor,
  type SparseVector,
} from '../domain/categorize/features.js';
import type { Mapping } from '../domain/categorize/taxonomy.js';
import { readBanking77, readClinc150, readGoEmotions } from './datasets.js';
import { marginsOf, trainHead, type TrainedHead } from './heads.js';
import { auroc, classFigures, thresholdKeeping, type ClassFigures } from './scores.js';
import { quantiseIdf } from './write-model.js';

/**
 * The public benchmarks with the set's own labels: features and trainer of the model, trained on the set's own
 * training split and measured on its test split. They say how good the method is, apart from the taxonomy.
 */
export interface BenchmarkFigures {
  /** In scope; and out of scope by the best margin, threshold set on the development split. */
  clinc150: ClassFigures & { auroc: number; oosRecallAt95: number };
  banking77: ClassFigures;
  /** Positive, negative, neutral; single label. */
  goemotions: ClassFigures;
}

interface Labelled {
  text: string;
  label: string;
}
const INTENT_C = 1;
const SENTIMENT_C = 0.1;

export async function runBenchmarks(options: {
  datasetsDir: string;
  mapping: Mapping;
  seed?: number;
  log?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}): Promise<BenchmarkFigures> {
  const { datasetsDir, mapping, seed = 1, log = () => undefined, signal } = options;
  const fit = (train: readonly Labelled[], c: number, balance: number): Promise<Fitted> =>
    fitSet(train, { c, balance, seed, signal });

  log('benchmark: CLINC150');
  const clinc = readClinc150(datasetsDir);
  const inScope = clinc.filter((e) => e.label !== 'oos');
  const clincModel = await fit(
    inScope.filter((e) => e.split === 'train'),
    INTENT_C,
    0,
  );
  const best = (e: Labelled): number => clincModel.best(e.text).margin;
  const test = inScope.filter((e) => e.split === 'test');
  const limit = thresholdKeeping(inScope.filter((e) => e.split === 'dev').map(best), 0.95);
  const outside = clinc.filter((e) => e.label === 'oos' && e.split === 'test').map(best);
  const clinc150 = {
    ...clincModel.figures(test),
    auroc: auroc(test.map(best), outside),
    oosRecallAt95: outside.filter((margin) => margin < limit).length / outside.length,
  };

  log('benchmark: banking77');
  const banking = readBanking77(datasetsDir);
  const bankingModel = await fit(
    banking.filter((e) => e.split !== 'test'),
    INTENT_C,
    0,
  );

  log('benchmark: GoEmotions, three classes');
  const polarities = Object.entries(mapping.sentiment['goemotions'] ?? {});
  const emotions = readGoEmotions(datasetsDir).flatMap((e) => {
    const polarity = polarities.find(([, labels]) => labels.includes(e.label))?.[0];
    return polarity === undefined ? [] : [{ ...e, label: polarity }];
  });
  const emotionModel = await fit(
    emotions.filter((e) => e.split === 'train'),
    SENTIMENT_C,
    0.5,
  );
  return {
    clinc150,
    banking77: bankingModel.figures(banking.filter((e) => e.split === 'test')),
    goemotions: emotionModel.figures(emotions.filter((e) => e.split === 'test')),
  };
}

interface Fitted {
  best(text: string): { label: string; margin: number };
  figures(test: readonly Labelled[]): ClassFigures;
}

async function fitSet(
  train: readonly Labelled[],
  options: { c: number; balance: number; seed: number; signal: AbortSignal | undefined },
): Promise<Fitted> {
  const counter = new FeatureExtractor(DEFAULT_FEATURES, null);
  const frequencies = documentFrequencies(
    train.map((e) => counter.extract(e.text)),
    DEFAULT_FEATURES.buckets,
  );
  const extractor = new FeatureExtractor(DEFAULT_FEATURES, quantiseIdf(frequencies).idf);
  const head: TrainedHead = await trainHead(
    train.map((e) => ({ vector: extractor.extract(e.text), label: e.label, weight: 1 })),
    {
      buckets: DEFAULT_FEATURES.buckets,
      seed: options.seed,
      c: options.c,
      balance: options.balance,
      breathe: async () => {
        await setImmediate();
        options.signal?.throwIfAborted();
      },
    },
  );
  const best = (text: string): { label: string; margin: number } => {
    const vector: SparseVector = extractor.extract(text);
    let found = { label: '', margin: -Infinity };
    marginsOf(head.weights, vector).forEach((margin, k) => {
      if (margin > found.margin) found = { label: head.labels[k] ?? '', margin };
    });
    return found;
  };
  return {
    best,
    figures: (test) => classFigures(test.map((e) => ({ truth: e.label, answer: best(e.text).label }))),
  };
}
