import { SweptRowsGone } from '../adapters/staging/slices.js';
import { SweptRows } from '../adapters/staging/swept-rows.js';
import type { BatchInput } from '../domain/collection.js';
import type {
  ConversationSource,
  PlanPage,
  ReadingChoice,
  SourceRange,
  SourceScope,
  SourceSurvey,
} from '../ports/conversation-source.js';
import type { ObjectStore } from '../ports/object-store.js';
import { runActivity } from './failures.js';
import { rowIdsOf } from './changes.js';
import { stagingKey, writeStaged } from './staging.js';
import { Sweeper } from './sweep.js';

/** Reading the source: the only activities that call it. */
export function createSourceActivities({
  source,
  store,
}: {
  source: ConversationSource;
  store: ObjectStore;
}) {
  const swept = new SweptRows(store);
  return {
    ...new Sweeper({ source, store }).activities(),

    /** Checks access, tables, mapping and app id, and counts the rows that match no range. */
    survey: async (input: { appId?: string }): Promise<SourceSurvey & { ms: number }> =>
      runActivity((signal) => source.survey(input.appId, signal)),

    /** How a range is best read. */
    chooseReading: async (
      input: SourceRange & { batchSize: number; limit?: number },
    ): Promise<ReadingChoice & { ms: number }> =>
      runActivity((signal) => source.chooseReading(input, input, signal)),

    /** One page of a day's plan: of what a sweep found, else of what the source says now. */
    planDay: async (
      input: SourceScope & { batchSize: number; maxBatches: number; cursor: string | null; swept?: string },
    ): Promise<PlanPage & { ms: number }> =>
      runActivity(async (signal) => {
        if (input.swept === undefined) return source.planDay(input, input, signal);
        // Staging is removed after two weeks: a run that was paused for longer asks for the rest of its rows.
        return swept.planDay(input.swept, input, signal).catch((error: unknown) => {
          if (!(error instanceof SweptRowsGone) || input.cursor !== null) throw error;
          return source.planDay(input, input, signal);
        });
      }),

    /** Conversation rows that the source holds for a day now. */
    countDay: async (input: SourceScope): Promise<number> => {
      const { count } = await runActivity(async (signal) => ({
        count: await source.countDay(input, signal),
      }));
      return count;
    },

    /** Brings the rows of a range from the source into staging. */
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
