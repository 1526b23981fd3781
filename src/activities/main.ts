import type { BatchInput, CollectProgress, FailedBatch } from '../domain/collection.js';
import { PipelineError } from '../domain/errors.js';
import type { LabelledThread } from '../domain/thread.js';
import type { Lake } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { Projection } from '../ports/projection.js';
import { runActivity } from './failures.js';
import { readStagedItems } from './staging.js';

interface MainDeps {
  store: ObjectStore;
  lake: Lake;
  /** null: this worker knows no MongoDB. */
  projection: Projection | null;
}

const failuresKey = (runId: string) => `_state/runs/${runId}/failures.json`;
const failurePrefix = (runId: string) => `_state/runs/${runId}/failures/`;

/** Light I/O: the MongoDB projection and the records of a run. */
export function createMainActivities({ store, lake, projection }: MainDeps) {
  const mongo = (): Projection => {
    if (projection !== null) return projection;
    throw new PipelineError(
      'InvalidInput',
      'the run writes to MongoDB, but this worker has no MONGODB_URI: set it, or collect with --no-mongodb',
    );
  };
  return {
    /** Reaches MongoDB and makes its indexes, before the first batch needs them. */
    prepareProjection: async () =>
      runActivity(async (signal) => {
        await mongo().prepare(signal);
        return {};
      }),

    /** Writes a batch to MongoDB. */
    projectBatch: async (input: { batch: BatchInput; labelledKey: string }) =>
      runActivity(async (signal, heartbeat) => {
        const threads = await readStagedItems<LabelledThread>(store, input.labelledKey, signal);
        await mongo().write(threads, signal, heartbeat);
        return {};
      }),

    /** Marks conversations in MongoDB that have left the source. */
    projectDeletions: async (input: { day: string }) =>
      runActivity(async (signal) => {
        await mongo().markDeleted(await lake.deletedConversations(input.day, signal), signal);
        return {};
      }),

    /** Keeps what is known of a failed batch; the run's history holds only how many there are. */
    recordFailure: async (input: { runId: string; failed: FailedBatch }) =>
      runActivity(async (signal) => {
        const { day, batch } = input.failed;
        await store.put(`${failurePrefix(input.runId)}${day}-${batch}.json`, toJson(input.failed), {
          signal,
        });
        return {};
      }),

    /** Writes the run's record, and its failed batches as one list. */
    closeRun: async (input: {
      progress: CollectProgress;
    }): Promise<{ failuresKey: string | null; ms: number }> =>
      runActivity(async (signal) => {
        const { runId } = input.progress;
        const failed: unknown[] = [];
        for await (const { key } of store.list(failurePrefix(runId), signal)) {
          const object = await store.get(key, signal);
          if (object !== null) failed.push(JSON.parse(Buffer.from(object.body).toString('utf8')));
        }
        const key = failed.length === 0 ? null : failuresKey(runId);
        if (key !== null) await store.put(key, toJson(failed), { signal });
        await store.put(`_state/runs/${runId}/run.json`, toJson({ ...input.progress, failuresKey: key }), {
          signal,
        });
        return { failuresKey: key };
      }),
  };
}

function toJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`, 'utf8');
}

export type MainActivities = ReturnType<typeof createMainActivities>;
