import type { ChangedDay, ChangedRow } from '../../domain/changes.js';
import { PipelineError } from '../../domain/errors.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { decodeNdjson, encodeNdjson } from './ndjson.js';

/**
 * Which conversations a run of changes reads: `_staging/<run>/changes/<attempt>-<day>.ndjson.gz`, and an index of the
 * days. They lie beside the days of the run, whose own folders are emptied when they are committed: failed batches may
 * be run again after that.
 */
export async function writeChangedRows(
  store: ObjectStore,
  prefix: string,
  days: Iterable<Omit<ChangedDay, 'key'> & { rows: readonly ChangedRow[] }>,
  signal: AbortSignal,
): Promise<{ indexKey: string; index: ChangedDay[] }> {
  const index: ChangedDay[] = [];
  for (const { rows, ...day } of days) {
    const key = `${prefix}${day.day}.ndjson.gz`;
    await store.put(key, encodeNdjson(rows), { signal });
    index.push({ ...day, key });
  }
  const indexKey = `${prefix}index.ndjson.gz`;
  await store.put(indexKey, encodeNdjson(index), { signal });
  return { indexKey, index };
}

export async function readChangedDays(
  store: ObjectStore,
  indexKey: string,
  signal: AbortSignal,
): Promise<ChangedDay[]> {
  return readList<ChangedDay>(store, indexKey, signal);
}

export async function readChangedRows(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<ChangedRow[]> {
  return readList<ChangedRow>(store, key, signal);
}

async function readList<T>(store: ObjectStore, key: string, signal: AbortSignal): Promise<T[]> {
  const object = await store.get(key, signal);
  if (object !== null) return decodeNdjson<T>(object.body);
  throw new PipelineError(
    'LakeCorrupt',
    `the list of changed conversations ${key} is gone from ${store.location}. Workers on several machines need the same ` +
      'store; collect the changes again',
  );
}
