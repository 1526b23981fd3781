import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_TABLES } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { DuckDb, list, type SqlRow } from './duckdb.js';
import { Manifests } from './manifests.js';
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
   * A hash of each table's rows, in order, over all columns but `fetched_at` and `run_id`: equal hashes mean the same
   * rows, whenever and in whatever batches they were collected.
   */
  rowHashes(range?: DayRange, signal?: AbortSignal): Promise<Record<string, { rows: number; hash: string }>>;
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
    const folder = await mkdtemp(join(tmpdir(), 'lake-reader-'));
    const db = await DuckDb.open(folder);
    try {
      const days = await this.committedDays(range, signal);
      for (const table of DAY_TABLES) {
        const paths = await this.paths(
          days.map((day) => day.files[table.file]?.key),
          signal,
        );
        await db.run(`CREATE VIEW ${table.file} AS ${await selectTable(db, table, paths)}`, signal);
      }
      await db.run(
        rejectsView(
          await this.paths(
            days.map((day) => day.rejects?.key),
            signal,
          ),
        ),
        signal,
      );
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
