import type { SparseVector } from '../domain/categorize/features.js';
import { Random } from './random.js';
import { trainSoftmax } from './softmax.js';
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
  /** What is added to the separators: mean of so many softmax models, each of so many passes, times `share`. */
  softmax: { members: number; passes: number; share: number };
  /** Called between outputs; awaits, so that others may run, and throws when stopped. */
  breathe: () => Promise<void>;
}

/** What is added to the separators where labels are many; chosen on development splits (docs/categorizer.md). */
export const SOFTMAX = { members: 3, passes: 15, share: 0.3 } as const;

export const NO_SOFTMAX = { members: 0, passes: 0, share: 0 } as const;

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

/**
 * Trains one output a label: one-vs-rest separators, whose margins tell what is out of scope, plus a share of softmax
 * models, which tell labels apart that are alike. @param labels the outputs in order; default: the labels found, sorted */
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
  const weights: Weights[] = await softmaxPart(examples, problem.weights, labels, options);
  for (const [n, label] of labels.entries()) {
    await options.breathe();
    const positive = Uint8Array.from(examples, (e) => (e.label === label ? 1 : 0));
    const separator = solveClass(problem, positive, options.buckets, solveOptions(options, n));
    const total = weights[n];
    if (total !== undefined) addTo(total, separator, 1);
  }
  return { labels, weights };
}

/** The mean of the softmax models times their share; zeros where none is asked for. */
async function softmaxPart(
  examples: readonly LabelledVector[],
  importance: Float64Array,
  labels: readonly string[],
  options: HeadOptions,
): Promise<Weights[]> {
  const { members, passes, share } = options.softmax;
  const total = labels.map(() => new Float64Array(options.buckets + 1));
  const index = new Map(labels.map((label, n) => [label, n]));
  const targets = Int32Array.from(examples, (e) => index.get(e.label) ?? 0);
  for (let member = 0; member < members; member++) {
    const seed = options.seed * 31 + member;
    const { buckets, breathe } = options;
    const part = await trainSoftmax(
      examples.map((e) => e.vector),
      targets,
      importance,
      { buckets, labels: labels.length, seed, passes, breathe },
    );
    for (const [n, sum] of total.entries()) {
      const weights = part[n];
      if (weights !== undefined) addTo(sum, weights, share / members);
    }
  }
  return total;
}

function addTo(sum: Weights, part: Weights, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + factor * (part[i] ?? 0);
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
