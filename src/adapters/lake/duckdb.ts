import { mkdir } from 'node:fs/promises';
import { DuckDBInstance, StatementType, type DuckDBConnection } from '@duckdb/node-api';

export type SqlRow = Record<string, unknown>;

export interface SelectedRows {
  columns: string[];
  rows: unknown[][];
  /** There were more. */
  isCut: boolean;
}

/** Statements that change nothing. */
const READING: readonly StatementType[] = [StatementType.SELECT, StatementType.EXPLAIN];

/** A DuckDB of one's own, in memory; what does not fit is spilled to `tempDir`. */
export class DuckDb {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  /** @param threads more than one only where nothing else runs beside */
  static async open(tempDir: string, memoryMb = 1024, threads = 1): Promise<DuckDb> {
    await mkdir(tempDir, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      // Days are merged side by side by the queue's slots; more threads on one day's few rows only wait for each other.
      threads: String(threads),
      memory_limit: `${memoryMb}MB`,
      temp_directory: tempDir,
      // Nothing may be fetched from the network: all that is used is built in.
      autoinstall_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new DuckDb(instance, connection);
  }

  async run(sql: string, signal?: AbortSignal): Promise<void> {
    await this.rows(sql, signal);
  }

  /** Rows as objects; BIGINTs that a number holds exactly as numbers, instants as Dates. */
  async rows<T extends SqlRow = SqlRow>(sql: string, signal?: AbortSignal): Promise<T[]> {
    signal?.throwIfAborted();
    const stop = (): void => this.connection.interrupt();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const reader = await this.connection.runAndReadAll(sql);
      return reader.getRowObjectsJS().map(plainNumbers) as T[];
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * The first rows of one SELECT (or DESCRIBE, SHOW, EXPLAIN), read no further. Values are as DuckDB's JS converter gives
   * them. Throws where the text is another statement, or several.
   */
  async select(sql: string, limit: number | null, signal: AbortSignal): Promise<SelectedRows> {
    signal.throwIfAborted();
    const stop = (): void => this.connection.interrupt();
    signal.addEventListener('abort', stop, { once: true });
    try {
      // DuckDB cannot say what is wrong with nothing.
      if (sql.trim() === '') throw new Error('expected one statement, got 0');
      const statements = await this.connection.extractStatements(sql);
      if (statements.count !== 1) throw new Error(`expected one statement, got ${statements.count}`);
      const statement = await statements.prepare(0);
      if (!READING.includes(statement.statementType)) {
        throw new Error(`only SELECT is allowed, not ${StatementType[statement.statementType]}`);
      }
      const reader = await (limit === null
        ? statement.runAndReadAll()
        : statement.streamAndReadUntil(limit + 1));
      const rows = reader.getRowsJS();
      const isCut = limit !== null && rows.length > limit;
      return { columns: reader.deduplicatedColumnNames(), rows: isCut ? rows.slice(0, limit) : rows, isCut };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

function plainNumbers(row: SqlRow): SqlRow {
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value);
  }
  return row;
}

/** A SQL string literal. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function list(values: readonly string[]): string {
  return `[${values.map(literal).join(', ')}]`;
}

/** A TIMESTAMPTZ of epoch milliseconds. */
export function instant(epochMs: number): string {
  return `make_timestamptz(${Math.trunc(epochMs)}::BIGINT * 1000)`;
}
