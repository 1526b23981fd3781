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
  /** Whether a GPU may be used. */
  gpuEnabled: boolean;
  /** Bounds the device batch, MB. */
  gpuMemoryLimitMb: number;
  log: (line: string) => void;
}

/**
 * Loads a model and chooses the fastest engine that it has just proved: both label the same texts, and must agree.
 * Says in one line which it is and why. Throws ModelUnavailable.
 */
export async function createClassifier(options: ClassifierOptions): Promise<TextClassifier> {
  const { modelDir = defaultModelDir(), gpuEnabled, gpuMemoryLimitMb, log } = options;
  const model = loadModel(modelDir);
  const plain = typedArrayClassifier(model);
  const native = await tfjsClassifier(model, { gpu: gpuEnabled, gpuMemoryLimitMb });
  const about = `model ${plain.modelVersion}, taxonomy ${plain.taxonomyVersion}`;
  if ('reason' in native) {
    log(`Categorizer: ${plain.engine} (${about}); native TensorFlow is not used: ${native.reason}`);
    return plain;
  }
  const { winner, loser, why } = await raceEngines(plain, native);
  await loser.close();
  const noGpu = gpuEnabled && native.engine !== TENSORFLOW_GPU ? '; no GPU was found' : '';
  log(`Categorizer: ${winner.engine} (${about}); ${why}${noGpu}`);
  return winner;
}
