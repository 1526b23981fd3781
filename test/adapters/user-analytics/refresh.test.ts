import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../../../src/adapters/lake/duckdb.js';
import { createUserAnalytics, USER_ANALYTICS_KEY } from '../../../src/adapters/user-analytics/index.js';
import { readStored } from '../../../src/adapters/user-analytics/stored.js';
import type { UserRow } from '../../../src/domain/users/analytics.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import type { UserProjection } from '../../../src/ports/user-analytics.js';
import { commitDays, lakeOf, threadOf, type Talk } from '../report-data/talks.js';

const signal = new AbortController().signal;
const SETTINGS = { timezone: 'Europe/Berlin', userScope: 'app' } as const;
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'users-test-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const talk = (id: string, at: string, user: string, over: Partial<Talk> = {}) =>
  threadOf({ id, at: `${at}T10:00:00Z`, user, script: 'u0 b30 u60', ...over });
const JANUARY = [
  talk('1', '2024-01-01', 'ann'),
  talk('2', '2024-01-02', 'ann', { script: 'u0 b30' }),
  talk('3', '2024-01-02', 'bob'),
  talk('4', '2024-01-03', 'cem'),
  talk('5', '2024-01-03', 'gone', { deleted: true }),
  talk('6', '2024-01-03', 'ann', { app: 'mobile' }),
];

/** What MongoDB would hold. */
function memory(): UserProjection & { rows: Map<string, UserRow>; written: string[] } {
  const rows = new Map<string, UserRow>();
  const written: string[] = [];
  return {
    rows,
    written,
    writeUsers: (fresh, removed) => {
      for (const row of fresh) rows.set(row.user_key, row);
      for (const key of removed) rows.delete(key);
      written.push(...fresh.map(({ user_key }) => user_key));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

async function storedRows(store: ObjectStore): Promise<UserRow[]> {
  const db = await DuckDb.open(dir);
  try {
    const path = await store.localPath(USER_ANALYTICS_KEY);
    return (await readStored(db, path!, signal))!.rows;
  } finally {
    db.close();
  }
}

/** Without the file that it would go on from. */
async function whole(store: ObjectStore): Promise<UserRow[]> {
  await store.delete([USER_ANALYTICS_KEY]);
  await createUserAnalytics(store, SETTINGS).refresh(null, signal);
  return storedRows(store);
}

describe('user analytics of a lake', () => {
  it('computes only users touched, and equals a whole computation', async () => {
    const store = await lakeOf(join(dir, 'a'), JANUARY, { startDate: '2024-01-01', endDate: '2024-01-05' });
    const users = createUserAnalytics(store, SETTINGS);
    const mongo = memory();
    expect(await users.refresh(mongo, signal)).toEqual({ users: 4, recomputed: 4, removed: 0 });
    expect((await storedRows(store)).map((row) => [row.user_key, row.conversations, row.messages])).toEqual([
      ['src:mobile/ann', 1, 2],
      ['src:web/ann', 2, 3],
      ['src:web/bob', 1, 2],
      ['src:web/cem', 1, 2],
    ]);
    expect(await users.refresh(mongo, signal)).toEqual({ users: 4, recomputed: 0, removed: 0 });

    // A month later ann writes again: only she is computed, and the others have gone quiet.
    mongo.written.length = 0;
    await commitDays(
      store,
      join(dir, 'temp'),
      [talk('7', '2024-02-20', 'ann')],
      { startDate: '2024-02-20', endDate: '2024-02-20' },
      'later',
    );
    expect(await users.refresh(mongo, signal)).toEqual({ users: 4, recomputed: 1, removed: 0 });
    const grown = await storedRows(store);
    expect(grown.map(({ user_key, lifecycle }) => [user_key, lifecycle])).toEqual([
      ['src:mobile/ann', 'dormant'],
      ['src:web/ann', 'resurrected'],
      ['src:web/bob', 'dormant'],
      ['src:web/cem', 'dormant'],
    ]);
    const byKey = [...mongo.rows.values()].sort((a, b) => (a.user_key < b.user_key ? -1 : 1));
    // `as_of` of a document is that of its last change.
    const undated = (rows: UserRow[]) => rows.map((row) => ({ ...row, as_of: 0 }));
    expect(undated(byKey)).toEqual(undated(grown));
    const lost = memory();
    expect(await users.project(lost, signal)).toBe(4);
    expect([...lost.rows.values()]).toEqual(grown);
    expect(grown).toEqual(await whole(store));
  }, 120_000);

  it('forgets who has lost all conversations, and follows one that changed hands', async () => {
    const store = await lakeOf(join(dir, 'b'), JANUARY, { startDate: '2024-01-01', endDate: '2024-01-05' });
    const users = createUserAnalytics(store, SETTINGS);
    const mongo = memory();
    await users.refresh(mongo, signal);
    const handed = talk('4', '2024-01-03', 'dan', { fetchedAt: '2024-07-01T00:00:00Z' });
    await commitDays(
      store,
      join(dir, 'temp'),
      [handed, talk('6', '2024-01-03', 'ann', { app: 'mobile', fetchedAt: '2024-07-01T00:00:00Z' })],
      { startDate: '2024-01-03', endDate: '2024-01-03' },
      'later',
    );
    expect(await users.refresh(mongo, signal)).toMatchObject({ users: 4, removed: 1 });
    const rows = await storedRows(store);
    expect(rows.map(({ user_key }) => user_key)).toEqual([
      'src:mobile/ann',
      'src:web/ann',
      'src:web/bob',
      'src:web/dan',
    ]);
    expect([...mongo.rows.keys()].sort()).toEqual(rows.map(({ user_key }) => user_key));
    expect(rows).toEqual(await whole(store));
  }, 120_000);

  it('computes all anew when settings change', async () => {
    const store = await lakeOf(join(dir, 'c'), JANUARY, { startDate: '2024-01-01', endDate: '2024-01-05' });
    const mongo = memory();
    await createUserAnalytics(store, SETTINGS).refresh(mongo, signal);
    const shared = createUserAnalytics(store, { ...SETTINGS, userScope: 'source' });
    expect(await shared.refresh(mongo, signal)).toEqual({ users: 3, recomputed: 3, removed: 4 });
    expect([...mongo.rows.keys()].sort()).toEqual(['src:ann', 'src:bob', 'src:cem']);
  }, 120_000);
});
