import { setImmediate } from 'node:timers/promises';
import { FeatureExtractor } from '../../domain/categorize/features.js';
import { predictRow, type ModelSpec } from '../../domain/categorize/model.js';
import type { TextClassifier, TextPrediction } from '../../ports/text-classifier.js';
import { createKernel, type Kernel } from './kernel.js';
import { loadModel, type LoadedModel } from './model-files.js';

/** Texts between two returns to the event loop: some milliseconds of work. */
const CHUNK = 64;
/** Texts are labelled one by one. */
const MESSAGES_A_ROUND = 500;
/** Name of the engine. */
export const TYPED_ARRAYS = 'typed arrays';

/** Classifies with plain typed arrays: everywhere, without any native library. Throws ModelUnavailable. */
export function createTypedArrayClassifier(modelDir: string): TextClassifier {
  return typedArrayClassifier(loadModel(modelDir));
}

/** The same for a model that is already in memory. */
export function typedArrayClassifier(model: LoadedModel): TextClassifier {
  const { spec } = model;
  const extractor = new FeatureExtractor(spec.features, model.idf, model.valence);
  const margins = new Float64Array(spec.outputs);
  // Its memory holds the weights from here on; the model's own copy is freed with the model.
  const kernel = createKernel(model.weights, spec.outputs);
  return {
    modelVersion: spec.version,
    taxonomyVersion: spec.taxonomy_version,
    languages: spec.languages,
    engine: TYPED_ARRAYS,
    messagesARound: MESSAGES_A_ROUND,
    async classify(texts, signal) {
      const predictions: TextPrediction[] = [];
      for (const [n, text] of texts.entries()) {
        if (n % CHUNK === 0) {
          if (n > 0) await setImmediate();
          signal.throwIfAborted();
        }
        if (kernel === null) computeMargins(model, extractor, text, margins);
        else kernelMargins(spec, kernel, extractor, text, margins);
        predictions.push(predictRow(spec, margins, 0));
      }
      return predictions;
    },
    close: () => Promise.resolve(),
  };
}

/** The same as `computeMargins`, by WebAssembly. */
function kernelMargins(
  { outputs, scales, biases }: ModelSpec,
  kernel: Kernel,
  extractor: FeatureExtractor,
  text: string,
  margins: Float64Array,
): void {
  const { indices, values } = extractor.extract(text);
  const sums = kernel.sum(indices, values);
  for (let o = 0; o < outputs; o++)
    margins[o] = (sums[o] as number) * (scales[o] as number) + (biases[o] as number);
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
  for (let k = 0; k < indices.length; k++)
    addRow(weights, (indices[k] ?? 0) * outputs, outputs, values[k] ?? 0, margins);
  for (let o = 0; o < outputs; o++)
    margins[o] = (margins[o] ?? 0) * (spec.scales[o] ?? 0) + (spec.biases[o] ?? 0);
}

/**
 * `margins += value * weights[start .. start + outputs]`: nearly all the time of a classification is spent here. Four
 * at a time is 1.6 times as fast as one by one; every index is within its array, as the model's check has shown.
 */
function addRow(
  weights: Int8Array,
  start: number,
  outputs: number,
  value: number,
  margins: Float64Array,
): void {
  const fours = outputs - (outputs % 4);
  let o = 0;
  for (; o < fours; o += 4) {
    const w = start + o;
    margins[o] = (margins[o] as number) + value * (weights[w] as number);
    margins[o + 1] = (margins[o + 1] as number) + value * (weights[w + 1] as number);
    margins[o + 2] = (margins[o + 2] as number) + value * (weights[w + 2] as number);
    margins[o + 3] = (margins[o + 3] as number) + value * (weights[w + 3] as number);
  }
  for (; o < outputs; o++) margins[o] = (margins[o] as number) + value * (weights[start + o] as number);
}
