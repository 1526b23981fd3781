import { setImmediate } from 'node:timers/promises';
import { FeatureExtractor, type SparseVector } from '../../domain/categorize/features.js';
import { predictRow } from '../../domain/categorize/model.js';
import type { TextClassifier, TextPrediction } from '../../ports/text-classifier.js';
import { loadModel, type LoadedModel } from './model-files.js';
import { loadNativeTensorFlow, type TensorFlowBinding } from './native-tensorflow.js';

export interface TfjsOptions {
  gpu: boolean;
  /** As `CUDA_VISIBLE_DEVICES`; undefined: as the environment of the process says. */
  visibleDevices?: string | undefined;
  /** Bounds the texts of one device batch, MB. */
  gpuMemoryLimitMb?: number;
  /** Where the package is looked for; default: this package's own dependencies. */
  from?: string;
}

/** Name of the engine where it runs on a GPU. */
export const TENSORFLOW_GPU = 'tensorflow gpu';
/** Texts of one device batch on a CPU: enough to spread the cost of a call, small enough to stay in the cache. */
const CPU_BATCH = 128;
const MAX_GPU_BATCH = 4096;
/** Texts between two returns to the event loop. */
const CHUNK = 64;

/**
 * Classifies with TensorFlow.js and its native library, on a GPU or a CPU: a sparse matrix, texts by features, times the
 * weights. Throws ModelUnavailable.
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
    visibleDevices: options.visibleDevices,
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  if ('reason' in tf) return tf;
  await tf.ready();
  const backend = tf.getBackend();
  if (backend !== 'tensorflow')
    return { reason: `TensorFlow.js runs on its backend ${backend}, not natively` };
  return new TfjsClassifier(model, tf.backend().binding, options);
}

class TfjsClassifier implements TextClassifier {
  readonly modelVersion: string;
  readonly taxonomyVersion: string;
  readonly languages: readonly string[];
  readonly engine: string;
  /** More than a batch holds, as a rule: a device likes few large calls. */
  readonly messagesARound = 20_000;
  private readonly extractor: FeatureExtractor;
  private readonly weights: number;
  private readonly maxTexts: number;
  private readonly maxEntries: number;

  constructor(
    private readonly model: LoadedModel,
    private readonly tf: TensorFlowBinding,
    { gpuMemoryLimitMb = 4096 }: TfjsOptions,
  ) {
    const { spec } = model;
    const onGpu = tf.isUsingGpuDevice();
    this.modelVersion = spec.version;
    this.taxonomyVersion = spec.taxonomy_version;
    this.languages = spec.languages;
    this.engine = onGpu ? TENSORFLOW_GPU : 'tensorflow cpu';
    this.extractor = new FeatureExtractor(spec.features, model.idf, model.valence);
    const { outputs } = spec;
    this.weights = tf.createTensor([rowsOf(spec), outputs], tf.TF_FLOAT, dequantise(model));
    this.maxTexts = onGpu ? MAX_GPU_BATCH : CPU_BATCH;
    this.maxEntries = entriesOfBatch(gpuMemoryLimitMb, rowsOf(spec), outputs, this.maxTexts);
  }

  async classify(texts: readonly string[], signal: AbortSignal): Promise<TextPrediction[]> {
    const predictions: TextPrediction[] = [];
    const batch = new Batch(this.maxTexts, this.maxEntries);
    for (const [n, text] of texts.entries()) {
      if (n % CHUNK === 0) {
        if (n > 0) await setImmediate();
        signal.throwIfAborted();
      }
      const vector = this.extractor.extract(text);
      if (!batch.hasRoomFor(vector)) this.labelBatch(batch, predictions);
      batch.add(vector);
    }
    this.labelBatch(batch, predictions);
    return predictions;
  }

  close(): Promise<void> {
    this.tf.deleteTensor(this.weights);
    return Promise.resolve();
  }

  /** Appends the labels of the batch's texts, and empties it. */
  private labelBatch(batch: Batch, predictions: TextPrediction[]): void {
    if (batch.texts === 0) return;
    const margins = this.multiply(batch);
    for (let row = 0; row < batch.texts; row++) predictions.push(predictRow(this.model.spec, margins, row));
    batch.clear();
  }

  /** Margins of the batch's texts, a row each. */
  private multiply({ texts, entries, places, values }: Batch): Float32Array {
    const { tf } = this;
    const { spec } = this.model;
    const { outputs, biases } = spec;
    const sparse = [
      tf.createTensor([entries, 2], tf.TF_INT32, places.subarray(0, 2 * entries)),
      tf.createTensor([entries], tf.TF_FLOAT, values.subarray(0, entries)),
      tf.createTensor([2], tf.TF_INT64, Int32Array.of(texts, 0, rowsOf(spec), 0)),
    ];
    const attributes = [
      { name: 'T', type: tf.TF_ATTR_TYPE, value: tf.TF_FLOAT },
      { name: 'Tindices', type: tf.TF_ATTR_TYPE, value: tf.TF_INT32 },
      { name: 'adjoint_a', type: tf.TF_ATTR_BOOL, value: false },
      { name: 'adjoint_b', type: tf.TF_ATTR_BOOL, value: false },
    ];
    try {
      const [product] = tf.executeOp('SparseTensorDenseMatMul', attributes, [...sparse, this.weights], 1);
      const margins = tf.tensorDataSync(product.id);
      tf.deleteTensor(product.id);
      for (let k = 0; k < margins.length; k++) margins[k] = (margins[k] ?? 0) + (biases[k % outputs] ?? 0);
      return margins;
    } finally {
      for (const id of sparse) tf.deleteTensor(id);
    }
  }
}

/** A sparse matrix, texts by features, in memory that is used again. */
class Batch {
  texts = 0;
  entries = 0;
  /** Row and column of each entry. */
  places = new Int32Array(2 ** 15);
  values = new Float32Array(2 ** 14);

  constructor(
    private readonly maxTexts: number,
    private readonly maxEntries: number,
  ) {}

  clear(): void {
    this.texts = 0;
    this.entries = 0;
  }

  /** A text that alone has too many entries gets a batch for itself. */
  hasRoomFor({ indices }: SparseVector): boolean {
    return (
      this.texts === 0 || (this.texts < this.maxTexts && this.entries + indices.length <= this.maxEntries)
    );
  }

  add({ indices, values }: SparseVector): void {
    const end = this.entries + indices.length;
    if (end > this.values.length) this.grow(2 * end);
    for (let k = 0; k < indices.length; k++) {
      const place = 2 * (this.entries + k);
      this.places[place] = this.texts;
      this.places[place + 1] = indices[k] ?? 0;
    }
    this.values.set(values, this.entries);
    this.entries = end;
    this.texts++;
  }

  private grow(size: number): void {
    const { places, values } = this;
    this.places = new Int32Array(2 * size);
    this.places.set(places);
    this.values = new Float32Array(size);
    this.values.set(values);
  }
}

function rowsOf({ features }: LoadedModel['spec']): number {
  return features.buckets + features.lexical;
}

/** Bytes of an entry: its row, its column, and its value. */
const ENTRY_BYTES = 12;

/**
 * How many features all texts of a device batch may have. Half of the memory, after the weights and the margins, leaves
 * room for the library itself. TensorFlow's GPU kernels count with 32 bits what they multiply, entries by outputs.
 */
export function entriesOfBatch(memoryLimitMb: number, rows: number, outputs: number, texts: number): number {
  const dense = (rows + texts) * outputs * 4;
  const bytes = Math.max((memoryLimitMb * 2 ** 20 - dense) / 2, 2 ** 20);
  return Math.floor(Math.min(bytes / ENTRY_BYTES, (2 ** 31 - 1) / outputs));
}

/** The weights as the other engine sees them: int8 times the scale of their output. */
function dequantise({ spec, weights }: LoadedModel): Float32Array {
  const { outputs, scales } = spec;
  const floats = new Float32Array(weights.length);
  for (let k = 0; k < floats.length; k++) floats[k] = (weights[k] ?? 0) * (scales[k % outputs] ?? 0);
  return floats;
}
