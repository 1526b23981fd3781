import {
  batchName,
  type CollectProgress,
  type CollectState,
  type FailedBatch,
} from '../domain/collection.js';
import type { WatermarkMove } from '../domain/changes.js';
import { PipelineError } from '../domain/errors.js';
import type { Lake } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { Projection } from '../ports/projection.js';
import {
  failureKey,
  failuresKey,
  readFailures,
  runKey,
  stateKey,
  toJson,
} from '../adapters/run-records/index.js';
import { joinLabelled } from '../adapters/staging/threads.js';
import { moveWatermark } from '../adapters/watermarks/index.js';
import { runActivity } from './failures.js';
import { readStagedLabels, type StagedBatch } from './staging.js';

interface MainDeps {
  store: ObjectStore;
  lake: Lake;
  /** null: this worker knows no MongoDB. */
  projection: Projection | null;
  /** `none`: texts are left out of what is stored. */
  storeText: 'all' | 'none';
}

/** Light I/O: the MongoDB projection and the records of a run. */
export function createMainActivities({ store, lake, projection, storeText }: MainDeps) {
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
    projectBatch: async (input: StagedBatch) =>
      runActivity(async (signal, heartbeat) => {
        const staged = await readStagedLabels(store, input, signal);
        await mongo().write([...joinLabelled(staged, storeText)], signal, heartbeat);
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
        await store.put(failureKey(input.runId, batchName(input.failed)), toJson(input.failed), { signal });
        return {};
      }),

    /** Forgets the failure of a batch that has succeeded since. */
    dropFailure: async (input: { runId: string; name: string }) =>
      runActivity(async (signal) => {
        await store.delete([failureKey(input.runId, input.name)], signal);
        return {};
      }),

    /**
     * Writes the run's record, its failed batches as one list, and what a retry of them starts from.
     * @param input.failed names of the batches that count as failed at the end; absent from runs of release 0.1.0
     * @param input.state absent where nothing can be retried
     */
    closeRun: async (input: {
      progress: CollectProgress;
      failed?: string[];
      state?: CollectState;
    }): Promise<{ failuresKey: string | null; ms: number }> =>
      runActivity(async (signal) => {
        const { progress, failed, state } = input;
        const { runId } = progress;
        const records = await readFailures(store, runId, signal);
        const standing =
          failed === undefined ? records : records.filter((r) => failed.includes(batchName(r)));
        const healed = records.filter((record) => !standing.includes(record));
        await store.delete(
          healed.map((record) => failureKey(runId, batchName(record))),
          signal,
        );
        const key = standing.length === 0 ? null : failuresKey(runId);
        if (key === null) await store.delete([failuresKey(runId)], signal);
        else await store.put(key, toJson(standing), { signal });
        if (state === undefined) await store.delete([stateKey(runId)], signal);
        else await store.put(stateKey(runId), toJson(state), { signal });
        await store.put(runKey(runId), toJson({ ...progress, failuresKey: key }), { signal });
        return { failuresKey: key };
      }),

    /** Notes up to where rows are known, when all days of a run are committed. */
    moveWatermark: async (input: { runId: string; move: WatermarkMove }) =>
      runActivity(async (signal) => {
        await moveWatermark(store, input.move, input.runId, signal);
        return {};
      }),

    /** The books of a closed run whose failed batches are to be run again. */
    loadRun: async (input: { runId: string }): Promise<{ state: CollectState; ms: number }> =>
      runActivity(async (signal) => {
        const object = await store.get(stateKey(input.runId), signal);
        if (object === null) {
          throw new PipelineError(
            'InvalidInput',
            `${store.location} holds no books of run ${input.runId} that a retry could go on with: it was made by an ` +
              'older release, or into another lake. Collect the range again',
          );
        }
        return { state: JSON.parse(Buffer.from(object.body).toString('utf8')) as CollectState };
      }),
  };
}

export type MainActivities = ReturnType<typeof createMainActivities>;
