import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDate } from 'node:util/types';
import type { Reject } from '../../domain/records.js';
import { CONVERSATIONS, DAY_TABLES } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { DuckDb, list, literal, type SqlRow } from './duckdb.js';
import { STAGING_PREFIX } from './layout.js';
import { Manifests } from './manifests.js';
import { isReceipt } from './staged-batches.js';
import { orderOf, selectTable } from './table-sql.js';

/** Inclusive UTC days; absent: without bound. */
export interface DayRange {
  start?: string;
  end?: string;
}

/** Reads the committed days of a lake through their manifests, so that each day is seen whole. */
export interface LakeReader {
  committedDays(range?: DayRange, signal?: AbortSignal): Promise<DayManifest[]>;
  /**
   * DuckDB SQL over the views `conversations`, `messages`, `categories`, `translations` and `rejects` of the range's
   * committed rows. Instants come back as Dates, integers as numbers.
   */
  query<T extends SqlRow = SqlRow>(sql: string, range?: DayRange, signal?: AbortSignal): Promise<T[]>;
  /**
   * The rows of one commit of a day, some conversations at a time with all that belongs to them, in order of key.
   * @param manifest as `committedDays` returned it: what is committed meanwhile changes nothing
   */
  dayRows(manifest: DayManifest, pageSize: number, signal?: AbortSignal): AsyncIterable<DayPage>;
  /** Which of these conversations lie in any committed day. */
  findConversations(keys: readonly string[], signal?: AbortSignal): Promise<Map<string, string>>;
  /** Runs that have staged rows which no commit has taken yet. */
  uncommittedRuns(signal?: AbortSignal): Promise<Set<string>>;
  /** Rows that were received and not stored, of the range's committed days. Reads no other files. */
  rejects(
    filter: RejectFilter,
    limit: number,
    range?: DayRange,
    signal?: AbortSignal,
  ): Promise<RejectListing>;
  /**
   * A hash of each table's rows, in order, over all columns but `fetched_at` and `run_id`: equal hashes mean the same
   * rows, whenever and in whatever batches they were collected.
   */
  rowHashes(range?: DayRange, signal?: AbortSignal): Promise<Record<string, { rows: number; hash: string }>>;
}

/** Whole conversations of a day. */
export interface DayPage {
  conversationKeys: string[];
  /** Rows of each table as the pipeline writes them: instants in epoch milliseconds. */
  tables: { table: AnyTable; rows: Record<string, unknown>[] }[];
}

/** Which rejects to read; absent: all. */
export interface RejectFilter {
  reason?: string | undefined;
  appId?: string | undefined;
}

export interface RejectListing {
  total: number;
  /** Most frequent first. */
  byReason: { reason: string; rows: number }[];
  /** In order of reason, table and row id; at most as many as were asked for. */
  rows: Omit<Reject, 'fetched_at'>[];
}

/** Columns that say when and by whom a row was collected, and not what it says. */
const WHEN_AND_WHO = new Set(['fetched_at', 'run_id']);

export function openLakeReader(store: ObjectStore): LakeReader {
  return new ManifestReader(store);
}

class ManifestReader implements LakeReader {
  private readonly manifests: Manifests;

  constructor(private readonly store: ObjectStore) {
    this.manifests = new Manifests(store);
  }

  async committedDays(range: DayRange = {}, signal?: AbortSignal): Promise<DayManifest[]> {
    const { start = '', end = '9999-12-31' } = range;
    return this.manifests.all(signal, (day) => day < start || day > end);
  }

  async query<T extends SqlRow>(sql: string, range: DayRange = {}, signal?: AbortSignal): Promise<T[]> {
    return this.withViews(range, signal, (db) => db.rows<T>(sql, signal));
  }

  async *dayRows(manifest: DayManifest, pageSize: number, signal?: AbortSignal): AsyncIterable<DayPage> {
    const folder = await mkdtemp(join(tmpdir(), 'lake-reader-'));
    const db = await DuckDb.open(folder);
    try {
      for (const table of DAY_TABLES) {
        const paths = await this.paths([manifest.files[table.file]?.key], signal);
        await db.run(`CREATE VIEW ${table.file} AS ${await selectTable(db, table, paths)}`, signal);
      }
      const keys = await db.rows<{ key: string }>(
        `SELECT conversation_key AS key FROM ${CONVERSATIONS.file} ORDER BY conversation_key`,
        signal,
      );
      for (let from = 0; from < keys.length; from += pageSize) {
        const conversationKeys = keys.slice(from, from + pageSize).map(({ key }) => key);
        const bounds = [conversationKeys[0] ?? '', conversationKeys.at(-1) ?? ''].map(literal);
        const tables: DayPage['tables'] = [];
        for (const table of DAY_TABLES) {
          const rows = await db.rows(
            `SELECT * FROM ${table.file} WHERE conversation_key BETWEEN ${bounds.join(' AND ')} ORDER BY ${orderOf(table)}`,
            signal,
          );
          tables.push({ table, rows: rows.map(withEpochs) });
        }
        yield { conversationKeys, tables };
      }
    } finally {
      db.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async findConversations(keys: readonly string[], signal?: AbortSignal): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    if (keys.length === 0) return found;
    await this.withDb(async (db) => {
      for (const manifest of await this.committedDays({}, signal)) {
        const [path] = await this.paths([manifest.files[CONVERSATIONS.file]?.key], signal);
        if (path === undefined) continue;
        const rows = await db.rows<{ key: string }>(
          `SELECT conversation_key AS key FROM read_parquet(${literal(path)})
           WHERE conversation_key IN (SELECT unnest(${list(keys)}))`,
          signal,
        );
        for (const { key } of rows) found.set(key, manifest.day);
      }
    });
    return found;
  }

  async uncommittedRuns(signal?: AbortSignal): Promise<Set<string>> {
    const runs = new Set<string>();
    for await (const { key } of this.store.list(STAGING_PREFIX, signal)) {
      const run = key.slice(STAGING_PREFIX.length).split('/', 1)[0];
      if (run !== undefined && !isReceipt(key)) runs.add(run);
    }
    return runs;
  }

  async rejects(
    { reason, appId }: RejectFilter,
    limit: number,
    range: DayRange = {},
    signal?: AbortSignal,
  ): Promise<RejectListing> {
    return this.withDb(async (db) => {
      await this.viewRejects(db, await this.committedDays(range, signal), signal);
      const conditions = [
        ...(reason === undefined ? [] : [`reason = ${literal(reason)}`]),
        ...(appId === undefined ? [] : [`app_id = ${literal(appId)}`]),
      ];
      const from = `FROM rejects ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}`;
      const byReason = await db.rows<{ reason: string; rows: number }>(
        `SELECT reason, count(*) AS rows ${from} GROUP BY reason ORDER BY rows DESC, reason`,
        signal,
      );
      const rows = await db.rows<RejectListing['rows'][number] & SqlRow>(
        `SELECT * EXCLUDE (fetched_at) ${from} ORDER BY reason, "table", source_row_id LIMIT ${Math.trunc(limit)}`,
        signal,
      );
      return { total: byReason.reduce((sum, { rows: n }) => sum + n, 0), byReason, rows };
    });
  }

  async rowHashes(
    range: DayRange = {},
    signal?: AbortSignal,
  ): Promise<Record<string, { rows: number; hash: string }>> {
    return this.withViews(range, signal, async (db) => {
      const hashes: Record<string, { rows: number; hash: string }> = {};
      for (const table of DAY_TABLES) {
        const [row] = await db.rows<{ rows: number; hash: string }>(hashQuery(table), signal);
        if (row !== undefined) hashes[table.file] = row;
      }
      return hashes;
    });
  }

  private async withViews<T>(
    range: DayRange,
    signal: AbortSignal | undefined,
    work: (db: DuckDb) => Promise<T>,
  ): Promise<T> {
    return this.withDb(async (db) => {
      const days = await this.committedDays(range, signal);
      for (const table of DAY_TABLES) {
        const paths = await this.paths(
          days.map((day) => day.files[table.file]?.key),
          signal,
        );
        await db.run(`CREATE VIEW ${table.file} AS ${await selectTable(db, table, paths)}`, signal);
      }
      await this.viewRejects(db, days, signal);
      return work(db);
    });
  }

  private async viewRejects(db: DuckDb, days: readonly DayManifest[], signal?: AbortSignal): Promise<void> {
    const keys = days.map((day) => day.rejects?.key);
    await db.run(rejectsView(await this.paths(keys, signal)), signal);
  }

  private async withDb<T>(work: (db: DuckDb) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'lake-reader-'));
    const db = await DuckDb.open(folder);
    try {
      return await work(db);
    } finally {
      db.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async paths(keys: readonly (string | undefined)[], signal?: AbortSignal): Promise<string[]> {
    const paths: string[] = [];
    for (const key of keys) {
      const path = key === undefined ? null : await this.store.localPath(key, signal);
      if (path !== null) paths.push(path);
    }
    return paths;
  }
}

/** Instants as the pipeline has them. */
function withEpochs(row: SqlRow): SqlRow {
  for (const [name, value] of Object.entries(row)) if (isDate(value)) row[name] = value.getTime();
  return row;
}

function hashQuery(table: AnyTable): string {
  const columns = Object.keys(table.columns).filter((name) => !WHEN_AND_WHO.has(name));
  const row = `to_json(struct_pack(${columns.map((name) => `${name} := ${name}`).join(', ')}))`;
  return `SELECT count(*) AS rows, md5(coalesce(string_agg(md5(${row}::VARCHAR), '' ORDER BY ${orderOf(table)}), ''))
    AS hash FROM ${table.file}`;
}

const REJECT_COLUMNS = {
  table: 'VARCHAR',
  source_row_id: 'VARCHAR',
  reason: 'VARCHAR',
  field: 'VARCHAR',
  conversation_key: 'VARCHAR',
  app_id: 'VARCHAR',
  source: 'VARCHAR',
  fetched_at: 'BIGINT',
  run_id: 'VARCHAR',
};

function rejectsView(paths: readonly string[]): string {
  const columns = Object.entries(REJECT_COLUMNS);
  if (paths.length === 0) {
    const nulls = columns.map(([name, type]) => `NULL::${type} AS "${name}"`).join(', ');
    return `CREATE VIEW rejects AS SELECT ${nulls} WHERE false`;
  }
  const types = columns.map(([name, type]) => `"${name}": '${type}'`).join(', ');
  return `CREATE VIEW rejects AS SELECT * REPLACE (make_timestamptz(fetched_at * 1000) AS fetched_at)
    FROM read_json(${list(paths)}, format = 'newline_delimited', columns = {${types}})`;
}
