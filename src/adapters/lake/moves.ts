import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { commitChange, isNewer, tidyAfterCommit, type CommitDeps } from './day-commit.js';
import type { Version } from './day-merge.js';
import { CONVERSATIONS } from '../../domain/schema.js';
import { DuckDb, list, literal, type SqlRow } from './duckdb.js';
import type { Manifests } from './manifests.js';

export interface Found extends Version {
  day: string;
}

/**
 * Where else conversations lie. A conversation's day is that of its start; where the source changes the start, the
 * rows come to another day and must leave the old one. Reads the key columns of the other committed days.
 */
export async function findElsewhere(
  db: DuckDb,
  store: ObjectStore,
  manifests: Manifests,
  day: string,
  versions: readonly Version[],
  signal: AbortSignal,
): Promise<Found[]> {
  if (versions.length === 0) return [];
  const others = await manifests.all(signal, (other) => other === day);
  const dayOfPath = new Map<string, string>();
  for (const manifest of others) {
    const file = manifest.files[CONVERSATIONS.file];
    const path = file === undefined ? null : await store.localPath(file.key, signal);
    if (path !== null) dayOfPath.set(path, manifest.day);
  }
  if (dayOfPath.size === 0) return [];
  const rows = await db.rows<Version & { filename: string } & SqlRow>(
    `SELECT filename, conversation_key, epoch_ms(fetched_at) AS fetched_at, run_id
     FROM read_parquet(${list([...dayOfPath.keys()])}, filename = true, union_by_name = true,
                       hive_partitioning = false)
     WHERE conversation_key IN (SELECT unnest(${list(versions.map((v) => v.conversation_key))}))`,
    signal,
  );
  return rows.map(({ filename, ...version }) => ({ ...version, day: dayOfPath.get(filename) ?? '' }));
}

/** Splits what was found: conversations that come here, and those whose newer version lives elsewhere. */
export function splitMoves(
  incoming: readonly Version[],
  found: readonly Found[],
): { movedIn: { conversation_key: string; from: string }[]; movedOut: Version[] } {
  const byKey = new Map(incoming.map((version) => [version.conversation_key, version]));
  const movedIn: { conversation_key: string; from: string }[] = [];
  const movedOut: Version[] = [];
  for (const { day, ...other } of found) {
    const here = byKey.get(other.conversation_key);
    if (here === undefined) continue;
    if (isNewer(here, other)) movedIn.push({ conversation_key: other.conversation_key, from: day });
    else movedOut.push(other);
  }
  return { movedIn, movedOut };
}

/** Takes the conversations that a manifest says have moved here out of the days that they came from. */
export async function finishMoves(
  deps: CommitDeps,
  manifest: DayManifest,
  signal: AbortSignal,
): Promise<void> {
  const moves = manifest.moved_in ?? [];
  if (moves.length === 0) return;
  const here = await versionsIn(deps, manifest, signal);
  for (const day of new Set(moves.map(({ from }) => from))) {
    const left = moves.filter(({ from }) => from === day).map((move) => here.get(move.conversation_key));
    await removeFrom(
      deps,
      day,
      left.filter((version) => version !== undefined),
      signal,
    );
  }
}

async function removeFrom(
  deps: CommitDeps,
  day: string,
  versions: readonly Version[],
  signal: AbortSignal,
): Promise<void> {
  if (versions.length === 0) return;
  const committed = await commitChange(
    deps,
    {
      day,
      runId: versions[0]?.run_id ?? '',
      load: async (merge) => merge.addNothing(signal),
      plan: async (before, merge) => {
        if (before === null || !(await merge.hasOlder(versions, signal))) return null;
        return {
          full: null,
          movedOut: [...(before.moved_out ?? []), ...versions],
          coverage: before.coverage,
          movedIn: before.moved_in ?? [],
        };
      },
    },
    signal,
  );
  if (committed !== null) await tidyAfterCommit(deps, day, signal);
}

async function versionsIn(
  { store, tempDir }: CommitDeps,
  manifest: DayManifest,
  signal: AbortSignal,
): Promise<Map<string, Version>> {
  const file = manifest.files[CONVERSATIONS.file];
  const path = file === undefined ? null : await store.localPath(file.key, signal);
  if (path === null) return new Map();
  const keys = (manifest.moved_in ?? []).map((move) => move.conversation_key);
  const db = await DuckDb.open(tempDir);
  try {
    const rows = await db.rows<Version & SqlRow>(
      `SELECT conversation_key, epoch_ms(fetched_at) AS fetched_at, run_id FROM read_parquet(${literal(path)})
       WHERE conversation_key IN (SELECT unnest(${list(keys)}))`,
      signal,
    );
    return new Map(rows.map((row) => [row.conversation_key, row]));
  } finally {
    db.close();
  }
}
