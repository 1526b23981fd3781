import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RejectCounts } from '../../domain/collection.js';
import type { Reject } from '../../domain/records.js';
import { CATEGORIES, CONVERSATIONS, DAY_TABLES, MESSAGES, SCHEMA_VERSION } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import { instant, list, literal, type DuckDb, type SqlRow } from './duckdb.js';
import { countRejects, dropOvertaken, mergeRejects, type FullRead } from './reject-merge.js';
import { sha256Of, type Part } from './staged-batches.js';
import { columnNames, orderOf, selectLines, selectNothing, selectTable } from './table-sql.js';

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
  /** Conversations that somebody has found to have left the source, and when; absent: none. */
  gone?: { versions: readonly Version[]; at: number } | null;
  /** Conversations that live in another day: versions up to these are left out here. */
  movedOut: readonly Version[];
  /**
   * True where the incoming rows are the committed conversations with other labels: of equal versions the incoming one
   * stands, and tables that nothing comes in for stay as they are.
   */
  labelsOnly?: true;
}

/** Batch number of rows that are committed already. */
const COMMITTED = -1;

/** Files of the committed generation by table, and the schema version that they were written with. */
export interface CommittedFiles {
  files: ReadonlyMap<string, string>;
  schemaVersion: number;
}

/**
 * Merges a day in DuckDB: of each conversation the newest version, by `fetched_at` and then `run_id`, with all its
 * rows in all tables. What is in order of key and time is the same, whatever the batches were.
 *
 * The tables are wide and days are many, so each file is read as rarely as can be: keys and versions once, all columns
 * once (to write them), and the rest from what was written.
 */
export class DayMerge {
  private rejects: readonly Reject[] = [];
  /** By table, a SELECT of the rows of each batch with their `batch`; absent: no rows. */
  private readonly incoming = new Map<string, string>();
  /** By table, the same of what is committed. */
  private committed = new Map<string, string>();

  constructor(
    /** For other questions that belong to the same merge. */
    readonly db: DuckDb,
    /** Folder for the results; of this merge alone. */
    private readonly folder: string,
  ) {}

  /** Names the parts of the batches; to be called once for each table, conversations first, before `merge`. */
  async addParts(table: AnyTable, parts: readonly Part[], signal: AbortSignal): Promise<void> {
    if (parts.length > 0) {
      const named = parts.map(({ path, batch }) => `(${literal(path)}, ${batch})`);
      this.incoming.set(
        table.file,
        `SELECT part.* EXCLUDE (filename), named.batch
         FROM (${await this.selectParts(table, parts)}) part
         JOIN (VALUES ${named.join(', ')}) named (filename, batch) USING (filename)`,
      );
    }
    if (table.file !== CONVERSATIONS.file) return;
    await this.db.run(
      `CREATE TEMP TABLE part_keys AS
       SELECT conversation_key, fetched_at, run_id, batch,
         source_updated_at > source_created_at AS changed FROM (${this.rowsOf(table, this.incoming)})`,
      signal,
    );
  }

  private async selectParts(table: AnyTable, parts: readonly Part[]): Promise<string> {
    const isParquet = ({ path }: Part) => path.endsWith('.parquet');
    const [parquet, lines] = [parts.filter(isParquet), parts.filter((part) => !isParquet(part))];
    const selects: string[] = [];
    if (lines.length > 0) {
      const longest = Math.max(...lines.map(({ bytes }) => bytes));
      selects.push(
        selectLines(
          table,
          lines.map(({ path }) => path),
          longest,
        ),
      );
    }
    if (parquet.length > 0) {
      const schemaVersion = Math.min(...parquet.map((part) => part.schemaVersion));
      const paths = parquet.map(({ path }) => path);
      selects.push(await selectTable(this.db, table, paths, { schemaVersion, filename: true }));
    }
    return selects.join(' UNION ALL ');
  }

  /** For a change that brings no rows. */
  async addNothing(signal: AbortSignal): Promise<void> {
    await this.addParts(CONVERSATIONS, [], signal);
  }

  addRejects(rejects: readonly Reject[]): void {
    this.rejects = rejects;
  }

  /** Names the files of the committed generation; again after a conflict. */
  async setCommitted({ files, schemaVersion }: CommittedFiles, signal: AbortSignal): Promise<void> {
    this.committed = new Map();
    for (const table of DAY_TABLES) {
      const path = files.get(table.file);
      if (path === undefined) continue;
      const select = await selectTable(this.db, table, [path], { schemaVersion });
      this.committed.set(table.file, `SELECT *, ${COMMITTED} AS batch FROM (${select})`);
    }
    await this.db.run(
      `CREATE OR REPLACE TEMP TABLE old_keys AS
       SELECT conversation_key, fetched_at, run_id, batch, deleted_at
       FROM (${this.rowsOf(CONVERSATIONS, this.committed)})`,
      signal,
    );
  }

  /**
   * Conversations new to this day that may have moved here: those that the source has changed since it made them, and
   * those of `keys`.
   */
  async possiblyMovedHere(keys: readonly string[], signal: AbortSignal): Promise<Version[]> {
    return this.db.rows<Version & SqlRow>(
      `SELECT conversation_key, epoch_ms(max(fetched_at)) AS fetched_at, max_by(run_id, fetched_at) AS run_id
       FROM part_keys WHERE (changed${keys.length === 0 ? '' : ` OR conversation_key IN (SELECT unnest(${list(keys)}))`})
         AND conversation_key NOT IN (SELECT conversation_key FROM old_keys)
       GROUP BY conversation_key ORDER BY conversation_key`,
      signal,
    );
  }

  /** True where the committed day holds one of these conversations in a version that is not newer. */
  async hasOlder(versions: readonly Version[], signal: AbortSignal): Promise<boolean> {
    const [row] = await this.db.rows<{ found: boolean }>(
      `SELECT EXISTS (FROM old_keys o JOIN (${valuesOf(versions)}) gone USING (conversation_key)
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
    await this.chooseVersions(rules, signal);
    const files: MergedFile[] = [];
    for (const table of DAY_TABLES) {
      const file = await this.write(table, rules, signal);
      if (file !== null) files.push(file);
      const paths = file === null ? [] : [file.path];
      const select = await selectTable(this.db, table, paths, { schemaVersion: SCHEMA_VERSION });
      await this.db.run(`CREATE OR REPLACE TEMP VIEW new_${table.file} AS ${select}`, signal);
    }
    const candidates = mergeRejects(committedRejects, this.rejects, rules.full);
    const rejects = await dropOvertaken(this.db, candidates, join(this.folder, 'candidates.ndjson'), signal);
    return {
      files,
      rejects: await this.writeRejects(rejects),
      ...(await this.summary(signal)),
      deleted: rules.full === null && rules.gone == null ? 0 : await this.countDeleted(signal),
    };
  }

  private async chooseVersions({ movedOut, labelsOnly }: MergeRules, signal: AbortSignal): Promise<void> {
    // Of equal versions the committed one stands: it may know more, such as deleted_at.
    await this.db.run(
      `CREATE OR REPLACE TEMP TABLE versions AS
       SELECT conversation_key, fetched_at, run_id, batch FROM (
         SELECT conversation_key, fetched_at, run_id, batch FROM part_keys
         UNION ALL SELECT conversation_key, fetched_at, run_id, batch FROM old_keys)
       QUALIFY row_number() OVER (
         PARTITION BY conversation_key ORDER BY fetched_at DESC, run_id DESC, batch${labelsOnly ? ' DESC' : ''}) = 1`,
      signal,
    );
    if (movedOut.length === 0) return;
    await this.db.run(
      `DELETE FROM versions v USING (${valuesOf(movedOut)}) gone
       WHERE v.conversation_key = gone.conversation_key AND ${notNewer('v')}`,
      signal,
    );
  }

  /** Writes the merged rows of a table; null where there are none. */
  private async write(
    table: AnyTable,
    { full, gone, labelsOnly }: MergeRules,
    signal: AbortSignal,
  ): Promise<MergedFile | null> {
    const sources = [this.incoming, this.committed].flatMap((rows) => rows.get(table.file) ?? []);
    if (sources.length === 0) return null;
    const deleted =
      table.file !== CONVERSATIONS.file ? null : full ? deletedAt(full) : gone ? goneAt(gone) : null;
    const isUntouched = labelsOnly === true && !this.incoming.has(table.file);
    const chosen = isUntouched ? '' : 'SEMI JOIN versions USING (conversation_key, batch)';
    const path = join(this.folder, `${table.file}.parquet`);
    const [written] = await this.db.rows<{ Count: number }>(
      `COPY (SELECT ${columnNames(table)}
         FROM (SELECT *${deleted === null ? '' : ` REPLACE (${deleted} AS deleted_at)`}
               FROM (${sources.join(' UNION ALL ')}))
         ${chosen} ORDER BY ${orderOf(table)})
       TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`,
      signal,
    );
    const rows = written?.Count ?? 0;
    if (rows === 0) return null;
    return { file: table.file, path, rows, bytes: (await stat(path)).size, sha256: await sha256Of(path) };
  }

  private rowsOf(table: AnyTable, rows: ReadonlyMap<string, string>): string {
    return rows.get(table.file) ?? `SELECT *, 0 AS batch FROM (${selectNothing(table)})`;
  }

  private async writeRejects(rejects: readonly Reject[]): Promise<MergedDay['rejects']> {
    if (rejects.length === 0) return null;
    const path = join(this.folder, 'rejects.ndjson');
    await writeFile(path, rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
    return { path, rows: rejects.length, by_reason: countRejects(rejects) };
  }

  /** From what was written, each file read once. */
  private async summary(signal: AbortSignal) {
    const [times] = await this.db.rows<{ first: number | null; last: number | null }>(
      `SELECT epoch_ms(min(sent_at)) AS first, epoch_ms(max(sent_at)) AS last FROM new_${MESSAGES.file}`,
      signal,
    );
    const versions = `list(DISTINCT model_version) FILTER (model_version IS NOT NULL) AS models,
      list(DISTINCT taxonomy_version) FILTER (taxonomy_version IS NOT NULL) AS taxonomies`;
    type Versions = { models: string[] | null; taxonomies: string[] | null };
    const [conversations] = await this.db.rows<Versions & { open: boolean | null }>(
      `SELECT bool_or(ended_at IS NULL AND deleted_at IS NULL) AS open, ${versions} FROM new_${CONVERSATIONS.file}`,
      signal,
    );
    const [categories] = await this.db.rows<Versions>(
      `SELECT ${versions} FROM new_${CATEGORIES.file}`,
      signal,
    );
    const distinct = (column: keyof Versions) =>
      [...new Set([...(conversations?.[column] ?? []), ...(categories?.[column] ?? [])])].sort();
    return {
      min_event_at: times?.first ?? null,
      max_event_at: times?.last ?? null,
      has_open_conversations: conversations?.open ?? false,
      model_versions: distinct('models'),
      taxonomy_versions: distinct('taxonomies'),
    };
  }

  private async countDeleted(signal: AbortSignal): Promise<number> {
    const [row] = await this.db.rows<{ deleted: number }>(
      `SELECT count(*) AS deleted FROM new_conversations n JOIN old_keys o
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
    AND conversation_key NOT IN (SELECT conversation_key FROM part_keys)
    THEN ${instant(plannedAt)} ELSE deleted_at END`;
}

/** Those that were named, unless they have been read anew since. */
function goneAt({ versions, at }: { versions: readonly Version[]; at: number }): string {
  const named = `SELECT conversation_key, fetched_at, run_id FROM (${valuesOf(versions)})`;
  return `CASE WHEN deleted_at IS NULL AND (conversation_key, fetched_at, run_id) IN (${named})
    THEN ${instant(at)} ELSE deleted_at END`;
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

/** The rejects of a committed generation. */
export async function readCommittedRejects(path: string): Promise<Reject[]> {
  const rejects: Reject[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line !== '') rejects.push(JSON.parse(line) as Reject);
  }
  return rejects;
}
