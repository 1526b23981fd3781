import { iterateFacts } from '../adapters/staging/threads.js';
import type { BatchInput } from '../domain/collection.js';
import type { BatchLabeller } from '../ports/batch-labeller.js';
import type { HumanLabelStore } from '../ports/human-labels.js';
import type { ObjectStore } from '../ports/object-store.js';
import { runActivity } from './failures.js';
import { readStaged, stagingKey, writeStaged } from './staging.js';

interface CategorizeDeps {
  store: ObjectStore;
  labeller: BatchLabeller;
  /** What people said of conversations: it stands, whatever the model says. */
  labels: HumanLabelStore;
}

/** Labels on the GPU-pinned queue: one big device batch a batch of conversations. */
export function createCategorizeActivities({ store, labeller, labels }: CategorizeDeps) {
  return {
    /** Facts to labels, and to the columns that only labels can settle. */
    categorizeBatch: async (input: { batch: BatchInput; factsKey: string }) =>
      runActivity(async (signal) => {
        const facts = await readStaged(store, input.factsKey, signal);
        const human = await labels.of(() => keysOf(facts), signal);
        const labelled = await labeller.label(facts, human, signal);
        return {
          labelledKey: await writeStaged(store, stagingKey(input.batch, 'labelled'), labelled, signal),
        };
      }),
  };
}

function keysOf(facts: Uint8Array): string[] {
  return [...iterateFacts(facts)].map(({ conversation }) => conversation.conversation_key);
}

export type CategorizeActivities = ReturnType<typeof createCategorizeActivities>;
