import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeatureSpec } from '../domain/categorize/features.js';
import { POLARITIES, type Calibration, type ModelSpec } from '../domain/categorize/model.js';
import type { TrainedSentiment } from './sentiment.js';
import type { Weights } from './svm.js';

/** idf as `uint8 * scale`; what the trainer uses is already rounded, so that training and use see the same. */
export function quantiseIdf(idf: Float32Array): { bytes: Uint8Array; scale: number; idf: Float32Array } {
  const scale = idf.reduce((a, b) => Math.max(a, b), 0) / 255;
  const bytes = Uint8Array.from(idf, (value) => Math.round(value / scale));
  return { bytes, scale, idf: Float32Array.from(bytes, (q) => q * scale) };
}

export interface ModelParts {
  features: FeatureSpec;
  taxonomyVersion: string;
  languages: string[];
  seed: number;
  idf: { bytes: Uint8Array; scale: number };
  /** null: the topic is that of the intent. */
  topic: { labels: string[]; weights: Weights[]; calibration: Calibration } | null;
  intent: {
    labels: string[];
    weights: Weights[];
    calibration: Calibration;
    /** Intent → the topic that it implies. */
    topics: Record<string, string>;
    /** Best margin below which a text is out of scope. */
    inScopeMargin?: number | undefined;
  };
  sentiment: TrainedSentiment;
  /** Lines of word, TAB and valence, that the sentiment's lexical inputs are made of; null: it has none. */
  lexicon: string | null;
}

export const LEXICON_FILE = 'lexicon.tsv';

/** Quantises all outputs to int8, one scale each, and writes `model.json` and `weights.bin`. */
export function writeModel(dir: string, parts: ModelParts): ModelSpec {
  const { features, topic, intent, sentiment } = parts;
  const others = [...(topic?.weights ?? []), ...intent.weights];
  const outputs = [...others, ...sentiment.outputs];
  const { buckets, lexical } = features;
  const rows = buckets + lexical;
  const topics = topic?.labels.length ?? 0;
  const data = new Uint8Array(rows * outputs.length + buckets);
  const int8 = new Int8Array(data.buffer, 0, rows * outputs.length);
  const scales = outputs.map((w, o) => {
    const ofLexicon = sentiment.lexical[o - others.length] ?? [];
    const weight = (row: number): number => (row < buckets ? w[row] : ofLexicon[row - buckets]) ?? 0;
    let largest = 0;
    for (let row = 0; row < rows; row++) largest = Math.max(largest, Math.abs(weight(row)));
    const scale = largest === 0 ? 1 : largest / 127;
    for (let row = 0; row < rows; row++) int8[row * outputs.length + o] = Math.round(weight(row) / scale);
    return scale;
  });
  data.set(parts.idf.bytes, rows * outputs.length);
  const sha256 = sha256Of(data);
  const spec: ModelSpec = {
    format: 1,
    version: `${parts.taxonomyVersion}-${sha256.slice(0, 10)}`,
    taxonomy_version: parts.taxonomyVersion,
    languages: parts.languages,
    features,
    outputs: outputs.length,
    heads: {
      topic: topic === null ? null : { offset: 0, labels: topic.labels, calibration: topic.calibration },
      intent: {
        offset: topics,
        labels: intent.labels,
        calibration: intent.calibration,
        topics: intent.topics,
        in_scope_margin: intent.inScopeMargin ?? null,
      },
      sentiment: {
        offset: topics + intent.labels.length,
        labels: [...POLARITIES],
        calibration: sentiment.calibration,
      },
    },
    scales,
    biases: outputs.map((w) => w[buckets] ?? 0),
    idf_scale: parts.idf.scale,
    lexicon: parts.lexicon === null ? null : { file: LEXICON_FILE, sha256: sha256Of(parts.lexicon) },
    weights: { file: 'weights.bin', bytes: data.length, sha256 },
    seed: parts.seed,
  };
  mkdirSync(dir, { recursive: true });
  if (parts.lexicon !== null) writeFileSync(join(dir, LEXICON_FILE), parts.lexicon);
  writeFileSync(join(dir, spec.weights.file), data);
  writeFileSync(join(dir, 'model.json'), `${JSON.stringify(spec, null, 1)}\n`);
  return spec;
}

function sha256Of(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
