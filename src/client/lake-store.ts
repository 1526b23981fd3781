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
  const { createObjectStore } = await import('../workers/object-store.js');
  const store = createObjectStore(config);
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
