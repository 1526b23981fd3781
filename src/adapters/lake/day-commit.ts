import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '../../domain/errors.js';
import type { Reject } from '../../domain/records.js';
import { DAY_TABLES, SCHEMA_VERSION } from '../../domain/schema.js';
import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import {
  DayMerge,
  readCommittedRejects,
  type CommittedFiles,
  type MergedDay,
  type MergeRules,
  type Version,
} from './day-merge.js';
import { DuckDb } from './duckdb.js';
import { refreshFixedKeys, sweepGenerations } from './fixed-keys.js';
import { generationPrefix, newGeneration } from './layout.js';
import type { CommittedDay, Manifests } from './manifests.js';

/** Other writers of the same day: each lost race is one of their commits, so a few tries see them all through. */
const MAX_TRIES = 12;

/** What a change wants of one try, given what is committed then. */
export interface Plan extends MergeRules {
  coverage: DayManifest['coverage'];
  movedIn: NonNullable<DayManifest['moved_in']>;
}

export interface DayChange {
  day: string;
  runId: string;
  /** Gives the merge its incoming rows, brought into the folder; called once. */
  load(merge: DayMerge, folder: string): Promise<void>;
  /** Called for each try. null: there is nothing to change. */
  plan(before: DayManifest | null, merge: DayMerge): Promise<Plan | null>;
}

export interface CommitDeps {
  store: ObjectStore;
  manifests: Manifests;
  tempDir: string;
  onProgress: () => void;
}

/**
 * Merges a change into a day and commits it: an immutable generation, then the manifest, conditionally. Where another
 * writer was first, reads and merges again. Returns null where the change was none.
 */
export async function commitChange(
  deps: CommitDeps,
  change: DayChange,
  signal: AbortSignal,
): Promise<{ manifest: DayManifest; deleted: number } | null> {
  await mkdir(deps.tempDir, { recursive: true });
  const folder = await mkdtemp(join(deps.tempDir, 'day-'));
  const db = await DuckDb.open(join(folder, 'spill'));
  try {
    const merge = new DayMerge(db, folder);
    await change.load(merge, folder);
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const before = await deps.manifests.read(change.day, signal);
      const done = await tryCommit(deps, change, merge, before, signal);
      if (done !== 'conflict') return done;
      await sleep(Math.random() * 50 * attempt, undefined, { signal });
    }
  } finally {
    db.close();
    await rm(folder, { recursive: true, force: true });
  }
  throw new PipelineError(
    'LakeConflict',
    `${change.day} was committed by other runs ${MAX_TRIES} times while this one merged it; it is tried again`,
  );
}

/** What follows a commit, and may be repeated: the fixed keys, and old generations. */
export async function tidyAfterCommit(deps: CommitDeps, day: string, signal: AbortSignal): Promise<void> {
  await refreshFixedKeys(deps.store, deps.manifests, day, signal);
  const committed = await deps.manifests.read(day, signal);
  if (committed !== null) await sweepGenerations(deps.store, committed.manifest, Date.now(), signal);
}

async function tryCommit(
  { store, manifests, onProgress }: CommitDeps,
  change: DayChange,
  merge: DayMerge,
  before: CommittedDay | null,
  signal: AbortSignal,
): Promise<{ manifest: DayManifest; deleted: number } | 'conflict' | null> {
  const committed = await loadCommitted(store, before?.manifest ?? null, signal);
  if (committed === 'swept') return 'conflict';
  await merge.setCommitted(committed, signal);
  const plan = await change.plan(before?.manifest ?? null, merge);
  if (plan === null) return null;
  onProgress();
  const merged = await merge.merge(committed.rejects, plan, signal);
  onProgress();
  const generation = newGeneration(Date.now());
  const manifest = await putGeneration(store, change, generation, merged, plan, signal);
  onProgress();
  if (await manifests.commit(manifest, before, signal)) return { manifest, deleted: merged.deleted };
  await store.delete(
    [...Object.values(manifest.files), ...(manifest.rejects === null ? [] : [manifest.rejects])].map(
      ({ key }) => key,
    ),
    signal,
  );
  return 'conflict';
}

/** Local files of the committed generation; `swept` where it is gone because the manifest is no longer the newest. */
async function loadCommitted(
  store: ObjectStore,
  manifest: DayManifest | null,
  signal: AbortSignal,
): Promise<(CommittedFiles & { rejects: Reject[] }) | 'swept'> {
  const files = new Map<string, string>();
  const schemaVersion = manifest?.schema_version ?? SCHEMA_VERSION;
  for (const [file, { key }] of Object.entries(manifest?.files ?? {})) {
    const path = await store.localPath(key, signal);
    if (path === null) return 'swept';
    files.set(file, path);
  }
  const rejectsKey = manifest?.rejects?.key;
  if (rejectsKey === undefined) return { files, schemaVersion, rejects: [] };
  const path = await store.localPath(rejectsKey, signal);
  return path === null ? 'swept' : { files, schemaVersion, rejects: await readCommittedRejects(path) };
}

async function putGeneration(
  store: ObjectStore,
  { day, runId }: DayChange,
  generation: string,
  merged: MergedDay,
  plan: Plan,
  signal: AbortSignal,
): Promise<DayManifest> {
  const prefix = generationPrefix(day, generation);
  const files: DayManifest['files'] = {};
  for (const { file, path, rows, bytes, sha256 } of merged.files) {
    const key = `${prefix}${file}.parquet`;
    await store.putFile(key, path, { signal });
    files[file] = { key, rows, bytes, sha256 };
  }
  let rejects: DayManifest['rejects'] = null;
  if (merged.rejects !== null) {
    rejects = {
      key: `${prefix}rejects.ndjson`,
      rows: merged.rejects.rows,
      by_reason: merged.rejects.by_reason,
    };
    await store.putFile(rejects.key, merged.rejects.path, { signal });
  }
  return {
    day,
    commit_id: `${runId}/${randomUUID()}`,
    generation,
    committed_at: Date.now(),
    schema_version: SCHEMA_VERSION,
    model_versions: merged.model_versions,
    taxonomy_versions: merged.taxonomy_versions,
    files: sortByTable(files),
    rejects,
    min_event_at: merged.min_event_at,
    max_event_at: merged.max_event_at,
    has_open_conversations: merged.has_open_conversations,
    coverage: plan.coverage,
    ...(plan.movedIn.length === 0 ? {} : { moved_in: plan.movedIn }),
    ...(plan.movedOut.length === 0 ? {} : { moved_out: newestVersions(plan.movedOut) }),
  };
}

function sortByTable(files: DayManifest['files']): DayManifest['files'] {
  const sorted: DayManifest['files'] = {};
  for (const { file } of DAY_TABLES) if (files[file] !== undefined) sorted[file] = files[file];
  return sorted;
}

function newestVersions(versions: readonly Version[]): Version[] {
  const newest = new Map<string, Version>();
  for (const version of versions) {
    const other = newest.get(version.conversation_key);
    if (other === undefined || isNewer(version, other)) newest.set(version.conversation_key, version);
  }
  return [...newest.values()];
}

/** By `fetched_at`, ties by run id. */
export function isNewer(a: Omit<Version, 'conversation_key'>, b: Omit<Version, 'conversation_key'>): boolean {
  return a.fetched_at === b.fetched_at ? a.run_id > b.run_id : a.fetched_at > b.fetched_at;
}
