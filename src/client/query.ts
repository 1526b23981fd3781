import { text } from 'node:stream/consumers';

import type { QueryLimits } from '../adapters/lake-query/index.js';
import type { DayRange } from '../adapters/lake/index.js';
import { PipelineError } from '../domain/errors.js';
import { parseCount } from './arguments.js';
import { parseLakeRange } from './day-range.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { onInterrupt } from './interrupt.js';
import { withLakeStore } from './lake-store.js';
import { colorsFor } from './render/colors.js';
import { csvLines, plainValue, rowObjects, tableCells } from './render/query.js';
import { textTable } from './render/table.js';
import { findSurroundings } from './surroundings.js';

export interface QueryArguments {
  sql: string;
  startDate?: string;
  endDate?: string;
  format: 'table' | 'csv' | 'json';
  json: boolean;
  limit?: string;
  timeout: string;
  memory: string;
}

/** Rows of a table, where no limit is given: more are no reading. */
const TABLE_ROWS = 100;
const MAX_ROWS = 100_000_000;
const MAX_SECONDS = 86_400;
const MAX_MB = 1_000_000;

/** The `query` command: SQL over the lake, in this process. */
export async function query(request: QueryArguments, io: Io): Promise<ExitCode> {
  const format = request.json ? 'json' : request.format;
  const range = parseLakeRange(request, Date.now());
  const limits: QueryLimits = {
    rows:
      request.limit === undefined
        ? format === 'table'
          ? TABLE_ROWS
          : null
        : parseCount('--limit', request.limit, MAX_ROWS),
    timeoutMs: parseCount('--timeout', request.timeout, MAX_SECONDS) * 1000,
    memoryMb: parseCount('--memory', request.memory, MAX_MB),
  };
  const sql = request.sql === '-' ? await text(io.stdin) : request.sql;
  const { columns, rows, isCut } = await run(sql, range, limits, io);
  const plain = rows.map((row) => row.map(plainValue));
  if (format === 'json') printJson(io, rowObjects(columns, plain));
  else if (format === 'csv') for (const line of csvLines(columns, plain)) io.stdout.write(line);
  else printLines(io.stdout, textTable(columns, tableCells(plain), colorsFor(io.stdout, io.env)));
  if (isCut)
    io.stderr.write(
      `More than ${String(limits.rows)} rows: the rest is left out. All of them: --format csv\n`,
    );
  return EXIT.complete;
}

async function run(sql: string, range: DayRange, limits: QueryLimits, io: Io) {
  const { config } = await findSurroundings(io);
  const { queryLake, VIEWS } = await import('../adapters/lake-query/index.js');
  const interrupted = new AbortController();
  const stop = onInterrupt(() => interrupted.abort());
  try {
    return await withLakeStore(config, (store) =>
      queryLake({ store, lakeDir: config.lake.dir }, sql, range, limits, interrupted.signal),
    );
  } catch (error) {
    if (!(error instanceof PipelineError && error.type === 'InvalidInput')) throw error;
    const [first = ''] = error.message.split('\n');
    throw new UsageError(
      `The query was not run to its end: ${first}\n` +
        `Allowed is one SELECT over ${VIEWS.join(', ')}, within --timeout and --memory.\n` +
        'The columns of a view: conversation-analytics query "DESCRIBE conversations"',
    );
  } finally {
    stop();
  }
}
