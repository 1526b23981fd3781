import type { LoadedModel } from '../adapters/classifier/index.js';
import { DEFAULT_FEATURES } from '../domain/categorize/features.js';
import { PipelineError } from '../domain/errors.js';
import type { ModelParts } from './write-model.js';

const NEUTRAL = (): ModelParts['sentiment'] => {
  const none = (): Float64Array => new Float64Array(DEFAULT_FEATURES.buckets + 1);
  const neutral = none();
  neutral[DEFAULT_FEATURES.buckets] = 1;
  const calibration = { bias: -10, margin: 0, gap: 0, temperature: 1 };
  return { weights: [none(), neutral, none()], score: none(), calibration };
};

/**
 * The sentiment of another model, for features that are weighed by other document frequencies: each weight is
 * divided by how much more its bucket counts now. Throws InvalidInput where the base has other features.
 * @param base null: nothing is taken over, and every text is neutral
 */
export function inheritSentiment(base: LoadedModel | null, idf: Float32Array): ModelParts['sentiment'] {
  if (base === null) return NEUTRAL();
  const { spec, weights } = base;
  if (JSON.stringify(spec.features) !== JSON.stringify(DEFAULT_FEATURES))
    throw new PipelineError(
      'InvalidInput',
      `The sentiment of model ${spec.version} cannot be taken over: it has other features.\nAllowed is a model made by this version.\nTrain it again, or name another one with --base.`,
    );
  const { offset, labels, calibration } = spec.heads.sentiment;
  const column = (output: number): Float64Array => {
    const scale = spec.scales[output] ?? 0;
    const w = new Float64Array(spec.features.buckets + 1);
    for (let b = 0; b < spec.features.buckets; b++) {
      const q = weights[b * spec.outputs + output] ?? 0;
      if (q !== 0) w[b] = (q * scale * (base.idf[b] ?? 0)) / (idf[b] ?? 1);
    }
    w[spec.features.buckets] = spec.biases[output] ?? 0;
    return w;
  };
  return {
    weights: labels.map((_, k) => column(offset + k)),
    score: column(offset + labels.length),
    calibration,
  };
}
