/** Best label of one task for one text. */
export interface Prediction {
  label: string;
  /** Calibrated probability that the label is right, 0..1. */
  confidence: number;
  /** Second label and its confidence; null where the taxonomy has one label. */
  runnerUp: { label: string; confidence: number } | null;
}

export interface TextPrediction {
  topic: Prediction;
  intent: Prediction;
  sentiment: Prediction;
  /** -1 (very negative) .. 1 (very positive). */
  sentimentScore: number;
}

/** Labels texts; the same weights behind every engine. Labels are of the model's own taxonomy only. */
export interface TextClassifier {
  readonly modelVersion: string;
  readonly taxonomyVersion: string;
  /** ISO 639-1 codes of the languages that the model was trained on. */
  readonly languages: readonly string[];
  /** What computes, for logs: `typed arrays`, `tensorflow cpu`, `tensorflow gpu`. */
  readonly engine: string;
  /** One prediction a text, in order. `signal` stops between device batches. */
  classify(texts: readonly string[], signal: AbortSignal): Promise<TextPrediction[]>;
  close(): Promise<void>;
}
