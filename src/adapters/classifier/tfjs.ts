import { setImmediate } from 'node:timers/promises';
import { FeatureExtractor, type SparseVector } from '../../domain/categorize/features.js';
import { predictRow } from '../../domain/categorize/model.js';
import type { TextClassifier, TextPrediction } from '../../ports/text-classifier.js';
import { loadModel, type LoadedModel } from './model-files.js';
import { loadNativeTensorFlow, type Tensor, type TensorFlow } from './native-tensorflow.js';

export interface TfjsOptions {
  gpu: boolean;
  /** Bounds the texts of one device batch, MB. */
  gpuMemoryLimitMb?: number;
  /** Where the package is looked for; default: this package's own dependencies. */
  from?: string;
}

/** Texts of one device batch on a CPU: enough to spread the cost of a call, small enough to stay in the cache. */
const CPU_BATCH = 128;
const MAX_GPU_BATCH = 4096;
/** Texts between two returns to the event loop while features are being extracted. */
const CHUNK = 64;

/**
 * Classifies with TensorFlow.js and its native library, on a GPU or a CPU: rows of the weights are gathered by the
 * text's features and summed by their values. Throws ModelUnavailable.
 * @returns the reason in words where the library cannot be used
 */
export async function createTfjsClassifier(
  modelDir: string,
  options: TfjsOptions,
): Promise<TextClassifier | { reason: string }> {
  return tfjsClassifier(loadModel(modelDir), options);
}

/** The same for a model that is already in memory. */
export async function tfjsClassifier(
  model: LoadedModel,
  options: TfjsOptions,
): Promise<TextClassifier | { reason: string }> {
  const tf = loadNativeTensorFlow({
    gpu: options.gpu,
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  if ('reason' in tf) return tf;
  await tf.ready();
  const backend = tf.getBackend();
  if (backend !== 'tensorflow')
    return { reason: `TensorFlow.js runs on its backend ${backend}, not natively` };
  return new TfjsClassifier(model, tf, options);
}

class TfjsClassifier implements TextClassifier {
  readonly modelVersion: string;
  readonly taxonomyVersion: string;
  readonly languages: readonly string[];
  readonly engine: string;
  /** More than a batch holds, as a rule: a device likes few large calls. */
  readonly messagesARound = 20_000;
  private readonly extractor: FeatureExtractor;
  private readonly weights: Tensor;
  private readonly maxValues: number;
  private readonly maxBatch: number;

  constructor(
    private readonly model: LoadedModel,
    private readonly tf: TensorFlow,
    { gpuMemoryLimitMb = 4096 }: TfjsOptions,
  ) {
    const { spec } = model;
    const onGpu = tf.backend().isUsingGpuDevice === true;
    this.modelVersion = spec.version;
    this.taxonomyVersion = spec.taxonomy_version;
    this.languages = spec.languages;
    this.engine = onGpu ? 'tensorflow gpu' : 'tensorflow cpu';
    this.extractor = new FeatureExtractor(spec.features, model.idf, model.valence);
    const rows = spec.features.buckets + spec.features.lexical;
    this.weights = tf.tensor(dequantise(model), [rows, spec.outputs], 'float32');
    this.maxBatch = onGpu ? MAX_GPU_BATCH : CPU_BATCH;
    this.maxValues = gatheredValues(gpuMemoryLimitMb, rows, spec.outputs);
  }

  async classify(texts: readonly string[], signal: AbortSignal): Promise<TextPrediction[]> {
    const predictions = new Array<TextPrediction>(texts.length);
    const vectors: SparseVector[] = [];
    for (const [n, text] of texts.entries()) {
      if (n % CHUNK === 0) {
        if (n > 0) await setImmediate();
        signal.throwIfAborted();
      }
      vectors.push(this.extractor.extract(text));
    }
    // Texts of like length share a batch, so that little of it is padding.
    const order = vectors.map((_, n) => n);
    order.sort((a, b) => (vectors[a]?.indices.length ?? 0) - (vectors[b]?.indices.length ?? 0));
    for (let at = 0; at < order.length;) {
      signal.throwIfAborted();
      const batch = this.cutBatch(order, at, vectors);
      const margins = await this.forward(batch.map((n) => vectors[n] ?? EMPTY));
      batch.forEach((n, row) => (predictions[n] = predictRow(this.model.spec, margins, row)));
      at += batch.length;
    }
    return predictions;
  }

  close(): Promise<void> {
    this.weights.dispose();
    return Promise.resolve();
  }

  /** As many texts from `at` on as the device batch may hold, at least one. */
  private cutBatch(order: readonly number[], at: number, vectors: readonly SparseVector[]): number[] {
    let size = 0;
    while (size < this.maxBatch && at + size < order.length) {
      // In ascending order the last text is the longest, and all are padded to it.
      const width = vectors[order[at + size] ?? 0]?.indices.length ?? 0;
      if (size > 0 && (size + 1) * width > this.maxValues) break;
      size++;
    }
    return order.slice(at, at + size);
  }

  /** Margins of some texts, a row each. */
  private async forward(vectors: readonly SparseVector[]): Promise<Float32Array> {
    const { tf } = this;
    const { outputs, biases } = this.model.spec;
    const width = vectors.reduce((longest, v) => Math.max(longest, v.indices.length), 1);
    const indices = new Int32Array(vectors.length * width);
    const values = new Float32Array(vectors.length * width);
    vectors.forEach((v, row) => {
      indices.set(v.indices, row * width);
      values.set(v.values, row * width);
    });
    const result = tf.tidy(() => {
      // Not `gather`: it checks every index in JavaScript first, which takes longer than all the rest.
      const rows = tf.gatherND(this.weights, tf.tensor(indices, [vectors.length, width, 1], 'int32'));
      return tf.matMul(tf.tensor(values, [vectors.length, 1, width], 'float32'), rows);
    });
    const margins = await result.data();
    result.dispose();
    for (let k = 0; k < margins.length; k++) margins[k] = (margins[k] ?? 0) + (biases[k % outputs] ?? 0);
    return margins;
  }
}

const EMPTY: SparseVector = { indices: new Int32Array(0), values: new Float32Array(0) };

/**
 * How many features, padding included, a device batch may have: the rows of weights that they gather are the bulk of
 * its memory. Half of the limit, after the weights, leaves room for the library itself. TensorFlow's GPU kernels count
 * with 32 bits: past 2^31 gathered numbers they were seen to read wild addresses.
 */
export function gatheredValues(memoryLimitMb: number, rows: number, outputs: number): number {
  const weightBytes = rows * outputs * 4;
  const bytes = Math.max((memoryLimitMb * 2 ** 20 - weightBytes) / 2, 2 ** 24);
  return Math.floor(Math.min(bytes / 4, 2 ** 31 - 1) / outputs);
}

/** The weights as the other engine sees them: int8 times the scale of their output. */
function dequantise({ spec, weights }: LoadedModel): Float32Array {
  const { outputs, scales } = spec;
  const floats = new Float32Array(weights.length);
  for (let k = 0; k < floats.length; k++) floats[k] = (weights[k] ?? 0) * (scales[k % outputs] ?? 0);
  return floats;
}
