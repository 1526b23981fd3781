import { Piscina } from 'piscina';
import { labelFacts } from '../../adapters/staging/label-facts.js';
import type { BatchLabeller } from '../../ports/batch-labeller.js';
import type { TextClassifier } from '../../ports/text-classifier.js';
import { answerOf } from './answers.js';
import { compiledTask, THREAD_LIMITS } from './pool.js';
import type { LabelSettings, LabelTask } from './label-task.js';

/** Labels in this thread: for engines that have threads or a device of their own. */
export function inlineLabeller(classifier: TextClassifier): BatchLabeller {
  return {
    label: (facts, human, signal) => labelFacts(facts, classifier, human, signal),
    close: () => classifier.close(),
  };
}

/** Labels in a thread of its own with typed arrays, so that the event loop serves everything else meanwhile. */
export function threadedLabeller(settings: LabelSettings): BatchLabeller {
  const pool = new Piscina({
    filename: compiledTask('label-task.js'),
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: THREAD_LIMITS,
    workerData: settings,
  });
  return {
    label: (facts, human, signal) =>
      answerOf<Uint8Array>(pool.run({ facts, human } satisfies LabelTask, { signal })),
    close: () => pool.close(),
  };
}
