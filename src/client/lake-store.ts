import type { Config } from '../config.js';
import type { DayManifest } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';

/** Days of a lake that are read: inclusive, `YYYY-MM-DD`. */
interface Days {
  start?: string;
  end?: string;
}

/** Opens the lake's object store for a piece of work. Heavy drivers are loaded only here. */
export async function withLakeStore<T>(config: Config, work: (store: ObjectStore) => Promise<T>): Promise<T> {
  const { createFileObjectStore, createS3ObjectStore } = await import('../adapters/object-store/index.js');
  const { dir, s3 } = config.lake;
  const store = s3 === null ? createFileObjectStore(dir) : createS3ObjectStore({ ...s3, cacheDir: dir });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Manifests of the committed days, in order of day. @throws PipelineError Lake* */
export async function readManifests(
  config: Config,
  days: Days = {},
  signal?: AbortSignal,
): Promise<DayManifest[]> {
  return withLakeStore(config, async (store) => {
    const { openLakeReader } = await import('../adapters/lake/index.js');
    return openLakeReader(store).committedDays(days, signal);
  });
}
