import { bestTwo, POLARITIES, type Calibration } from '../domain/categorize/model.js';
import type { SparseVector } from '../domain/categorize/features.js';
import { fitCalibration } from './calibrate.js';
import type { Split } from './datasets.js';
import { marginsOf, NO_SOFTMAX, trainHead, trainScore, type HeadOptions } from './heads.js';
import { dot } from './linear.js';
import { fitMix, type Mix, type MixRow } from './mix.js';
import type { Weights } from './svm.js';

/** A text with a sentiment. */
export interface FeltText {
  source: string;
  split: Split;
  vector: SparseVector;
  /** Of the lexicon: LEXICAL_INPUTS numbers. */
  lexical: readonly number[];
  /** Index in POLARITIES. */
  polarity: number;
  /** -1..1 */
  score: number;
  weight: number;
}

/** Outputs of the sentiment: the classes, and after them the score. */
export interface TrainedSentiment {
  /** One vector an output: weights of the buckets, and the bias as the last. */
  outputs: Weights[];
  /** Weights of the lexical inputs, an output a row. */
  lexical: number[][];
  calibration: Calibration;
}

export interface SentimentOptions {
  classes: HeadOptions;
  score: HeadOptions;
  log?: (line: string) => void;
}

/** Sources whose texts say how much the model may be trusted on a source that it never saw; others only teach. */
const JUDGED = new Set(['goemotions', 'tweets', 'amazon', 'nyt', 'movies']);
/** Share of the texts of unseen sources in what the mix and the confidence are fitted to; the rest is held-out texts. */
const UNSEEN_SHARE = 0.5;

/**
 * Trains the sentiment: separators of the classes and a regression of the score from hashed features, then how much
 * these and the lexicon count. The latter is learned from texts of each source by separators that never saw the source,
 * and from held-out texts of all: on a source of its own a model relies on words that mean nothing elsewhere.
 */
export async function trainSentiment(
  texts: readonly FeltText[],
  { classes, score, log = () => undefined }: SentimentOptions,
): Promise<TrainedSentiment> {
  const training = texts.filter((t) => t.split === 'train');
  const sources = [...new Set(training.map((t) => t.source))].filter((source) => JUDGED.has(source)).sort();
  const rows: MixRow[] = [];
  for (const source of sources.length > 1 ? sources : []) {
    log(`sentiment: ${source} by a model that never saw it`);
    const others = training.filter((t) => t.source !== source);
    const partial = await separators(others, { ...classes, softmax: NO_SOFTMAX }, score);
    const unseen = training.filter((t) => t.source === source);
    const weight = UNSEEN_SHARE / (sources.length * unseen.length);
    rows.push(...unseen.map((t) => mixRow(partial, t, weight)));
  }
  const whole = await separators(training, classes, score);
  const shareOfSeen = rows.length === 0 ? 1 : 1 - UNSEEN_SHARE;
  for (const source of sources) {
    const heldOut = texts.filter((t) => t.split === 'dev' && t.source === source);
    const weight = shareOfSeen / (sources.length * heldOut.length);
    rows.push(...heldOut.map((t) => mixRow(whole, t, weight)));
  }
  const mix = scaled(fitMix(rows), rows);
  return { ...folded(whole, mix), calibration: calibrate(mix, rows) };
}

/** Outputs of a text by a trained sentiment, before it is rounded to a model file. */
export function sentimentMargins({ outputs, lexical }: TrainedSentiment, text: FeltText): Float64Array {
  const margins = marginsOf(outputs, text.vector);
  return margins.map((margin, k) => margin + dot(lexical[k] ?? [], text.lexical));
}

async function separators(
  texts: readonly FeltText[],
  classes: HeadOptions,
  score: HeadOptions,
): Promise<Weights[]> {
  const labelled = texts.map((t) => ({ ...t, label: POLARITIES[t.polarity] ?? '' }));
  const head = await trainHead(labelled, classes, [...POLARITIES]);
  return [...head.weights, await trainScore(texts, score)];
}

function mixRow(weights: readonly Weights[], text: FeltText, weight: number): MixRow {
  const { polarity, score, lexical, vector } = text;
  return { inputs: [...marginsOf(weights, vector), ...lexical], polarity, score, weight };
}

/** Index of what margins and mixes have of the negative and of the positive class. */
const [NEGATIVE, POSITIVE] = [POLARITIES.indexOf('negative'), POLARITIES.indexOf('positive')];

/** The classes' margins shrunk so that the lead of positive over negative is as far apart as the separators' was. */
function scaled(mix: Mix, rows: readonly MixRow[]): Mix {
  const before = spread(rows.map(({ inputs }) => (inputs[POSITIVE] ?? 0) - (inputs[NEGATIVE] ?? 0)));
  const after = spread(
    rows.map(({ inputs }) => {
      const [negative, positive] = [mix.classes[NEGATIVE] ?? [], mix.classes[POSITIVE] ?? []];
      return dot(positive, [...inputs, 1]) - dot(negative, [...inputs, 1]);
    }),
  );
  const factor = after === 0 ? 1 : before / after;
  return { ...mix, classes: mix.classes.map((row) => row.map((value) => value * factor)) };
}

/** A mix of linear outputs is linear again: one vector of weights an output, and those of the lexical inputs. */
function folded(weights: readonly Weights[], mix: Mix): Pick<TrainedSentiment, 'outputs' | 'lexical'> {
  const rows = [...mix.classes, mix.score];
  const outputs = rows.map((row) => {
    const sum = new Float64Array(weights[0]?.length ?? 0);
    for (const [n, part] of weights.entries())
      for (let b = 0; b < sum.length; b++) sum[b] = (sum[b] ?? 0) + (row[n] ?? 0) * (part[b] ?? 0);
    sum[sum.length - 1] = (sum.at(-1) ?? 0) + (row.at(-1) ?? 0);
    return sum;
  });
  return { outputs, lexical: rows.map((row) => row.slice(weights.length, -1)) };
}

function calibrate(mix: Mix, rows: readonly MixRow[]): Calibration {
  return fitCalibration(
    rows.map(({ inputs, polarity, weight }) => ({
      margins: Float64Array.from(mix.classes, (row) => dot(row, [...inputs, 1])),
      truth: polarity,
      weight: weight * rows.length,
    })),
  );
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Class of a text by its margins. */
export function polarityOfMargins(margins: Float64Array): number {
  return bestTwo(margins, 0, POLARITIES.length)[0];
}
