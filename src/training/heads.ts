import type { SparseVector } from '../domain/categorize/features.js';
import { Random } from './random.js';
import { solveClass, solveScore, type SolveOptions, type Weights } from './svm.js';

/** One task of a model: one-vs-rest weights, one vector a label. */
export interface TrainedHead {
  labels: string[];
  weights: Weights[];
}

export interface HeadOptions {
  buckets: number;
  seed: number;
  /** Cost of errors. */
  c: number;
  /** 0: every text counts the same; 1: every label counts the same. */
  balance: number;
  /** Called between outputs; awaits, so that others may run, and throws when stopped. */
  breathe: () => Promise<void>;
}

export interface LabelledVector {
  vector: SparseVector;
  label: string;
  weight: number;
}

const MAX_PASSES = 20;
const TOLERANCE = 0.05;
const SCORE_EPSILON = 0.05;

function solveOptions(options: HeadOptions, output: number): SolveOptions {
  return {
    c: options.c,
    maxPasses: MAX_PASSES,
    tolerance: TOLERANCE,
    random: new Random(options.seed * 1009 + output),
  };
}

/** Trains one output a label. @param labels the outputs in order; default: the labels found, sorted */
export async function trainHead(
  examples: readonly LabelledVector[],
  options: HeadOptions,
  labels: string[] = [...new Set(examples.map((e) => e.label))].sort(),
): Promise<TrainedHead> {
  const counts = new Map<string, number>();
  for (const { label, weight } of examples) counts.set(label, (counts.get(label) ?? 0) + weight);
  const mean = [...counts.values()].reduce((a, b) => a + b, 0) / counts.size;
  const problem = {
    vectors: examples.map((e) => e.vector),
    weights: Float64Array.from(
      examples,
      (e) => e.weight * Math.pow(mean / (counts.get(e.label) ?? mean), options.balance),
    ),
  };
  const weights: Weights[] = [];
  for (const [n, label] of labels.entries()) {
    await options.breathe();
    const positive = Uint8Array.from(examples, (e) => (e.label === label ? 1 : 0));
    weights.push(solveClass(problem, positive, options.buckets, solveOptions(options, n)));
  }
  return { labels, weights };
}

/** Trains the output that predicts a score. */
export async function trainScore(
  examples: readonly { vector: SparseVector; score: number; weight: number }[],
  options: HeadOptions,
): Promise<Weights> {
  await options.breathe();
  const problem = {
    vectors: examples.map((e) => e.vector),
    weights: Float64Array.from(examples, (e) => e.weight),
  };
  const targets = Float64Array.from(examples, (e) => e.score);
  return solveScore(problem, targets, options.buckets, {
    ...solveOptions(options, 0),
    epsilon: SCORE_EPSILON,
  });
}

/** Margins of one vector, one an output. */
export function marginsOf(weights: readonly Weights[], { indices, values }: SparseVector): Float64Array {
  return Float64Array.from(weights, (w) => {
    let sum = w[w.length - 1] ?? 0;
    for (let k = 0; k < indices.length; k++) sum += (w[indices[k] ?? 0] ?? 0) * (values[k] ?? 0);
    return sum;
  });
}
