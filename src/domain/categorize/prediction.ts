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
