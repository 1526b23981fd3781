import type { BatchInput } from '../domain/collection.js';
import { categorizeThreads } from '../domain/categorize/threads.js';
import { withoutText } from '../domain/process/index.js';
import type { ThreadFacts } from '../domain/thread.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { TextClassifier } from '../ports/text-classifier.js';
import { runActivity } from './failures.js';
import { readStagedItems, stagingKey, writeStaged } from './staging.js';

interface CategorizeDeps {
  store: ObjectStore;
  classifier: TextClassifier;
  /** `none`: labels are made from the text, and the text is then left out of what is stored. */
  storeText: 'all' | 'none';
}

/** Labels on the GPU-pinned queue: one big device batch a batch of conversations. */
export function createCategorizeActivities({ store, classifier, storeText }: CategorizeDeps) {
  return {
    /** Facts to whole rows: labels, and the columns that only labels can settle. */
    categorizeBatch: async (input: { batch: BatchInput; factsKey: string }) =>
      runActivity(async (signal) => {
        const threads = await readStagedItems<ThreadFacts>(store, input.factsKey, signal);
        const labelled = await categorizeThreads(threads, classifier, signal);
        const rows =
          storeText === 'all'
            ? labelled
            : labelled.map((thread) => ({ ...thread, messages: withoutText(thread.messages) }));
        return { labelledKey: await writeStaged(store, stagingKey(input.batch, 'labelled'), rows, signal) };
      }),
  };
}

export type CategorizeActivities = ReturnType<typeof createCategorizeActivities>;
