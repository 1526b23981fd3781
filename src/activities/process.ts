import { SweptRows } from '../adapters/staging/swept-rows.js';
import type { BatchInput, RejectCounts } from '../domain/collection.js';
import type { Reject } from '../domain/records.js';
import type { CpuPool, ProcessedBatch } from '../ports/cpu-pool.js';
import type { CommitDayInput, CommitDayResult, Lake } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';
import { runActivity } from './failures.js';
import {
  readStaged,
  readStagedItems,
  readStagedLabels,
  stagingKey,
  writeStaged,
  type StagedBatch,
} from './staging.js';

interface ProcessDeps {
  /** Source name: prefixes every key. */
  sourceName: string;
  store: ObjectStore;
  pool: CpuPool;
  lake: Lake;
}

/** CPU work: raw rows to facts, rows to parts, parts to a committed day. */
export function createProcessActivities({ sourceName, store, pool, lake }: ProcessDeps) {
  const swept = new SweptRows(store);
  /** Stages facts and all rejects of a batch, and counts both. */
  const stageProcessed = async (
    batch: BatchInput,
    { facts, rejects: own, conversations, messages }: ProcessedBatch,
    readRejects: readonly Reject[],
    signal: AbortSignal,
  ) => {
    const rejects = [...readRejects, ...own];
    const [factsKey, rejectsKey] = await Promise.all([
      writeStaged(store, stagingKey(batch, 'facts'), facts, signal),
      writeStaged(store, stagingKey(batch, 'rejects'), rejects, signal),
    ]);
    const readRejected = (table: Reject['table']) => readRejects.filter((r) => r.table === table).length;
    return {
      factsKey,
      rejectsKey,
      conversations: {
        stored: conversations.stored,
        rejected: conversations.rejected + readRejected('conversations'),
      },
      messages: { stored: messages.stored, rejected: messages.rejected + readRejected('messages') },
      rejects: countByReason(rejects),
    };
  };
  return {
    /** Raw threads to facts; the rejects of reading and processing become one list. */
    processBatch: async (input: { batch: BatchInput; rawKey: string; rejectsKey: string }) =>
      runActivity(async (signal) => {
        const { batch } = input;
        const [raw, readRejects] = await Promise.all([
          readStaged(store, input.rawKey, signal),
          readStagedItems<Reject>(store, input.rejectsKey, signal),
        ]);
        const processed = await pool.process(raw, { source: sourceName, runId: batch.runId }, signal);
        return stageProcessed(batch, processed, readRejects, signal);
      }),

    /** The same from what a sweep has staged. `gone`: that is not there any more, and the rows have to be asked for. */
    processSwept: async (input: { batch: BatchInput }) =>
      runActivity(async (signal) => {
        const { batch } = input;
        const bytes = batch.swept === undefined ? null : await swept.batch(batch.swept, batch, signal);
        if (bytes === null) return { gone: true as const };
        const processed = await pool.processSwept(bytes, { source: sourceName, runId: batch.runId }, signal);
        const { readRejects, received } = processed;
        const staged = await stageProcessed(batch, processed, readRejects, signal);
        return { gone: false as const, ...staged, received };
      }),

    /** Labelled rows to parts in staging, for the day's commit. */
    storeBatch: async (input: StagedBatch & { rejectsKey: string }) =>
      runActivity(async (signal) => {
        const [staged, rejects] = await Promise.all([
          readStagedLabels(store, input, signal),
          readStagedItems<Reject>(store, input.rejectsKey, signal),
        ]);
        const parts = await pool.encodeParts(staged, signal);
        await lake.putParts(input.batch, parts, rejects, signal);
        return {};
      }),

    /** Merges a day's parts with what was committed and commits the day. */
    finalizeDay: async (input: CommitDayInput): Promise<CommitDayResult & { ms: number }> =>
      runActivity((signal, heartbeat) => lake.commitDay(input, signal, heartbeat)),
  };
}

function countByReason(rejects: readonly Reject[]): RejectCounts {
  const counts: RejectCounts = {};
  for (const { reason } of rejects) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

export type ProcessActivities = ReturnType<typeof createProcessActivities>;
