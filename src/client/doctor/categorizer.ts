import type * as Classifier from '../../adapters/classifier/index.js';
import type { Config } from '../../config.js';
import { PipelineError } from '../../domain/errors.js';
import { firstLine, type Check } from './finding.js';

export interface CategorizerOptions {
  gpu: Config['gpu'];
  /** Default: the shipped model. */
  modelDir?: string | undefined;
  /** Default: as the worker does. */
  choose?: typeof Classifier.chooseEngine;
  timeoutMs?: number;
}

/** The model's files, which engine labels and why, and the GPU where one is asked for. */
export function checkCategorizer(options: CategorizerOptions): Check {
  const { gpu, modelDir, timeoutMs = 60_000 } = options;
  return {
    area: 'Categorizer',
    timeoutMs,
    variables: 'MODEL_DIR and ENABLE_GPU',
    run: async (report) => {
      const choose = options.choose ?? (await import('../../adapters/classifier/index.js')).chooseEngine;
      let chosen: Classifier.ChosenEngine;
      try {
        chosen = await choose({ modelDir, gpu });
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error;
        const [message = '', remedy] = firstLine(error.message).split(/\. (?=Restore )/);
        report({
          check: 'model',
          level: 'broken',
          message,
          remedy: remedy ?? 'restore models/default from the release, or see MODEL_DIR',
        });
        return;
      }
      const { classifier, why, noGpu } = chosen;
      const { engine, modelVersion, taxonomyVersion } = classifier;
      await classifier.close();
      report({ check: 'model', level: 'ok', message: `model ${modelVersion}, taxonomy ${taxonomyVersion}` });
      report({ check: 'engine', level: 'ok', message: `${engine}; ${why}` });
      if (!gpu.enabled) {
        report({
          check: 'GPU',
          level: 'ok',
          message: 'not asked for: ENABLE_GPU is false, the CPU categorizes',
        });
      } else if (noGpu === null) report({ check: 'GPU', level: 'ok', message: 'TensorFlow finds a GPU' });
      else {
        report({
          check: 'GPU',
          level: 'warning',
          message: `ENABLE_GPU is true, but ${noGpu}; the CPU gives the same labels`,
          remedy:
            'install @tensorflow/tfjs-node-gpu with its library, an NVIDIA driver and CUDA, and see CUDA_VISIBLE_DEVICES; or set ENABLE_GPU=false',
        });
      }
    },
  };
}
