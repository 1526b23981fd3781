import { POLARITIES } from '../domain/categorize/model.js';
import { dot, solve } from './linear.js';

/**
 * How much the separators, the score and the lexicon count for the sentiment of a text that may come from anywhere: a
 * softmax regression of the class, and a least-squares regression of the score, over a few inputs.
 */

/** A held-out text: its inputs, and what is right. */
export interface MixRow {
  inputs: readonly number[];
  /** Index in POLARITIES. */
  polarity: number;
  /** -1..1 */
  score: number;
  weight: number;
}

/** One vector an output, in the order of the inputs; the constant is the last. */
export interface Mix {
  classes: number[][];
  score: number[];
}

const STEPS = 300;
/** A slight pull towards zero. */
const RIDGE = 1e-3;

/** Fits both to held-out texts. All classes weigh the same. */
export function fitMix(rows: readonly MixRow[]): Mix {
  const inputs = rows.map((row) => [...row.inputs, 1]);
  const width = inputs[0]?.length ?? 0;
  const weights = balanced(rows);
  const gram = gramOf(inputs, weights, width);
  return { classes: fitClasses(rows, inputs, weights, gram), score: fitScore(rows, inputs, weights, gram) };
}

/** Weights that sum to one, the same for each class. */
function balanced(rows: readonly MixRow[]): number[] {
  const sums = POLARITIES.map(() => 0);
  for (const { polarity, weight } of rows) sums[polarity] = (sums[polarity] ?? 0) + weight;
  const classes = sums.filter((sum) => sum > 0).length;
  return rows.map(({ polarity, weight }) => weight / ((sums[polarity] ?? 1) * classes));
}

function gramOf(inputs: readonly number[][], weights: readonly number[], width: number): number[][] {
  const gram = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  for (const [a, row] of gram.entries()) row[a] = RIDGE;
  inputs.forEach((x, n) => {
    for (const [a, row] of gram.entries())
      for (let b = 0; b < width; b++) row[b] = (row[b] ?? 0) + (weights[n] ?? 0) * (x[a] ?? 0) * (x[b] ?? 0);
  });
  return gram;
}

/** By a bound on the curvature (Boehning 1992): the same small system each step, no step that overshoots. */
function fitClasses(
  rows: readonly MixRow[],
  inputs: readonly number[][],
  weights: readonly number[],
  gram: readonly (readonly number[])[],
): number[][] {
  const bound = gram.map((row) => row.map((value) => value / 2));
  const theta = POLARITIES.map(() => gram.map(() => 0));
  for (let step = 0; step < STEPS; step++) {
    const gradients = theta.map((own) => own.map((value) => RIDGE * value));
    rows.forEach(({ polarity }, n) => {
      const x = inputs[n] ?? [];
      const odds = theta.map((own) => Math.exp(dot(own, x)));
      const total = odds.reduce((a, b) => a + b, 0);
      for (const [k, gradient] of gradients.entries()) {
        const error = (weights[n] ?? 0) * ((odds[k] ?? 0) / total - (k === polarity ? 1 : 0));
        for (let a = 0; a < x.length; a++) gradient[a] = (gradient[a] ?? 0) + error * (x[a] ?? 0);
      }
    });
    for (const [k, own] of theta.entries()) {
      const change = solve(bound, gradients[k] ?? []);
      for (let a = 0; a < own.length; a++) own[a] = (own[a] ?? 0) - (change[a] ?? 0);
    }
  }
  return theta;
}

function fitScore(
  rows: readonly MixRow[],
  inputs: readonly number[][],
  weights: readonly number[],
  gram: readonly (readonly number[])[],
): number[] {
  const right = gram.map((_, a) =>
    rows.reduce((sum, { score }, n) => sum + (weights[n] ?? 0) * score * (inputs[n]?.[a] ?? 0), 0),
  );
  return solve(gram, right);
}
