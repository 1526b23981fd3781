import { bestTwo, confidenceOf, type Calibration } from '../domain/categorize/model.js';
import { solve } from './linear.js';

/** Margins of a held-out text and the label that is right. */
export interface Judged {
  margins: Float64Array;
  /** Index of the right label; -1: none of the head's labels is. */
  truth: number;
  weight: number;
}

/** Margins differ by about this much between likely labels; shares the rest of the probability among runners-up. */
const TEMPERATURE = 0.3;

/**
 * Fits the confidence of the best label to how often it is right: a logistic regression on the best margin and its
 * lead over the second, by Newton's method, with a slight pull towards zero that keeps a separable set finite.
 */
export function fitCalibration(judged: readonly Judged[]): Calibration {
  const rows = judged.map(({ margins, truth, weight }) => {
    const [best, second] = bestTwo(margins, 0, margins.length);
    const top = margins[best] ?? 0;
    return { x: [1, top, top - (margins[second] ?? 0)] as const, y: best === truth ? 1 : 0, weight };
  });
  const theta: [number, number, number] = [0, 0, 0];
  for (let iteration = 0; iteration < 50; iteration++) {
    const gradient = [0, 0, 0];
    const hessian = [
      [1e-3, 0, 0],
      [0, 1e-3, 0],
      [0, 0, 1e-3],
    ];
    for (const { x, y, weight } of rows) {
      const p = 1 / (1 + Math.exp(-(theta[0] + theta[1] * x[1] + theta[2] * x[2])));
      for (let a = 0; a < 3; a++) {
        gradient[a] = (gradient[a] ?? 0) + weight * (p - y) * (x[a] ?? 0);
        const row = hessian[a] ?? [];
        for (let b = 0; b < 3; b++) row[b] = (row[b] ?? 0) + weight * p * (1 - p) * (x[a] ?? 0) * (x[b] ?? 0);
      }
    }
    theta.forEach((t, a) => (gradient[a] = (gradient[a] ?? 0) + 1e-3 * t));
    const step = solve(hessian, gradient);
    let change = 0;
    for (let a = 0; a < 3; a++) {
      theta[a] = (theta[a] ?? 0) - (step[a] ?? 0);
      change = Math.max(change, Math.abs(step[a] ?? 0));
    }
    if (change < 1e-9) break;
  }
  return { bias: theta[0], margin: theta[1], gap: theta[2], temperature: TEMPERATURE };
}

/** Texts whose confidences lie together: their mean confidence, and the share that is right. */
export interface ReliabilityBin {
  texts: number;
  confidence: number;
  accuracy: number;
}

type Outcome = Readonly<{ confidence: number; right: boolean }>;

/** Confidences in `bins` equal bins; those without a text are left out. */
export function reliability(outcomes: readonly Outcome[], bins = 15): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ n: 0, confidence: 0, right: 0 }));
  for (const { confidence, right } of outcomes) {
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))];
    if (bin === undefined) continue;
    bin.n++;
    bin.confidence += confidence;
    bin.right += right ? 1 : 0;
  }
  return sums
    .filter((bin) => bin.n > 0)
    .map(({ n, confidence, right }) => ({ texts: n, confidence: confidence / n, accuracy: right / n }));
}

/** Expected calibration error: the mean distance between confidence and accuracy of the bins, weighted by their texts. */
export function calibrationError(outcomes: readonly Outcome[], bins = 15): number {
  return (
    reliability(outcomes, bins).reduce((sum, b) => sum + b.texts * Math.abs(b.confidence - b.accuracy), 0) /
    outcomes.length
  );
}

/** Confidence that a calibration gives to a row of margins. */
export function confidenceOfMargins(calibration: Calibration, margins: Float64Array): number {
  const [best, second] = bestTwo(margins, 0, margins.length);
  return confidenceOf(calibration, margins[best] ?? 0, margins[second] ?? 0);
}
