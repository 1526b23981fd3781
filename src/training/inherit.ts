import type { LoadedModel } from '../adapters/classifier/index.js';
import { DEFAULT_FEATURES } from '../domain/categorize/features.js';
import { PipelineError } from '../domain/errors.js';
import type { ModelParts } from './write-model.js';

const NEUTRAL = (): ModelParts['sentiment'] => {
  const none = (): Float64Array => new Float64Array(DEFAULT_FEATURES.buckets + 1);
  const neutral = none();
  neutral[DEFAULT_FEATURES.buckets] = 1;
  const calibration = { bias: -10, margin: 0, gap: 0, temperature: 1 };
  return { outputs: [none(), neutral, none(), none()], lexical: [], calibration };
};

/**
 * The sentiment of another model, for features that are weighed by other document frequencies: each weight is
 * divided by how much more its bucket counts now. Throws InvalidInput where the base has other features.
 * @param base null: nothing is taken over, and every text is neutral
 */
export function inheritSentiment(base: LoadedModel | null, idf: Float32Array): ModelParts['sentiment'] {
  if (base === null) return NEUTRAL();
  const { spec, weights } = base;
  const { buckets, lexical } = spec.features;
  if (JSON.stringify({ ...spec.features, lexical: 0 }) !== JSON.stringify(DEFAULT_FEATURES))
    throw new PipelineError(
      'InvalidInput',
      `The sentiment of model ${spec.version} cannot be taken over: it has other features.\nAllowed is a model made by this version.\nTrain it again, or name another one with --base.`,
    );
  const { offset, labels, calibration } = spec.heads.sentiment;
  const column = (output: number): Float64Array => {
    const scale = spec.scales[output] ?? 0;
    const w = new Float64Array(buckets + 1);
    for (let b = 0; b < buckets; b++) {
      const q = weights[b * spec.outputs + output] ?? 0;
      if (q !== 0) w[b] = (q * scale * (base.idf[b] ?? 0)) / (idf[b] ?? 1);
    }
    w[buckets] = spec.biases[output] ?? 0;
    return w;
  };
  const ofLexicon = (output: number): number[] =>
    Array.from(
      { length: lexical },
      (_, k) => (weights[(buckets + k) * spec.outputs + output] ?? 0) * (spec.scales[output] ?? 0),
    );
  const outputs = [...labels, 'score'].map((_, k) => offset + k);
  return { outputs: outputs.map(column), lexical: outputs.map(ofLexicon), calibration };
}
