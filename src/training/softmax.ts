import type { SparseVector } from '../domain/categorize/features.js';
import { Random } from './random.js';
import type { Weights } from './svm.js';

/**
 * A softmax whose weights are a product of two thin matrices, trained while half of a text's features and half of the
 * inner units are left out at random. No n-gram can be relied on, so that evidence is spread over all of them; and
 * labels share inner units, so that rare n-grams are placed by the company they keep. The product is an ordinary
 * linear model: it costs nothing more when texts are labelled.
 */
export interface SoftmaxOptions {
  buckets: number;
  labels: number;
  seed: number;
  /** Passes over the texts. */
  passes: number;
  /** Inner units. */
  units?: number;
  /** Called every some hundred texts; awaits, so that others may run, and throws when stopped. */
  breathe: () => Promise<void>;
}

const UNITS = 128;
/** Share of features and of inner units that are left out. */
const DROPOUT = 0.5;
const RATE = 0.05;
/** The last pass learns at this share of the rate. */
const LAST_RATE = 0.1;
const BREATH = 512;

/**
 * Trains by Adagrad, one text at a time; the rows of the first matrix share one step size each.
 * @param targets index of each text's label @param importance weight of each text, mean about 1
 * @returns one vector a label: weights a bucket, and the bias as the last; centred, so that labels sum to zero
 */
export async function trainSoftmax(
  vectors: readonly SparseVector[],
  targets: ArrayLike<number>,
  importance: ArrayLike<number>,
  options: SoftmaxOptions,
): Promise<Weights[]> {
  const net = new FactoredSoftmax(options);
  const random = new Random(options.seed * 7919 + 17);
  const order = Int32Array.from(vectors, (_, i) => i);
  for (let pass = 0; pass < options.passes; pass++) {
    const rate = RATE * (1 - (1 - LAST_RATE) * (pass / options.passes));
    random.shuffle(order);
    for (const [n, i] of order.entries()) {
      if (n % BREATH === 0) await options.breathe();
      const vector = vectors[i];
      if (vector !== undefined) net.learn(vector, targets[i] ?? 0, rate * (importance[i] ?? 1), random);
    }
  }
  return net.fold();
}

class FactoredSoftmax {
  private readonly units: number;
  /** `[buckets][units]`, and the sum of squared gradients of each row. */
  private readonly inner: Float32Array;
  private readonly innerSquares: Float32Array;
  /** `[units][labels]`, and the sum of squared gradients of each weight. */
  private readonly outer: Float32Array;
  private readonly outerSquares: Float32Array;
  private readonly bias: Float64Array;
  private readonly biasSquares: Float64Array;
  private readonly hidden: Float64Array;
  private readonly gradient: Float64Array;
  private readonly errors: Float64Array;
  private kept = new Int32Array(1024);

  constructor(private readonly options: SoftmaxOptions) {
    const { buckets, labels } = options;
    const units = options.units ?? UNITS;
    const random = new Random(options.seed);
    this.units = units;
    this.inner = filled(buckets * units, () => gaussian(random) / sqrt(units));
    this.innerSquares = new Float32Array(buckets);
    this.outer = filled(units * labels, () => gaussian(random) * sqrt(0.5 / units));
    this.outerSquares = new Float32Array(units * labels);
    this.bias = new Float64Array(labels);
    this.biasSquares = new Float64Array(labels);
    this.hidden = new Float64Array(units);
    this.gradient = new Float64Array(units);
    this.errors = new Float64Array(labels);
  }

  learn({ indices, values }: SparseVector, target: number, rate: number, random: Random): void {
    const { units, hidden, gradient, errors, inner, innerSquares } = this;
    const { labels } = this.options;
    if (this.kept.length < indices.length) this.kept = new Int32Array(indices.length * 2);
    const { kept } = this;
    let size = 0;
    for (let k = 0; k < indices.length; k++) if (random.next() >= DROPOUT) kept[size++] = k;
    const scale = 1 / (1 - DROPOUT);
    hidden.fill(0);
    for (let n = 0; n < size; n++) {
      const k = kept[n] as number;
      addRow(hidden, inner, (indices[k] as number) * units, units, (values[k] as number) * scale);
    }
    for (let j = 0; j < units; j++) hidden[j] = random.next() < DROPOUT ? 0 : (hidden[j] as number) * scale;
    for (let o = 0; o < labels; o++) errors[o] = this.bias[o] as number;
    for (let j = 0; j < units; j++)
      if (hidden[j] !== 0) addRow(errors, this.outer, j * labels, labels, hidden[j] as number);
    toErrors(errors, target);
    this.learnOuter(rate, scale);
    let square = 0;
    for (let j = 0; j < units; j++) square += (gradient[j] as number) ** 2;
    square /= units;
    for (let n = 0; n < size; n++) {
      const k = kept[n] as number;
      const bucket = indices[k] as number;
      const value = (values[k] as number) * scale;
      const sum = (innerSquares[bucket] as number) + value * value * square;
      innerSquares[bucket] = sum;
      if (sum > 0) subtractScaled(inner, bucket * units, gradient, units, (rate * value) / Math.sqrt(sum));
    }
  }

  /** Steps of bias and outer weights; leaves the gradient of the inner units. */
  private learnOuter(rate: number, scale: number): void {
    const { units, hidden, gradient, errors, outer, outerSquares, bias, biasSquares } = this;
    const { labels } = this.options;
    for (let j = 0; j < units; j++) {
      const value = hidden[j] as number;
      let sum = 0;
      if (value !== 0)
        for (let o = 0, at = j * labels; o < labels; o++, at++) {
          const error = errors[o] as number;
          const weight = outer[at] as number;
          sum += weight * error;
          const step = value * error;
          const squares = (outerSquares[at] as number) + step * step;
          outerSquares[at] = squares;
          outer[at] = weight - (rate * step) / (Math.sqrt(squares) + 1e-8);
        }
      gradient[j] = sum * scale;
    }
    for (let o = 0; o < labels; o++) {
      const error = errors[o] as number;
      biasSquares[o] = (biasSquares[o] as number) + error * error;
      bias[o] = (bias[o] as number) - (rate * error) / (Math.sqrt(biasSquares[o] as number) + 1e-8);
    }
  }

  /** The product of both matrices; buckets that no text had stay zero. */
  fold(): Weights[] {
    const { units, inner, innerSquares, outer, bias } = this;
    const { buckets, labels } = this.options;
    const weights = Array.from({ length: labels }, () => new Float64Array(buckets + 1));
    const row = new Float64Array(labels);
    const put = (at: number): void => {
      const mean = row.reduce((a, b) => a + b, 0) / labels;
      for (let o = 0; o < labels; o++) (weights[o] as Weights)[at] = (row[o] as number) - mean;
    };
    for (let b = 0; b < buckets; b++) {
      if (innerSquares[b] === 0) continue;
      row.fill(0);
      for (let j = 0; j < units; j++) addRow(row, outer, j * labels, labels, inner[b * units + j] as number);
      put(b);
    }
    row.set(bias);
    put(buckets);
    return weights;
  }
}

/** `into += factor * from[start .. start + count]` */
function addRow(into: Float64Array, from: Float32Array, start: number, count: number, factor: number): void {
  for (let j = 0; j < count; j++) into[j] = (into[j] as number) + factor * (from[start + j] as number);
}

/** `from[start .. start + count] -= factor * by` */
function subtractScaled(
  from: Float32Array,
  start: number,
  by: Float64Array,
  count: number,
  factor: number,
): void {
  for (let j = 0; j < count; j++) from[start + j] = (from[start + j] as number) - factor * (by[j] as number);
}

/** Turns outputs into probabilities less the truth: the gradient of the cross entropy. */
function toErrors(outputs: Float64Array, target: number): void {
  let largest = -Infinity;
  for (const output of outputs) if (output > largest) largest = output;
  let sum = 0;
  for (let o = 0; o < outputs.length; o++) sum += outputs[o] = Math.exp((outputs[o] as number) - largest);
  for (let o = 0; o < outputs.length; o++) outputs[o] = (outputs[o] as number) / sum - (o === target ? 1 : 0);
}

/** Float32Array.from with a length is several times as slow as this loop, and there are millions. */
function filled(count: number, next: () => number): Float32Array {
  const values = new Float32Array(count);
  for (let n = 0; n < count; n++) values[n] = next();
  return values;
}

// Names of the module: where globals are looked up slowly (in Jest's contexts), millions of draws would take minutes.
const { sqrt, log, cos, PI } = Math;

/** Standard normal, by Box and Muller. */
function gaussian(random: Random): number {
  return sqrt(-2 * log(1 - random.next())) * cos(2 * PI * random.next());
}
