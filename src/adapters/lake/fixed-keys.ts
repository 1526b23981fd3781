import { DAY_TABLES } from '../../domain/schema.js';
import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { DAYS_PREFIX, fixedFolder, fixedKey, generationPrefix, parseGenerationKey } from './layout.js';
import type { Manifests } from './manifests.js';

/** Generations that no manifest names are kept this long: a reader may have begun with an older manifest. */
const UNREFERENCED_MS = 24 * 3_600_000;

/**
 * Lays the files of a day's newest commit under the keys that tools without manifests read, and notes the commit
 * beside them. Of two that do this at once, the last looks again and so leaves the newest.
 */
export async function refreshFixedKeys(
  store: ObjectStore,
  manifests: Manifests,
  day: string,
  signal: AbortSignal,
): Promise<void> {
  let laid: string | undefined;
  for (;;) {
    const committed = await manifests.read(day, signal);
    if (committed === null || committed.manifest.commit_id === laid) return;
    await layFixedKeys(store, committed.manifest, signal);
    laid = committed.manifest.commit_id;
  }
}

async function layFixedKeys(store: ObjectStore, manifest: DayManifest, signal: AbortSignal): Promise<void> {
  const { day, commit_id, generation, committed_at } = manifest;
  const stale: string[] = [];
  for (const { file } of DAY_TABLES) {
    const from = manifest.files[file];
    if (from === undefined) stale.push(fixedKey(day, file));
    else await store.copy(from.key, fixedKey(day, file), signal);
  }
  await store.delete(stale, signal);
  const note = { commit_id, generation, committed_at: new Date(committed_at).toISOString() };
  await store.put(`${fixedFolder(day)}_commit.json`, Buffer.from(`${JSON.stringify(note)}\n`), { signal });
}

/** Removes generations of a day that no manifest names and that are older than a day. */
export async function sweepGenerations(
  store: ObjectStore,
  manifest: DayManifest,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const current = generationPrefix(manifest.day, manifest.generation);
  const old: string[] = [];
  for await (const { key, modifiedAt } of store.list(`${DAYS_PREFIX}${manifest.day}/`, signal)) {
    const isOther = parseGenerationKey(key) !== null && !key.startsWith(current);
    if (isOther && now - modifiedAt > UNREFERENCED_MS) old.push(key);
  }
  await store.delete(old, signal);
}
