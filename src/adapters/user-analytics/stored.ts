import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserRow } from '../../domain/users/analytics.js';
import { literal, type DuckDb } from '../lake/duckdb.js';

/** What the rows were made from; kept in the metadata of their file, so that both change at once. */
export interface UserState {
  timezone: string;
  userScope: string;
  asOf: number;
  /** UTC day → commit. */
  commits: Record<string, string>;
}

const STATE = 'user_analytics_state';
/** Columns and their types in Parquet; instants pass through as epoch milliseconds. */
const TYPES: Record<keyof UserRow, string> = {
  user_key: 'VARCHAR',
  app_id: 'VARCHAR',
  user_id: 'VARCHAR',
  first_seen_at: 'TIMESTAMPTZ',
  last_seen_at: 'TIMESTAMPTZ',
  active_since_at: 'TIMESTAMPTZ',
  conversations: 'INTEGER',
  messages: 'INTEGER',
  active_days: 'INTEGER',
  repeat_contacts_7d: 'INTEGER',
  tz: 'VARCHAR',
  top_topics: 'STRUCT(label VARCHAR, n INTEGER)[]',
  top_intents: 'STRUCT(label VARCHAR, n INTEGER)[]',
  languages: 'VARCHAR[]',
  sentiment_mean: 'FLOAT',
  sentiment_trend: 'FLOAT',
  lifecycle: 'VARCHAR',
  history_from: 'TIMESTAMPTZ',
  as_of: 'TIMESTAMPTZ',
  source: 'VARCHAR',
  fetched_at: 'TIMESTAMPTZ',
  run_id: 'VARCHAR',
  schema_version: 'INTEGER',
};
const COLUMNS = Object.entries(TYPES);
const isInstant = (type: string) => type === 'TIMESTAMPTZ';

export async function readStored(
  db: DuckDb,
  path: string,
  signal: AbortSignal,
): Promise<{ rows: UserRow[]; state: UserState } | null> {
  const [found] = await db.rows<{ value: string }>(
    `SELECT decode(value) AS value FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = '${STATE}'`,
    signal,
  );
  if (found === undefined) return null;
  const columns = COLUMNS.map(([name, type]) => (isInstant(type) ? `epoch_ms(${name}) AS ${name}` : name));
  const rows = await db.rows<{ row: string }>(
    `SELECT to_json(t)::VARCHAR AS row FROM (SELECT ${columns.join(', ')} FROM read_parquet(${literal(path)})) t`,
    signal,
  );
  return {
    rows: rows.map(({ row }) => UserRow.parse(JSON.parse(row))),
    state: JSON.parse(found.value) as UserState,
  };
}

/** @returns path of the Parquet file */
export async function writeStored(
  db: DuckDb,
  folder: string,
  rows: readonly UserRow[],
  state: UserState,
  signal: AbortSignal,
): Promise<string> {
  const lines = join(folder, 'users.ndjson');
  await pipeline(Readable.from(ndjson(rows)), createWriteStream(lines), { signal });
  const path = join(folder, 'users.parquet');
  const read = COLUMNS.map(([name, type]) => `${name}: ${literal(isInstant(type) ? 'BIGINT' : type)}`);
  const written = COLUMNS.map(([name, type]) =>
    isInstant(type) ? `make_timestamptz(${name} * 1000) AS ${name}` : name,
  );
  await db.run(
    `COPY (SELECT ${written.join(', ')}
       FROM read_json(${literal(lines)}, format = 'newline_delimited', columns = {${read.join(', ')}})
       ORDER BY user_key)
     TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${STATE}: ${literal(JSON.stringify(state))}})`,
    signal,
  );
  return path;
}

function* ndjson(rows: readonly UserRow[]): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(row)}\n`;
}
