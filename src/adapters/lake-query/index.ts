import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { PipelineError } from '../../domain/errors.js';
import { REPORTS } from '../../domain/report/rows.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES, TRANSLATIONS } from '../../domain/schema.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { DuckDb, list, literal, type SelectedRows } from '../lake/duckdb.js';
import { openLakeReader, type DayRange } from '../lake/index.js';
import { selectTable } from '../lake/table-sql.js';
import { REPORTS_PREFIX } from '../report-book/index.js';
import { USER_ANALYTICS_KEY } from '../user-analytics/index.js';

/** Names of what can be queried. */
export const VIEWS = ['conversations', 'messages', 'categories', 'translations', 'users', 'reports'] as const;

/** Files fetched at once into the cache of a store over the network. */
const FETCHES_AT_ONCE = 8;

export interface QueryLimits {
  /** Rows that are returned at most; null: all. */
  rows: number | null;
  memoryMb: number;
  timeoutMs: number;
}

/**
 * Runs one SELECT over the committed days of a lake, and its reports. The database is in memory; once its views are
 * there, nothing outside the lake can be read, nothing written, and no setting changed.
 * @param lakeDir directory of the lake, or of the read cache of one in S3
 * @throws PipelineError InvalidInput where the SQL cannot be run, or takes more than the limits
 */
export async function queryLake(
  { store, lakeDir }: { store: ObjectStore; lakeDir: string },
  sql: string,
  days: DayRange,
  limits: QueryLimits,
  signal: AbortSignal,
): Promise<SelectedRows> {
  const tempDir = await mkdtemp(join(tmpdir(), 'query-'));
  const db = await DuckDb.open(tempDir, limits.memoryMb, availableParallelism());
  try {
    await createViews(db, store, days, signal);
    await lock(db, lakeDir);
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    try {
      return await db.select(sql, limits.rows, AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) throw refused(`it took longer than ${limits.timeoutMs / 1000} s`);
      throw refused(error instanceof Error ? error.message : String(error));
    }
  } finally {
    db.close();
    await rm(tempDir, { recursive: true, force: true });
  }
}

function refused(why: string): PipelineError {
  return new PipelineError('InvalidInput', why);
}

/** After this, only files of the lake can be opened, and no setting can be changed back. */
async function lock(db: DuckDb, lakeDir: string): Promise<void> {
  await db.run(
    `SET allowed_directories = ${list([`${await realpath(lakeDir).catch(() => lakeDir)}/`, `${lakeDir}/`])}`,
  );
  await db.run('SET enable_external_access = false');
  await db.run('SET lock_configuration = true');
}

async function createViews(
  db: DuckDb,
  store: ObjectStore,
  days: DayRange,
  signal: AbortSignal,
): Promise<void> {
  const manifests = await openLakeReader(store).committedDays(days, signal);
  for (const table of [CONVERSATIONS, MESSAGES, CATEGORIES, TRANSLATIONS]) {
    const keys = manifests.flatMap(({ files }) => files[table.file]?.key ?? []);
    await db.run(
      `CREATE VIEW ${table.file} AS ${await selectTable(db, table, await localPaths(store, keys, signal))}`,
    );
  }
  const pages: string[] = [];
  for await (const { key } of store.list(REPORTS_PREFIX, signal))
    if (key.endsWith('.parquet')) pages.push(key);
  await db.run(
    `CREATE VIEW reports AS ${await selectTable(db, REPORTS, await localPaths(store, pages, signal))}`,
  );
  const users = await store.localPath(USER_ANALYTICS_KEY, signal);
  await db.run(
    `CREATE VIEW users AS ${users === null ? USERS_OF_CONVERSATIONS : `SELECT * FROM read_parquet(${literal(users)})`}`,
  );
}

/** Where no user analytics have been written yet: what the conversations themselves say. */
const USERS_OF_CONVERSATIONS = `
  SELECT app_id, user_id, min(started_at) AS first_seen_at, max(last_message_at) AS last_seen_at,
    count(*) AS conversations, sum(n_user) AS messages
  FROM conversations WHERE user_id IS NOT NULL AND deleted_at IS NULL GROUP BY ALL`;

async function localPaths(
  store: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const limit = pLimit(FETCHES_AT_ONCE);
  const paths = await Promise.all(keys.map((key) => limit(() => store.localPath(key, signal))));
  return paths.filter((path) => path !== null);
}
