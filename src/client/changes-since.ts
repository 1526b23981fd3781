import type { Config } from '../config.js';
import type { Watermark } from '../domain/changes.js';
import { withLakeStore } from './lake-store.js';

/** The watermark that a collection without days begins at; null: none is set, or the lake cannot be read from here. */
export async function findWatermark(config: Config, appId: string | undefined): Promise<Watermark | null> {
  const { nocodb } = config;
  if (nocodb === null) return null;
  const { readWatermark } = await import('../adapters/watermarks/index.js');
  return withLakeStore(config, (store) =>
    readWatermark(store, nocodb.source ?? nocodb.projectId, appId ?? null),
  ).catch(() => null);
}
