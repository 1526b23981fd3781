import { Context } from '@temporalio/activity';
import { decodeNdjson, packNdjson } from '../adapters/staging/ndjson.js';
import { encodeFacts, type StagedLabels } from '../adapters/staging/threads.js';
import type { BatchInput } from '../domain/collection.js';
import { PipelineError } from '../domain/errors.js';
import type { ObjectStore } from '../ports/object-store.js';

/**
 * Keys of what lies between stages: `_staging/<run>/<day>/<batch>/<attempt>-<what>.ndjson.snappy`. Each attempt of an
 * activity writes its own objects, so that one that was given up and still runs cannot change what a later one wrote.
 */
export function stagingKey(
  batch: Pick<BatchInput, 'runId' | 'day' | 'batch'>,
  what: 'raw' | 'facts' | 'labelled' | 'read-rejects' | 'rejects',
): string {
  const { attempt } = Context.current().info;
  return `_staging/${batch.runId}/${batch.day}/${batch.batch}/${attempt}-${what}.ndjson.snappy`;
}

export async function readStaged(store: ObjectStore, key: string, signal: AbortSignal): Promise<Uint8Array> {
  const object = await store.get(key, signal);
  if (object === null) {
    throw new PipelineError(
      'LakeCorrupt',
      `the staged object ${key} is gone from ${store.location}. Workers on several machines need the same store; ` +
        'collect the range again',
    );
  }
  return object.body;
}

/** What a batch's storing starts from. */
export interface StagedBatch {
  batch: BatchInput;
  /** Absent in batches that release 0.2.0 began: there the labels are staged with their messages. */
  factsKey?: string;
  labelledKey: string;
}

export async function readStagedLabels(
  store: ObjectStore,
  { factsKey, labelledKey }: StagedBatch,
  signal: AbortSignal,
): Promise<StagedLabels> {
  const [facts, labelled] = await Promise.all([
    factsKey === undefined ? encodeFacts([]) : readStaged(store, factsKey, signal),
    readStaged(store, labelledKey, signal),
  ]);
  return { facts, labelled };
}

export async function readStagedItems<T>(store: ObjectStore, key: string, signal: AbortSignal): Promise<T[]> {
  return decodeNdjson<T>(await readStaged(store, key, signal));
}

export async function writeStaged(
  store: ObjectStore,
  key: string,
  items: readonly unknown[] | Uint8Array,
  signal: AbortSignal,
): Promise<string> {
  await store.put(key, items instanceof Uint8Array ? items : packNdjson(items), { signal });
  return key;
}
