import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PipelineError } from '../../domain/errors.js';
import { dayStart } from '../../domain/period.js';
import { lifecycleOf, userRowOf, type UserContext, type UserRow } from '../../domain/users/analytics.js';
import { PreconditionFailed, type ObjectStore } from '../../ports/object-store.js';
import type { RefreshedUsers, UserAnalytics, UserProjection } from '../../ports/user-analytics.js';
import { DuckDb } from '../lake/duckdb.js';
import { Manifests } from '../lake/manifests.js';
import { factsOf, prepareFacts, touchedUsers, type UserSettings } from './facts.js';
import { readStored, writeStored, type UserState } from './stored.js';

export const USER_ANALYTICS_KEY = 'user_analytics/user_analytics.parquet';
const MAX_ATTEMPTS = 5;

export function createUserAnalytics(store: ObjectStore, settings: UserSettings): UserAnalytics {
  return {
    async refresh(projection, signal) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        try {
          return await refreshOnce(store, settings, projection, signal);
        } catch (error) {
          // Another refresh was first: begin again from what it wrote.
          if (!(error instanceof PreconditionFailed)) throw error;
        }
      }
      throw new PipelineError('LakeConflict', `${USER_ANALYTICS_KEY} is written by others again and again`);
    },
    project: (projection, signal) =>
      withDb(async (db) => {
        const path = await store.localPath(USER_ANALYTICS_KEY, signal);
        const stored = path === null ? null : await readStored(db, path, signal);
        if (stored === null) return 0;
        await projection.writeUsers(stored.rows, [], signal);
        return stored.rows.length;
      }),
  };
}

async function withDb<T>(work: (db: DuckDb, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'users-'));
  const db = await DuckDb.open(folder);
  try {
    return await work(db, folder);
  } finally {
    db.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function refreshOnce(
  store: ObjectStore,
  settings: UserSettings,
  projection: UserProjection | null,
  signal: AbortSignal,
): Promise<RefreshedUsers> {
  const manifests = await new Manifests(store).all(signal);
  const object = await store.get(USER_ANALYTICS_KEY, signal);
  return withDb(async (db, folder) => {
    const storedPath = join(folder, 'stored.parquet');
    if (object !== null) await writeFile(storedPath, object.body);
    const stored = object === null ? null : await readStored(db, storedPath, signal);
    const state = stateOf(manifests, settings);
    const [first] = manifests;
    if (first === undefined) return { users: 0, recomputed: 0, removed: 0 };
    if (stored !== null && JSON.stringify(stored.state) === JSON.stringify(state)) {
      return { users: stored.rows.length, recomputed: 0, removed: 0 };
    }
    const isSame = stored !== null && sameSettings(stored.state, state);
    const before = new Map((isSame ? stored.rows : []).map((row) => [row.user_key, row]));
    const changed = manifests.filter(
      ({ day, commit_id }) => !isSame || stored.state.commits[day] !== commit_id,
    );
    const context: UserContext = {
      tz: settings.timezone,
      historyFrom: dayStart(first.day),
      asOf: state.asOf,
    };
    await prepareFacts(db, store, manifests, settings, signal);
    const touched = await touchedUsers(db, changed, before, isSame, signal);
    const fresh = new Map<string, UserRow>();
    for await (const facts of factsOf(db, store, manifests, touched, settings, signal)) {
      const row = userRowOf(facts, context);
      if (row !== null) fresh.set(row.user_key, row);
    }
    const gone = new Set(touched);
    const rows: UserRow[] = [...fresh.values()];
    const moved: UserRow[] = [];
    for (const key of fresh.keys()) gone.delete(key);
    for (const old of before.values()) {
      if (fresh.has(old.user_key) || gone.has(old.user_key)) continue;
      const row = {
        ...old,
        lifecycle: lifecycleOf(old, context.asOf),
        as_of: context.asOf,
        history_from: context.historyFrom,
      };
      rows.push(row);
      if (row.lifecycle !== old.lifecycle || row.history_from !== old.history_from) moved.push(row);
    }
    // Whoever had a row once may still have a document.
    const removed = [...(stored?.rows ?? [])].flatMap(({ user_key }) =>
      fresh.has(user_key) || (before.has(user_key) && !gone.has(user_key)) ? [] : [user_key],
    );
    rows.sort((a, b) => (a.user_key < b.user_key ? -1 : 1));
    await projection?.writeUsers([...fresh.values(), ...moved], removed, signal);
    const path = await writeStored(db, folder, rows, state, signal);
    const condition = object === null ? { ifAbsent: true } : { ifMatch: object.etag };
    await store.putFile(USER_ANALYTICS_KEY, path, { ...condition, signal });
    return { users: rows.length, recomputed: fresh.size, removed: removed.length };
  });
}

type Manifest = Awaited<ReturnType<Manifests['all']>>[number];

function stateOf(manifests: readonly Manifest[], settings: UserSettings): UserState {
  const until = manifests.flatMap(({ coverage }) =>
    Object.values(coverage).map(({ covered_until }) => covered_until),
  );
  return {
    timezone: settings.timezone,
    userScope: settings.userScope,
    asOf: until.reduce((a, b) => Math.max(a, b), 0),
    commits: Object.fromEntries(manifests.map(({ day, commit_id }) => [day, commit_id])),
  };
}

function sameSettings(a: UserState, b: UserState): boolean {
  return a.timezone === b.timezone && a.userScope === b.userScope;
}
