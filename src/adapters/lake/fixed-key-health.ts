import pLimit from 'p-limit';
import { DAY_TABLES } from '../../domain/schema.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { refreshFixedKeys } from './fixed-keys.js';
import { fixedFolder, fixedKey } from './layout.js';
import { Manifests } from './manifests.js';

const PARALLEL_READS = 16;

/** Committed days, and those whose fixed keys are not of their newest commit, or not all there. */
export async function inspectFixedKeys(
  store: ObjectStore,
  signal: AbortSignal,
): Promise<{ days: number; stale: string[] }> {
  const manifests = await new Manifests(store).all(signal);
  const there = new Set<string>();
  for await (const { key } of store.list('conversations/', signal)) there.add(key);
  const limit = pLimit(PARALLEL_READS);
  const fresh = await Promise.all(
    manifests.map((manifest) =>
      limit(async () => {
        const { day, commit_id, files } = manifest;
        const wanted = DAY_TABLES.filter(({ file }) => files[file] !== undefined);
        if (!wanted.every(({ file }) => there.has(fixedKey(day, file)))) return false;
        const note = await store.get(`${fixedFolder(day)}_commit.json`, signal);
        return note !== null && commitOf(note.body) === commit_id;
      }),
    ),
  );
  return {
    days: manifests.length,
    stale: manifests.filter((_, at) => fresh[at] !== true).map(({ day }) => day),
  };
}

/** Lays the fixed keys of days anew from their commits. */
export async function repairFixedKeys(
  store: ObjectStore,
  days: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const manifests = new Manifests(store);
  for (const day of days) await refreshFixedKeys(store, manifests, day, signal);
}

function commitOf(body: Uint8Array): string | undefined {
  try {
    return (JSON.parse(Buffer.from(body).toString('utf8')) as { commit_id?: string }).commit_id;
  } catch {
    return undefined;
  }
}
