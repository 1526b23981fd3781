import { execFileSync } from 'node:child_process';
import type * as Features from '../../src/domain/categorize/features.js';
import type * as Model from '../../src/domain/categorize/model.js';
import type { Mapping } from '../../src/domain/categorize/taxonomy.js';
import type * as Examples from '../../src/training/examples.js';
import type * as Heads from '../../src/training/heads.js';
import type * as Scores from '../../src/training/scores.js';
import type * as Train from '../../src/training/train.js';

type Load = <T>(path: string) => Promise<T>;

const SOURCES = ['goemotions', 'tweets', 'amazon', 'nyt', 'movies'] as const;

/**
 * Three-way sentiment of a source that no training text came from, beside VADER: trains without each source and
 * measures on its held-out texts, macro F1. The model's separators only, without their share of softmax models.
 */
export async function leaveOneSourceOut(options: {
  load: Load;
  datasetsDir: string;
  mapping: Mapping;
  python: string;
  seed: number;
  say: (line: string) => void;
}) {
  const { load, datasetsDir, mapping, python, seed, say } = options;
  const { sentimentExamples } = await load<typeof Examples>('training/examples.js');
  const { trainHead, marginsOf, NO_SOFTMAX } = await load<typeof Heads>('training/heads.js');
  const { classFigures } = await load<typeof Scores>('training/scores.js');
  const { SETTINGS } = await load<typeof Train>('training/train.js');
  const { POLARITIES, bestTwo } = await load<typeof Model>('domain/categorize/model.js');
  const { DEFAULT_FEATURES, documentFrequencies, FeatureExtractor } = await load<typeof Features>(
    'domain/categorize/features.js',
  );
  const examples = sentimentExamples(datasetsDir, mapping, seed);
  const { buckets } = DEFAULT_FEATURES;
  const polarity = (n: number): string => POLARITIES[n] ?? '';
  const rows = [];
  for (const source of SOURCES) {
    say(`sentiment: trained without ${source}`);
    const train = examples.filter((e) => e.split === 'train' && e.source !== source);
    const counter = new FeatureExtractor(DEFAULT_FEATURES, null);
    const counted = train.filter((e) => e.source !== 'lexicon').map((e) => counter.extract(e.text));
    const extractor = new FeatureExtractor(DEFAULT_FEATURES, documentFrequencies(counted, buckets));
    const head = await trainHead(
      train.map((e) => ({
        vector: extractor.extract(e.text),
        label: polarity(e.polarity ?? 1),
        weight: e.weight,
      })),
      { ...SETTINGS.sentiment, softmax: NO_SOFTMAX, buckets, seed, breathe: () => Promise.resolve() },
      [...POLARITIES],
    );
    const test = examples.filter((e) => e.split === 'test' && e.source === source);
    const truths = test.map((e) => polarity(e.polarity ?? 1));
    const figures = (answers: readonly number[]) =>
      classFigures(truths.map((truth, n) => ({ truth, answer: polarity(answers[n] ?? 1) })));
    const own = test.map((e) => bestTwo(marginsOf(head.weights, extractor.extract(e.text)), 0, 3)[0]);
    const vader = vaderOf(
      python,
      test.map((e) => e.text),
    );
    rows.push({
      source,
      texts: test.length,
      macroF1: figures(own).macroF1,
      vader: vader === null ? null : figures(vader).macroF1,
    });
  }
  return { dataset: 'sentiment-domains', seed, sources: rows };
}

/** null: Python cannot load VADER. */
function vaderOf(python: string, texts: readonly string[]): number[] | null {
  const input = texts.map((text) => text.replace(/\s+/g, ' ')).join('\n');
  try {
    const output = execFileSync(python, ['bench/categorizer/vader.py'], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    return output.trim().split('\n').map(Number);
  } catch {
    return null;
  }
}
