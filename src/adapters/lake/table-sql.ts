import { CATEGORIES, CONVERSATIONS, MESSAGES, SCHEMA_VERSION, TRANSLATIONS } from '../../domain/schema.js';
import { kindOf, type AnyTable, type ColumnKind } from '../../domain/table.js';
import { list, literal, type DuckDb } from './duckdb.js';

const SQL_TYPES: Record<ColumnKind, string> = {
  str: 'VARCHAR',
  ts: 'TIMESTAMPTZ',
  i8: 'TINYINT',
  i32: 'INTEGER',
  i64: 'BIGINT',
  f32: 'FLOAT',
  f64: 'DOUBLE',
  bool: 'BOOLEAN',
  'list<str>': 'VARCHAR[]',
};

/** Order of rows in the lake's files. Keys are last, so that the order is total. */
const ORDER: Record<string, string> = {
  [CONVERSATIONS.file]: 'app_id NULLS FIRST, started_at, conversation_key',
  [MESSAGES.file]: 'conversation_key, seq, message_key',
  [CATEGORIES.file]: 'conversation_key, category_key',
  [TRANSLATIONS.file]: 'conversation_key, translation_key',
};

export function orderOf(table: AnyTable): string {
  return ORDER[table.file] ?? table.key;
}

export function columnNames(table: AnyTable): string {
  return Object.keys(table.columns).join(', ');
}

/** A SELECT of a table's columns and types that gives no rows. */
export function selectNothing(table: AnyTable): string {
  const nulls = Object.entries(table.columns).map(
    ([name, spec]) => `NULL::${SQL_TYPES[kindOf(spec)]} AS ${name}`,
  );
  return `SELECT ${nulls.join(', ')} WHERE false`;
}

/**
 * A SELECT that reads files of a table with its columns and types as they are today: a column that an older file lacks
 * is null. Without files it gives no rows. Looks into the files, unless their writer's schema is the present one.
 */
export async function selectTable(
  db: DuckDb,
  table: AnyTable,
  paths: readonly string[],
  { schemaVersion, filename = false }: { schemaVersion?: number; filename?: boolean } = {},
): Promise<string> {
  if (paths.length === 0) return selectNothing(table);
  const named = filename ? ', filename = true' : '';
  const source = `read_parquet(${list(paths)}, union_by_name = true, hive_partitioning = false${named})`;
  const present = schemaVersion === SCHEMA_VERSION ? null : await columnsOf(db, source);
  const columns = Object.entries(table.columns).map(
    ([name, spec]) =>
      `${(present?.has(name) ?? true) ? name : 'NULL'}::${SQL_TYPES[kindOf(spec)]} AS ${name}`,
  );
  return `SELECT ${[...columns, ...(filename ? ['filename'] : [])].join(', ')} FROM ${source}`;
}

/**
 * A SELECT over lines of JSON objects (`encodeParts`), with the table's columns and types and the name of the file. A column
 * that an older line lacks is null.
 * @param longest bytes that no line exceeds: DuckDB holds twice as much
 */
export function selectLines(table: AnyTable, paths: readonly string[], longest: number): string {
  const kinds = Object.entries(table.columns).map(([name, spec]) => [name, kindOf(spec)] as const);
  const types = kinds.map(
    ([name, kind]) => `${literal(name)}: ${literal(kind === 'ts' ? 'BIGINT' : SQL_TYPES[kind])}`,
  );
  const columns = kinds.map(([name, kind]) =>
    kind === 'ts' ? `make_timestamptz(${name} * 1000) AS ${name}` : name,
  );
  return `SELECT ${columns.join(', ')}, filename FROM read_json(${list(paths)}, format = 'newline_delimited',
    columns = {${types.join(', ')}}, filename = true, maximum_object_size = ${longest})`;
}

async function columnsOf(db: DuckDb, source: string): Promise<Set<string>> {
  const rows = await db.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${source}`);
  return new Set(rows.map((row) => row.column_name));
}
