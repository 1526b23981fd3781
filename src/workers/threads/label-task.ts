import { workerData } from 'node:worker_threads';
import { createTypedArrayClassifier, defaultModelDir } from '../../adapters/classifier/index.js';
import { labelFacts } from '../../adapters/staging/label-facts.js';
import type { HumanLabel } from '../../domain/categorize/human.js';
import { answering } from './answers.js';

/** Plain data, so that it can be handed over. */
export interface LabelSettings {
  /** undefined: the shipped model. */
  modelDir: string | undefined;
}

export interface LabelTask {
  facts: Uint8Array;
  human: ReadonlyMap<string, readonly HumanLabel[]>;
}

/** Entry of the labelling thread: the model is loaded once and kept. A cancelled task ends with its thread. */
const classifier = createTypedArrayClassifier((workerData as LabelSettings).modelDir ?? defaultModelDir());
const { signal } = new AbortController();

export default answering(({ facts, human }: LabelTask) => labelFacts(facts, classifier, human, signal));
