import { execFileSync } from 'node:child_process';
import type * as Features from '../../src/domain/categorize/features.js';
import type * as Model from '../../src/domain/categorize/model.js';
import type { Mapping } from '../../src/domain/categorize/taxonomy.js';
import type * as Words from '../../src/domain/categorize/valence.js';
import type * as Datasets from '../../src/training/datasets.js';
import type * as Examples from '../../src/training/examples.js';
import type * as Heads from '../../src/training/heads.js';
import type * as Scores from '../../src/training/scores.js';
import type * as Sentiment from '../../src/training/sentiment.js';
import type * as Train from '../../src/training/train.js';

type Load = <T>(path: string) => Promise<T>;

const SOURCES = ['goemotions', 'tweets', 'amazon', 'nyt', 'movies'] as const;

/**
 * Three-way sentiment of a source that no training text came from, beside VADER: trains without each source and
 * measures on its held-out texts, macro F1. As the shipped model is trained, but without its share of softmax models.
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
  const { lexiconFile } = await load<typeof Datasets>('training/datasets.js');
  const { NO_SOFTMAX } = await load<typeof Heads>('training/heads.js');
  const { classFigures } = await load<typeof Scores>('training/scores.js');
  const { polarityOfMargins, sentimentMargins, trainSentiment } =
    await load<typeof Sentiment>('training/sentiment.js');
  const { SETTINGS } = await load<typeof Train>('training/train.js');
  const { POLARITIES } = await load<typeof Model>('domain/categorize/model.js');
  const { parseLexicon, Valence } = await load<typeof Words>('domain/categorize/valence.js');
  const { DEFAULT_FEATURES, documentFrequencies, FeatureExtractor, lexicalInputs } = await load<
    typeof Features
  >('domain/categorize/features.js');
  const examples = sentimentExamples(datasetsDir, mapping, seed);
  const valence = new Valence(parseLexicon(lexiconFile(datasetsDir)), DEFAULT_FEATURES.maxLength);
  const { buckets } = DEFAULT_FEATURES;
  const polarity = (n: number): string => POLARITIES[n] ?? '';
  const common = { softmax: NO_SOFTMAX, buckets, seed, breathe: () => Promise.resolve() };
  const rows = [];
  for (const source of SOURCES) {
    say(`sentiment: trained without ${source}, seed ${seed}`);
    const others = examples.filter((e) => e.source !== source);
    const counter = new FeatureExtractor(DEFAULT_FEATURES, null);
    const counted = others
      .filter((e) => e.split === 'train' && e.source !== 'lexicon')
      .map((e) => counter.extract(e.text));
    const extractor = new FeatureExtractor(DEFAULT_FEATURES, documentFrequencies(counted, buckets));
    const felt = (e: (typeof examples)[number]): Sentiment.FeltText => ({
      ...e,
      vector: extractor.extract(e.text),
      lexical: lexicalInputs(valence, e.text),
      polarity: e.polarity ?? 1,
      score: e.score ?? 0,
    });
    const sentiment = await trainSentiment(others.map(felt), {
      classes: { ...SETTINGS.sentiment, ...common },
      score: { ...SETTINGS.score, ...common },
    });
    const test = examples.filter((e) => e.split === 'test' && e.source === source);
    const truths = test.map((e) => polarity(e.polarity ?? 1));
    const macroF1 = (answers: readonly number[]): number =>
      classFigures(truths.map((truth, n) => ({ truth, answer: polarity(answers[n] ?? 1) }))).macroF1;
    const vader = vaderOf(
      python,
      test.map((e) => e.text),
    );
    rows.push({
      source,
      texts: test.length,
      macroF1: macroF1(test.map((e) => polarityOfMargins(sentimentMargins(sentiment, felt(e))))),
      vader: vader === null ? null : macroF1(vader),
    });
  }
  return rows;
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
