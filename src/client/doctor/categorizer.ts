import type { Config } from '../../config.js';
import { PipelineError } from '../../domain/errors.js';
import { firstLine, type Check } from './finding.js';

export interface CategorizerOptions {
  gpu: Config['gpu'];
  /** Default: the shipped model. */
  modelDir?: string;
  /** Why a GPU cannot be used; null: it can. Default: tries the library. */
  probeGpu?: () => Promise<string | null>;
  timeoutMs?: number;
}

/** The model's files, and the GPU where one is asked for. */
export function checkCategorizer(options: CategorizerOptions): Check {
  const { gpu, modelDir, probeGpu = whyNoGpu, timeoutMs = 30_000 } = options;
  return {
    area: 'Categorizer',
    timeoutMs,
    variables: 'ENABLE_GPU',
    run: async (report) => {
      const { defaultModelDir, loadModel } = await import('../../adapters/classifier/model-files.js');
      try {
        const { spec } = loadModel(modelDir ?? defaultModelDir());
        report({
          check: 'model',
          level: 'ok',
          message: `model ${spec.version}, taxonomy ${spec.taxonomy_version}`,
        });
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error;
        const [message = '', remedy] = firstLine(error.message).split(/\. (?=Restore )/);
        report({
          check: 'model',
          level: 'broken',
          message,
          remedy: remedy ?? 'restore models/default from the release',
        });
      }
      if (!gpu.enabled) {
        report({
          check: 'GPU',
          level: 'ok',
          message: 'not asked for: ENABLE_GPU is false, the CPU categorizes',
        });
        return;
      }
      const reason = await probeGpu();
      if (reason === null) report({ check: 'GPU', level: 'ok', message: 'TensorFlow finds a GPU' });
      else {
        report({
          check: 'GPU',
          level: 'warning',
          message: `ENABLE_GPU is true, but ${reason}; the CPU gives the same labels`,
          remedy:
            'install @tensorflow/tfjs-node-gpu with its library, an NVIDIA driver and CUDA, and see CUDA_VISIBLE_DEVICES; or set ENABLE_GPU=false',
        });
      }
    },
  };
}

async function whyNoGpu(): Promise<string | null> {
  const { loadNativeTensorFlow } = await import('../../adapters/classifier/native-tensorflow.js');
  const tf = loadNativeTensorFlow({ gpu: true });
  if ('reason' in tf) return tf.reason;
  await tf.ready();
  return tf.backend().binding.isUsingGpuDevice() ? null : 'TensorFlow finds none';
}
