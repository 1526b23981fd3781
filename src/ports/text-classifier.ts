import type { TextPrediction } from '../domain/categorize/prediction.js';

export type { Prediction, TextPrediction } from '../domain/categorize/prediction.js';

/** Labels texts; the same weights behind every engine. Labels are of the model's own taxonomy only. */
export interface TextClassifier {
  readonly modelVersion: string;
  readonly taxonomyVersion: string;
  /** ISO 639-1 codes of the languages that the model was trained on. */
  readonly languages: readonly string[];
  /** What computes, for logs: `typed arrays`, `tensorflow cpu`, `tensorflow gpu`. */
  readonly engine: string;
  /** Messages of conversations from which on more of them in one call make it no faster. */
  readonly messagesARound: number;
  /** One prediction a text, in order. `signal` stops between device batches. */
  classify(texts: readonly string[], signal: AbortSignal): Promise<TextPrediction[]>;
  close(): Promise<void>;
}
