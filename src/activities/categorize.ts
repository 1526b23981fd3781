import { encodeLabelled, iterateFacts } from '../adapters/staging/threads.js';
import type { BatchInput } from '../domain/collection.js';
import { categorizeThreads } from '../domain/categorize/threads.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { TextClassifier } from '../ports/text-classifier.js';
import { runActivity } from './failures.js';
import { readStaged, stagingKey, writeStaged } from './staging.js';

interface CategorizeDeps {
  store: ObjectStore;
  classifier: TextClassifier;
}

/** Labels on the GPU-pinned queue: one big device batch a batch of conversations. */
export function createCategorizeActivities({ store, classifier }: CategorizeDeps) {
  return {
    /** Facts to labels, and to the columns that only labels can settle. */
    categorizeBatch: async (input: { batch: BatchInput; factsKey: string }) =>
      runActivity(async (signal) => {
        const threads = [...iterateFacts(await readStaged(store, input.factsKey, signal))];
        const labelled = encodeLabelled(await categorizeThreads(threads, classifier, signal));
        return {
          labelledKey: await writeStaged(store, stagingKey(input.batch, 'labelled'), labelled, signal),
        };
      }),
  };
}

export type CategorizeActivities = ReturnType<typeof createCategorizeActivities>;
