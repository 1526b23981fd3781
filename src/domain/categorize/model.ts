import { z } from 'zod';
import type { Prediction, TextPrediction } from './prediction.js';
import { LEXICAL_INPUTS } from './valence.js';
import { OTHER_TOPIC, OUT_OF_SCOPE, SENTIMENTS, sentimentOf } from './taxonomy.js';

/** The model file, and how a row of margins becomes labels with confidences. Engines only compute margins. */

const calibration = z.object({
  /** Confidence = logistic(bias + margin * best + gap * (best - second)). */
  bias: z.number(),
  margin: z.number(),
  gap: z.number(),
  /** Temperature that shares what is left of the probability among the other labels. */
  temperature: z.number().positive(),
});
export type Calibration = z.infer<typeof calibration>;

const head = z.object({
  /** First output of the head. */
  offset: z.number().int().min(0),
  labels: z.array(z.string()).min(2),
  calibration,
});
export type Head = z.infer<typeof head>;

const positiveInt = z.number().int().positive();
export const ModelSpec = z.object({
  format: z.literal(1),
  version: z.string().min(1),
  taxonomy_version: z.string().min(1),
  languages: z.array(z.string()).min(1),
  features: z.object({
    buckets: positiveInt,
    wordMax: positiveInt,
    charMin: positiveInt,
    charMax: positiveInt,
    maxLength: positiveInt,
    /** Rows of weights after those of the buckets, for what the lexicon says. */
    lexical: z.number().int().min(0).default(0),
  }),
  /** Outputs a bucket, in the order of the heads. */
  outputs: positiveInt,
  heads: z.object({
    /** null: the topic of a text is that of its intent. */
    topic: head.nullable(),
    intent: head.extend({
      /** What a topic must be where the intent is one that belongs to a single topic. */
      topics: z.record(z.string(), z.string()),
      /** A best margin below it is out of scope; null: only the label `out_of_scope` says so. */
      in_scope_margin: z.number().nullable().default(null),
    }),
    /** Labels negative, neutral, positive; the output after them is the score. */
    sentiment: head,
  }),
  /** Weight = int8 * scale of its output; idf = uint8 * idf_scale. */
  scales: z.array(z.number()),
  biases: z.array(z.number()),
  idf_scale: z.number().positive(),
  /** Rated words, of which the lexical inputs are made; null: none. */
  lexicon: z
    .object({ file: z.string(), sha256: z.string().length(64) })
    .nullable()
    .default(null),
  /** `int8[buckets + lexical][outputs]`, then `uint8[buckets]` of idf. */
  weights: z.object({ file: z.string(), bytes: positiveInt, sha256: z.string().length(64) }),
  seed: z.number().int(),
});
export type ModelSpec = z.infer<typeof ModelSpec>;

/** The limits between the five labels of sentiment. */
export const SENTIMENT_LIMITS = [-0.5, -0.15, 0.15, 0.5] as const;
/** Classes of the sentiment head, in the order of its outputs. */
export const POLARITIES = ['negative', 'neutral', 'positive'] as const;

/** Which bounds a score has by the polarity that the classes found: label and score never contradict each other. */
const BANDS: readonly (readonly [number, number])[] = [
  [-1, SENTIMENT_LIMITS[1] - 1e-4],
  [SENTIMENT_LIMITS[1], SENTIMENT_LIMITS[2] - 1e-4],
  [SENTIMENT_LIMITS[2], 1],
];

/** The two largest of the head's margins; `second` is -1 for a single label. */
export function bestTwo(margins: ArrayLike<number>, offset: number, count: number): [number, number] {
  let best = 0;
  let second = -1;
  for (let k = 1; k < count; k++) {
    const margin = margins[offset + k] ?? 0;
    if (margin > (margins[offset + best] ?? 0)) {
      second = best;
      best = k;
    } else if (second < 0 || margin > (margins[offset + second] ?? 0)) second = k;
  }
  return [best, second];
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Confidence that the best label is right. */
export function confidenceOf(c: Calibration, best: number, second: number): number {
  return logistic(c.bias + c.margin * best + c.gap * (best - second));
}

/** Best label and runner-up of one head. @param start where the row of margins begins */
export function predictHead(spec: Head, margins: ArrayLike<number>, start: number): Prediction {
  const { labels, calibration: c } = spec;
  const offset = start + spec.offset;
  const [best, second] = bestTwo(margins, offset, labels.length);
  const secondMargin = margins[offset + second] ?? 0;
  const confidence = confidenceOf(c, margins[offset + best] ?? 0, secondMargin);
  let others = 0;
  for (let k = 0; k < labels.length; k++)
    if (k !== best) others += Math.exp(((margins[offset + k] ?? 0) - secondMargin) / c.temperature);
  // The runner-up never looks surer than the winner.
  const runnerUpConfidence = Math.min((1 - confidence) / others, confidence);
  return {
    label: labels[best] ?? '',
    confidence,
    runnerUp: { label: labels[second] ?? '', confidence: runnerUpConfidence },
  };
}

/**
 * Labels of one text from its row of margins.
 * @param margins rows of `spec.outputs` numbers @param row which of them
 */
export function predictRow(spec: ModelSpec, margins: ArrayLike<number>, row: number): TextPrediction {
  const start = row * spec.outputs;
  const { topic, intent, sentiment } = spec.heads;
  const polarity = predictHead(sentiment, margins, start);
  const score = scoreOf(spec, margins, start, polarity.label);
  const intentFound = inScope(intent, predictHead(intent, margins, start), margins, start);
  return {
    topic:
      topic === null
        ? topicOf(intentFound, intent.topics)
        : supportedTopic(predictHead(topic, margins, start), intentFound, intent.topics),
    intent: intentFound,
    sentiment: { ...polarity, label: sentimentOf(score, SENTIMENT_LIMITS) },
    sentimentScore: score,
  };
}

/** Best margin of a head: how much a text is like anything that the head knows. */
export function bestMargin({ offset, labels }: Head, margins: ArrayLike<number>, start: number): number {
  let best = -Infinity;
  for (let k = 0; k < labels.length; k++) best = Math.max(best, margins[start + offset + k] ?? -Infinity);
  return best;
}

/** A text that is unlike all that the model knows is out of scope, however much likelier one label is than others. */
function inScope(
  spec: ModelSpec['heads']['intent'],
  found: Prediction,
  margins: ArrayLike<number>,
  start: number,
): Prediction {
  const limit = spec.in_scope_margin;
  if (limit === null || found.label === OUT_OF_SCOPE || bestMargin(spec, margins, start) >= limit)
    return found;
  const { label, confidence } = found;
  return { label: OUT_OF_SCOPE, confidence: 1 - confidence, runnerUp: { label, confidence } };
}

function topicOf(intent: Prediction, topics: Record<string, string>): Prediction {
  const of = (label: string): string => topics[label] ?? OTHER_TOPIC;
  const { runnerUp } = intent;
  return {
    label: of(intent.label),
    confidence: intent.confidence,
    runnerUp:
      runnerUp === null || of(runnerUp.label) === of(intent.label)
        ? null
        : { label: of(runnerUp.label), confidence: runnerUp.confidence },
  };
}

/** Below this confidence a topic gives way to one that a surer intent implies. */
const UNSURE_TOPIC = 0.5;

/** "I want to cancel my subscription" has a clear intent, and with it a topic, even where the topic head is unsure. */
function supportedTopic(topic: Prediction, intent: Prediction, implied: Record<string, string>): Prediction {
  const label = implied[intent.label];
  if (label === undefined || topic.confidence >= UNSURE_TOPIC || intent.confidence <= topic.confidence)
    return topic;
  const { confidence } = topic;
  return {
    label,
    confidence: intent.confidence,
    runnerUp: topic.label === label ? topic.runnerUp : { label: topic.label, confidence },
  };
}

/** How much of the score comes from the regression, and how much from the lead of positive over negative. */
const SCORE_BLEND = { score: 0.6, lead: 0.15 } as const;

function scoreOf(spec: ModelSpec, margins: ArrayLike<number>, start: number, polarity: string): number {
  const { sentiment } = spec.heads;
  const at = start + sentiment.offset;
  const lead = (margins[at + 2] ?? 0) - (margins[at] ?? 0);
  const raw = SCORE_BLEND.score * (margins[at + sentiment.labels.length] ?? 0) + SCORE_BLEND.lead * lead;
  const [low, high] = BANDS[POLARITIES.indexOf(polarity as (typeof POLARITIES)[number])] ?? [-1, 1];
  return Math.min(Math.max(raw, low), high);
}

/** What must hold beyond the schema, so that no engine reads past its arrays; empty where all is well. */
export function specErrors(spec: ModelSpec): string[] {
  const { topic, intent, sentiment } = spec.heads;
  const topics = topic?.labels.length ?? 0;
  const used = topics + intent.labels.length + sentiment.labels.length + 1;
  const errors: string[] = [];
  if (used !== spec.outputs) errors.push(`outputs is ${spec.outputs}, the heads need ${used}`);
  if (spec.scales.length !== spec.outputs || spec.biases.length !== spec.outputs)
    errors.push('scales and biases must have one number an output');
  const { buckets, lexical } = spec.features;
  if (lexical !== (spec.lexicon === null ? 0 : LEXICAL_INPUTS))
    errors.push(`a model with a lexicon has ${LEXICAL_INPUTS} lexical inputs, one without has none`);
  if (spec.weights.bytes !== (buckets + lexical) * spec.outputs + buckets)
    errors.push('the size of the weights does not fit buckets and outputs');
  if (
    (topic?.offset ?? 0) !== 0 ||
    intent.offset !== topics ||
    sentiment.offset !== intent.offset + intent.labels.length
  )
    errors.push('the offsets of the heads must follow each other');
  if (sentiment.labels.join() !== POLARITIES.join())
    errors.push(`the sentiment head must have ${POLARITIES.join(', ')}`);
  return errors;
}

/** The closed set of sentiment labels, for callers that list what a model may answer. */
export const SENTIMENT_LABELS: readonly string[] = SENTIMENTS;
