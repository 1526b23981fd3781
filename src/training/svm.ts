import type { SparseVector } from '../domain/categorize/features.js';
import type { Random } from './random.js';

/**
 * Linear models by dual coordinate descent (Hsieh et al., ICML 2008, the method of LIBLINEAR): squared hinge for
 * classes, and the squared epsilon-insensitive loss (Ho and Lin, JMLR 2012) for scores. No learning rate to tune, and
 * the same data and seed give the same weights.
 */

export interface Problem {
  vectors: readonly SparseVector[];
  /** Weight of each example: its share of C. */
  weights: Float64Array;
}

export interface SolveOptions {
  /** Penalty of errors; the reciprocal of the strength of regularisation. */
  c: number;
  maxPasses: number;
  /** Stops when the largest violation of a pass, relative to the first pass, is below it. */
  tolerance: number;
  random: Random;
}

/** Weights of one output: one a bucket, and the bias as the last. */
export type Weights = Float64Array;

function squaredNorms(vectors: readonly SparseVector[]): Float64Array {
  return Float64Array.from(vectors, ({ values }) => {
    let sum = 1; // the bias feature
    for (const v of values) sum += v * v;
    return sum;
  });
}

function dot(w: Weights, { indices, values }: SparseVector, bias: number): number {
  let sum = w[bias] ?? 0;
  for (let k = 0; k < indices.length; k++) sum += (w[indices[k] ?? 0] ?? 0) * (values[k] ?? 0);
  return sum;
}

function addScaled(w: Weights, { indices, values }: SparseVector, factor: number, bias: number): void {
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k] ?? 0;
    w[i] = (w[i] ?? 0) + factor * (values[k] ?? 0);
  }
  w[bias] = (w[bias] ?? 0) + factor;
}

/**
 * Separates positive from negative examples with the squared hinge loss.
 * @param positive 1 for examples of the class, else 0
 */
export function solveClass(
  problem: Problem,
  positive: Uint8Array,
  buckets: number,
  options: SolveOptions,
): Weights {
  const { vectors, weights } = problem;
  const norms = squaredNorms(vectors);
  const alpha = new Float64Array(vectors.length);
  const w = new Float64Array(buckets + 1);
  let active = Int32Array.from(vectors, (_, i) => i);
  const all = active;
  let first = 0;
  let shrinkAbove = Infinity;
  for (let pass = 0; pass < options.maxPasses; pass++) {
    options.random.shuffle(active);
    let largest = 0;
    let size = 0;
    for (const i of active) {
      const vector = vectors[i];
      const cost = options.c * (weights[i] ?? 0);
      if (vector === undefined || cost === 0) continue;
      const y = positive[i] === 1 ? 1 : -1;
      const a = alpha[i] ?? 0;
      const diagonal = 0.5 / cost;
      const gradient = y * dot(w, vector, buckets) - 1 + a * diagonal;
      // An example far on the right side stays there in most passes: leave it out until the last check.
      if (a === 0 && gradient > shrinkAbove) continue;
      active[size++] = i;
      const projected = a === 0 ? Math.min(gradient, 0) : gradient;
      largest = Math.max(largest, Math.abs(projected));
      if (Math.abs(projected) < 1e-12) continue;
      const next = Math.max(a - gradient / ((norms[i] ?? 1) + diagonal), 0);
      alpha[i] = next;
      addScaled(w, vector, (next - a) * y, buckets);
    }
    active = active.subarray(0, size);
    if (pass === 0) first = largest;
    if (largest <= options.tolerance * first) {
      if (shrinkAbove === Infinity) break;
      active = Int32Array.from(all, (_, i) => i);
      shrinkAbove = Infinity;
      continue;
    }
    shrinkAbove = largest;
  }
  return w;
}

/** Fits scores with the squared loss beyond `epsilon`. */
export function solveScore(
  problem: Problem,
  targets: Float64Array,
  buckets: number,
  options: SolveOptions & { epsilon: number },
): Weights {
  const { vectors, weights } = problem;
  const norms = squaredNorms(vectors);
  const beta = new Float64Array(vectors.length);
  const w = new Float64Array(buckets + 1);
  const order = Int32Array.from(vectors, (_, i) => i);
  let first = 0;
  for (let pass = 0; pass < options.maxPasses; pass++) {
    options.random.shuffle(order);
    let largest = 0;
    for (const i of order) {
      const vector = vectors[i];
      const cost = options.c * (weights[i] ?? 0);
      if (vector === undefined || cost === 0) continue;
      const b = beta[i] ?? 0;
      const diagonal = 0.5 / cost;
      const curvature = (norms[i] ?? 1) + diagonal;
      const gradient = dot(w, vector, buckets) - (targets[i] ?? 0) + diagonal * b;
      const up = gradient + options.epsilon;
      const down = gradient - options.epsilon;
      let step = -b;
      if (up < curvature * b) step = -up / curvature;
      else if (down > curvature * b) step = -down / curvature;
      largest = Math.max(largest, Math.abs(step * curvature));
      if (Math.abs(step) < 1e-12) continue;
      beta[i] = b + step;
      addScaled(w, vector, step, buckets);
    }
    if (pass === 0) first = largest;
    if (largest <= options.tolerance * first) break;
  }
  return w;
}
