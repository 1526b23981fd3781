import type { BatchInput } from '../domain/collection.js';
import type {
  ConversationSource,
  PlanPage,
  SourceScope,
  SourceSurvey,
} from '../ports/conversation-source.js';
import type { ObjectStore } from '../ports/object-store.js';
import { runActivity } from './failures.js';
import { rowIdsOf } from './changes.js';
import { stagingKey, writeStaged } from './staging.js';

/** Reading the source: the only activities that call it. */
export function createSourceActivities({
  source,
  store,
}: {
  source: ConversationSource;
  store: ObjectStore;
}) {
  return {
    /** Checks access, tables, mapping and app id, and counts the rows that match no range. */
    survey: async (input: { appId?: string }): Promise<SourceSurvey & { ms: number }> =>
      runActivity((signal) => source.survey(input.appId, signal)),

    /** One page of a day's plan. */
    planDay: async (
      input: SourceScope & { batchSize: number; maxBatches: number; cursor: string | null },
    ): Promise<PlanPage & { ms: number }> => runActivity((signal) => source.planDay(input, input, signal)),

    /** Conversation rows that the source holds for a day now. */
    countDay: async (input: SourceScope): Promise<number> => {
      const { count } = await runActivity(async (signal) => ({
        count: await source.countDay(input, signal),
      }));
      return count;
    },

    /** Reads a range into staging. */
    fetchBatch: async (batch: BatchInput) =>
      runActivity(async (signal, heartbeat) => {
        const rowIds = await rowIdsOf(store, batch, signal);
        const scope = rowIds === undefined ? batch : { ...batch, rowIds };
        const { threads, rejects, received } = await source.readBatch(scope, signal, heartbeat);
        const [rawKey, rejectsKey] = await Promise.all([
          writeStaged(store, stagingKey(batch, 'raw'), threads, signal),
          writeStaged(store, stagingKey(batch, 'read-rejects'), rejects, signal),
        ]);
        return { rawKey, rejectsKey, received };
      }),
  };
}

export type SourceActivities = ReturnType<typeof createSourceActivities>;
