import type { TextClassifier } from '../../ports/text-classifier.js';
import { defaultModelDir, loadModel } from './model-files.js';
import { TENSORFLOW_GPU, tfjsClassifier } from './tfjs.js';
import { typedArrayClassifier } from './typed-arrays.js';
import { raceEngines } from './race.js';

export { defaultModelDir, loadModel, type LoadedModel } from './model-files.js';
export { createTfjsClassifier } from './tfjs.js';
export { computeMargins, createTypedArrayClassifier, TYPED_ARRAYS } from './typed-arrays.js';

export interface ClassifierOptions {
  /** Default: the shipped model. */
  modelDir?: string | undefined;
  gpu: GpuSettings;
  log: (line: string) => void;
}

export interface GpuSettings {
  /** Whether a GPU may be used. */
  enabled: boolean;
  /** Bounds the device batch, MB. */
  memoryLimitMb: number;
  /** As `CUDA_VISIBLE_DEVICES`; undefined: as the environment of the process says. */
  visibleDevices?: string | undefined;
}

/** The engine that labels, and why it is this one. */
export interface ChosenEngine {
  classifier: TextClassifier;
  /** In words, for people. */
  why: string;
  /** Why no GPU can be used, in words; null: one can, or none is asked for. */
  noGpu: string | null;
}

/** Loads a model with the engine that `chooseEngine` takes, and logs which it is and why in one line. Throws ModelUnavailable. */
export async function createClassifier(options: ClassifierOptions): Promise<TextClassifier> {
  const { classifier, why } = await chooseEngine(options);
  const { engine, modelVersion, taxonomyVersion } = classifier;
  options.log(`Categorizer: ${engine} (model ${modelVersion}, taxonomy ${taxonomyVersion}); ${why}`);
  return classifier;
}

/**
 * Loads a model and chooses the fastest engine that it has just proved: both label the same texts, and must agree.
 * Throws ModelUnavailable.
 */
export async function chooseEngine(options: Omit<ClassifierOptions, 'log'>): Promise<ChosenEngine> {
  const { modelDir = defaultModelDir(), gpu } = options;
  const model = loadModel(modelDir);
  const plain = typedArrayClassifier(model);
  const native = await tfjsClassifier(model, {
    gpu: gpu.enabled,
    gpuMemoryLimitMb: gpu.memoryLimitMb,
    visibleDevices: gpu.visibleDevices,
  });
  if ('reason' in native) {
    const { reason } = native;
    const why = `native TensorFlow is not used: ${reason}`;
    return { classifier: plain, why, noGpu: gpu.enabled ? reason : null };
  }
  const { winner, loser, why } = await raceEngines(plain, native);
  await loser.close();
  const lacksGpu = gpu.enabled && native.engine !== TENSORFLOW_GPU;
  return {
    classifier: winner,
    why: lacksGpu ? `${why}; no GPU was found` : why,
    noGpu: lacksGpu ? 'TensorFlow finds none' : null,
  };
}
