import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RejectCounts } from '../../domain/collection.js';
import { PipelineError } from '../../domain/errors.js';
import type { Reject } from '../../domain/records.js';
import { CONVERSATIONS, DAY_TABLES, MESSAGES } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import { instant, list, literal, type DuckDb, type SqlRow } from './duckdb.js';
import { countRejects, dropOvertaken, mergeRejects, type FullRead } from './reject-merge.js';
import { sha256Of } from './staged-batches.js';
import { columnNames, orderOf, selectTable } from './table-sql.js';

export interface Version {
  conversation_key: string;
  fetched_at: number;
  run_id: string;
}

export interface MergedFile {
  file: string;
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface MergedDay {
  files: MergedFile[];
  rejects: { path: string; rows: number; by_reason: RejectCounts } | null;
  min_event_at: number | null;
  max_event_at: number | null;
  has_open_conversations: boolean;
  model_versions: string[];
  taxonomy_versions: string[];
  /** Conversations that this merge has found to have left the source. */
  deleted: number;
}

export interface MergeRules {
  /** null: conversations that were not read again are left as they are. */
  full: FullRead | null;
  /** Conversations that live in another day: versions up to these are left out here. */
  movedOut: readonly Version[];
}

/** Batch number of rows that are committed already. */
const COMMITTED = -1;

/**
 * Merges a day in DuckDB: of each conversation the newest version, by `fetched_at` and then `run_id`, with all its
 * rows in all tables. What is in order of key and time is the same, whatever the batches were.
 */
export class DayMerge {
  private rejects: readonly Reject[] = [];
  /** Tables that a batch, or the committed day, has rows of; the others need no merge. */
  private readonly incoming = new Set<string>();
  private committed = new Set<string>();

  constructor(
    private readonly db: DuckDb,
    /** Folder for the results; of this merge alone. */
    private readonly folder: string,
  ) {}

  /** Names the parts of the batches; to be called once for each table before `merge`. */
  async addParts(
    table: AnyTable,
    parts: readonly { path: string; batch: number; rows: number }[],
    signal: AbortSignal,
  ): Promise<void> {
    const { file } = table;
    const paths = parts.map((part) => part.path);
    const names = parts.map(({ path, batch }) => `(${literal(path)}, ${batch})`);
    const batches = names.length === 0 ? "('', 0)" : names.join(', ');
    await this.db.run(
      `CREATE VIEW part_${file} AS SELECT part.* EXCLUDE (filename), named.batch
       FROM (${await selectTable(this.db, table, paths, true)}) part
       JOIN (VALUES ${batches}) named (filename, batch) USING (filename)`,
      signal,
    );
    if (paths.length === 0) return;
    this.incoming.add(file);
    const [counted] = await this.db.rows<{ rows: number }>(
      `SELECT sum(num_rows)::BIGINT AS rows FROM parquet_file_metadata(${list(paths)})`,
      signal,
    );
    const expected = parts.reduce((sum, part) => sum + part.rows, 0);
    if (counted?.rows !== expected) {
      throw new PipelineError(
        'LakeCorrupt',
        `staged parts of ${file} hold ${counted?.rows ?? 0} rows, their batches wrote ${expected}: collect the day again`,
      );
    }
  }

  /** For a change that brings no rows. */
  async addNothing(signal: AbortSignal): Promise<void> {
    for (const table of DAY_TABLES) await this.addParts(table, [], signal);
  }

  addRejects(rejects: readonly Reject[]): void {
    this.rejects = rejects;
  }

  /** Names the files of the committed generation; again after a conflict. */
  async setCommitted(files: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
    this.committed = new Set(files.keys());
    for (const table of DAY_TABLES) {
      const path = files.get(table.file);
      const select = await selectTable(this.db, table, path === undefined ? [] : [path]);
      await this.db.run(`CREATE OR REPLACE VIEW old_${table.file} AS ${select}`, signal);
    }
  }

  /** Conversations new to this day that the source has changed since it made them: they may have moved here. */
  async possiblyMovedHere(signal: AbortSignal): Promise<Version[]> {
    return this.db.rows<Version & SqlRow>(
      `SELECT conversation_key, epoch_ms(max(fetched_at)) AS fetched_at, max_by(run_id, fetched_at) AS run_id
       FROM part_conversations
       WHERE source_updated_at > source_created_at
         AND conversation_key NOT IN (SELECT conversation_key FROM old_conversations)
       GROUP BY conversation_key ORDER BY conversation_key`,
      signal,
    );
  }

  /** True where the committed day holds one of these conversations in a version that is not newer. */
  async hasOlder(versions: readonly Version[], signal: AbortSignal): Promise<boolean> {
    const [row] = await this.db.rows<{ found: boolean }>(
      `SELECT EXISTS (FROM old_conversations o JOIN (${valuesOf(versions)}) gone USING (conversation_key)
         WHERE ${notNewer('o')}) AS found`,
      signal,
    );
    return row?.found ?? false;
  }

  async merge(
    committedRejects: readonly Reject[],
    rules: MergeRules,
    signal: AbortSignal,
  ): Promise<MergedDay> {
    await this.chooseVersions(rules.movedOut, signal);
    for (const table of DAY_TABLES) await this.defineMerged(table, rules.full, signal);
    const files: MergedFile[] = [];
    for (const table of DAY_TABLES) {
      const file = await this.write(table, signal);
      if (file !== null) files.push(file);
    }
    // From here on, read what was written instead of merging again.
    for (const table of DAY_TABLES) {
      const path = files.find(({ file }) => file === table.file)?.path;
      const select = await selectTable(this.db, table, path === undefined ? [] : [path]);
      await this.db.run(`CREATE OR REPLACE VIEW new_${table.file} AS ${select}`, signal);
    }
    const candidates = mergeRejects(committedRejects, this.rejects, rules.full);
    const rejects = await dropOvertaken(this.db, candidates, join(this.folder, 'candidates.ndjson'), signal);
    return {
      files,
      rejects: await this.writeRejects(rejects),
      ...(await this.summary(signal)),
      deleted: await this.countDeleted(signal),
    };
  }

  private async chooseVersions(movedOut: readonly Version[], signal: AbortSignal): Promise<void> {
    // Of equal versions the committed one stands: it may know more, such as deleted_at.
    await this.db.run(
      `CREATE OR REPLACE TEMP TABLE versions AS
       SELECT conversation_key, fetched_at, run_id, batch FROM (
         SELECT conversation_key, fetched_at, run_id, batch FROM part_conversations
         UNION ALL SELECT conversation_key, fetched_at, run_id, ${COMMITTED} FROM old_conversations)
       QUALIFY row_number() OVER (
         PARTITION BY conversation_key ORDER BY fetched_at DESC, run_id DESC, batch) = 1`,
      signal,
    );
    await this.db.run(
      `DELETE FROM versions v USING (${valuesOf(movedOut)}) gone
       WHERE v.conversation_key = gone.conversation_key AND ${notNewer('v')}`,
      signal,
    );
  }

  private async defineMerged(table: AnyTable, full: FullRead | null, signal: AbortSignal): Promise<void> {
    const columns = columnNames(table);
    const selected =
      table.file === CONVERSATIONS.file && full !== null
        ? `SELECT * REPLACE (${deletedAt(full)} AS deleted_at)`
        : 'SELECT *';
    await this.db.run(
      `CREATE OR REPLACE VIEW new_${table.file} AS ${selected} FROM (
         SELECT ${columns}, batch FROM part_${table.file}
         UNION ALL SELECT ${columns}, ${COMMITTED} FROM old_${table.file}) row
       SEMI JOIN versions USING (conversation_key, batch)`,
      signal,
    );
  }

  private async write(table: AnyTable, signal: AbortSignal): Promise<MergedFile | null> {
    if (!this.incoming.has(table.file) && !this.committed.has(table.file)) return null;
    const path = join(this.folder, `${table.file}.parquet`);
    const [written] = await this.db.rows<{ Count: number }>(
      `COPY (SELECT ${columnNames(table)} FROM new_${table.file} ORDER BY ${orderOf(table)})
       TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`,
      signal,
    );
    const rows = written?.Count ?? 0;
    if (rows === 0) return null;
    return { file: table.file, path, rows, bytes: (await stat(path)).size, sha256: await sha256Of(path) };
  }

  private async writeRejects(rejects: readonly Reject[]): Promise<MergedDay['rejects']> {
    if (rejects.length === 0) return null;
    const path = join(this.folder, 'rejects.ndjson');
    await writeFile(path, rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
    return { path, rows: rejects.length, by_reason: countRejects(rejects) };
  }

  private async summary(signal: AbortSignal) {
    const [row] = await this.db.rows<{
      min_event_at: number | null;
      max_event_at: number | null;
      open: boolean;
      models: string[];
      taxonomies: string[];
    }>(
      `SELECT
         (SELECT epoch_ms(min(sent_at)) FROM new_${MESSAGES.file}) AS min_event_at,
         (SELECT epoch_ms(max(sent_at)) FROM new_${MESSAGES.file}) AS max_event_at,
         EXISTS (FROM new_conversations WHERE ended_at IS NULL AND deleted_at IS NULL) AS open,
         ${versionsOf('model_version')} AS models, ${versionsOf('taxonomy_version')} AS taxonomies`,
      signal,
    );
    return {
      min_event_at: row?.min_event_at ?? null,
      max_event_at: row?.max_event_at ?? null,
      has_open_conversations: row?.open ?? false,
      model_versions: row?.models ?? [],
      taxonomy_versions: row?.taxonomies ?? [],
    };
  }

  private async countDeleted(signal: AbortSignal): Promise<number> {
    const [row] = await this.db.rows<{ deleted: number }>(
      `SELECT count(*) AS deleted FROM new_conversations n JOIN old_conversations o
         USING (conversation_key, fetched_at, run_id)
       WHERE n.deleted_at IS NOT NULL AND o.deleted_at IS NULL`,
      signal,
    );
    return row?.deleted ?? 0;
  }
}

/** A committed conversation of the scope that a full reading did not meet has left the source. */
function deletedAt({ runId, appId, plannedAt }: FullRead): string {
  const scope = appId === null ? 'true' : `app_id IS NOT DISTINCT FROM ${literal(appId)}`;
  return `CASE WHEN deleted_at IS NULL AND batch = ${COMMITTED} AND ${scope}
    AND fetched_at < ${instant(plannedAt)} AND run_id <> ${literal(runId)}
    AND conversation_key NOT IN (SELECT conversation_key FROM part_conversations)
    THEN ${instant(plannedAt)} ELSE deleted_at END`;
}

/** A table of versions, as a subquery. */
function valuesOf(versions: readonly Version[]): string {
  const rows = versions.map(
    (v) => `(${literal(v.conversation_key)}, ${instant(v.fetched_at)}, ${literal(v.run_id)})`,
  );
  const values = rows.length === 0 ? "('', NULL::TIMESTAMPTZ, '')" : rows.join(', ');
  return `SELECT * FROM (VALUES ${values}) listed (conversation_key, fetched_at, run_id)
    WHERE fetched_at IS NOT NULL`;
}

/** Condition: the version of `alias` is not newer than that of `gone`. */
function notNewer(alias: string): string {
  return `(${alias}.fetched_at < gone.fetched_at
    OR (${alias}.fetched_at = gone.fetched_at AND ${alias}.run_id <= gone.run_id))`;
}

function versionsOf(column: string): string {
  return `(SELECT coalesce(list(DISTINCT v ORDER BY v), []) FROM (
    SELECT ${column} AS v FROM new_conversations UNION SELECT ${column} FROM new_categories) WHERE v IS NOT NULL)`;
}

/** The rejects of a committed generation. */
export async function readCommittedRejects(path: string): Promise<Reject[]> {
  const rejects: Reject[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line !== '') rejects.push(JSON.parse(line) as Reject);
  }
  return rejects;
}
