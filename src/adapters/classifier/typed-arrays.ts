import { setImmediate } from 'node:timers/promises';
import { FeatureExtractor } from '../../domain/categorize/features.js';
import { predictRow } from '../../domain/categorize/model.js';
import type { TextClassifier, TextPrediction } from '../../ports/text-classifier.js';
import { loadModel, type LoadedModel } from './model-files.js';

/** Texts between two returns to the event loop: some milliseconds of work. */
const CHUNK = 64;

/** Classifies with plain typed arrays: everywhere, without any native library. Throws ModelUnavailable. */
export function createTypedArrayClassifier(modelDir: string): TextClassifier {
  return typedArrayClassifier(loadModel(modelDir));
}

/** The same for a model that is already in memory. */
export function typedArrayClassifier(model: LoadedModel): TextClassifier {
  const { spec } = model;
  const extractor = new FeatureExtractor(spec.features, model.idf);
  const margins = new Float64Array(spec.outputs);
  return {
    modelVersion: spec.version,
    taxonomyVersion: spec.taxonomy_version,
    languages: spec.languages,
    engine: 'typed arrays',
    async classify(texts, signal) {
      const predictions: TextPrediction[] = [];
      for (const [n, text] of texts.entries()) {
        if (n % CHUNK === 0) {
          if (n > 0) await setImmediate();
          signal.throwIfAborted();
        }
        computeMargins(model, extractor, text, margins);
        predictions.push(predictRow(spec, margins, 0));
      }
      return predictions;
    },
    close: () => Promise.resolve(),
  };
}

/** One margin an output: the sparse vector of the text times the weights. */
export function computeMargins(
  { spec, weights }: LoadedModel,
  extractor: FeatureExtractor,
  text: string,
  margins: Float64Array,
): void {
  const { outputs } = spec;
  const { indices, values } = extractor.extract(text);
  margins.fill(0);
  for (let k = 0; k < indices.length; k++) {
    const value = values[k] ?? 0;
    const row = (indices[k] ?? 0) * outputs;
    for (let o = 0; o < outputs; o++) margins[o] = (margins[o] ?? 0) + value * (weights[row + o] ?? 0);
  }
  for (let o = 0; o < outputs; o++)
    margins[o] = (margins[o] ?? 0) * (spec.scales[o] ?? 0) + (spec.biases[o] ?? 0);
}
