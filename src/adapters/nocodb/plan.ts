import { z } from 'zod';
import type { BatchRange } from '../../domain/collection.js';
import { PipelineError } from '../../domain/errors.js';
import type { PlanPage } from '../../ports/conversation-source.js';
import type { Call } from './http.js';
import { rowId, type RecordReader } from './records.js';
import type { ConversationTable } from './conversation-table.js';
import type { DayScope } from './scope.js';
import { readTime } from './times.js';
import { and, compare } from './where.js';

/** Where planning stands: the last primary key planned, and the day's count, which only the first page asks for. */
const Cursor = z.strictObject({ after: z.string().min(1), total: z.number().int().nonnegative() });

export interface PlanOptions {
  batchSize: number;
  maxBatches: number;
  cursor: string | null;
}

/** Reads primary keys alone, in order, and cuts them into ranges. */
export async function planPage(
  reader: RecordReader,
  table: ConversationTable,
  scope: DayScope,
  options: PlanOptions,
  call: Call,
): Promise<PlanPage> {
  const { batchSize, maxBatches } = checked(options);
  const from = options.cursor === null ? undefined : parseCursor(options.cursor);
  const wanted = batchSize * maxBatches;
  if (scope.keep) return sifted(reader, table, scope, { batchSize, wanted, from }, call);
  const view = { table: table.table, pk: table.pk, fields: [table.pk] };
  const ids: string[] = [];
  let after = from?.after;
  let total = from?.total;
  let rest: number;
  do {
    const page = await reader.page(view, scope.filter, after, wanted - ids.length, call);
    total ??= page.total;
    rest = page.rows.length === 0 ? 0 : page.total - page.rows.length;
    for (const row of page.rows) ids.push(rowId(row, table.pk));
    after = ids.at(-1) ?? after;
  } while (rest > 0 && ids.length < wanted);
  return {
    batches: toRanges(ids, batchSize),
    cursor: rest > 0 && after !== undefined ? JSON.stringify({ after, total }) : null,
    sourceCount: total,
  };
}

/** Where the server can only narrow the day down: reads the rest of it, keeps what belongs, and counts that. */
async function sifted(
  reader: RecordReader,
  table: ConversationTable,
  scope: DayScope,
  {
    batchSize,
    wanted,
    from,
  }: { batchSize: number; wanted: number; from: z.infer<typeof Cursor> | undefined },
  call: Call,
): Promise<PlanPage> {
  const { ids: all } = await dayRows(reader, table, scope, from?.after, call);
  const ids = all.slice(0, wanted);
  const total = from?.total ?? all.length;
  const after = ids.at(-1);
  return {
    batches: toRanges(ids, batchSize),
    cursor: all.length > ids.length && after !== undefined ? JSON.stringify({ after, total }) : null,
    sourceCount: total,
  };
}

/** How many rows belong to a scope. */
export async function countRows(
  reader: RecordReader,
  table: ConversationTable,
  scope: DayScope,
  call: Call,
): Promise<number> {
  if (scope.keep) return (await dayRows(reader, table, scope, undefined, call)).ids.length;
  return reader.count(table.table, scope.filter, call);
}

/** Primary keys of the rows that belong to a scope, ascending, and how many rows the server sent for them. */
export async function dayRows(
  reader: RecordReader,
  table: ConversationTable,
  { filter, keep }: DayScope,
  after: string | undefined,
  call: Call,
): Promise<{ ids: string[]; received: number }> {
  const view = { table: table.table, pk: table.pk, fields: [table.pk, table.startedAt.column] };
  const rest = after === undefined ? filter : and(filter, compare(table.pk.id, 'gt', after));
  const [rows = []] = await reader.all(view, [rest], call);
  const kept = rows.filter((row) => keep?.(readTime(row, table.startedAt)) ?? true);
  return { ids: kept.map((row) => rowId(row, table.pk)), received: rows.length };
}

/** Cuts ascending ids into ranges of at most `size`. */
export function toRanges(ids: readonly string[], size: number): BatchRange[] {
  const ranges: BatchRange[] = [];
  for (let first = 0; first < ids.length; first += size) {
    const part = ids.slice(first, first + size);
    const [idFrom, idTo] = [part[0], part.at(-1)];
    if (idFrom !== undefined && idTo !== undefined) ranges.push({ idFrom, idTo, count: part.length });
  }
  return ranges;
}

function checked(options: PlanOptions): PlanOptions {
  for (const key of ['batchSize', 'maxBatches'] as const) {
    if (!Number.isInteger(options[key]) || options[key] < 1) {
      throw new PipelineError('InvalidInput', `${key} is ${options[key]}; it must be a whole number above 0`);
    }
  }
  return options;
}

function parseCursor(text: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(text));
  } catch (cause) {
    throw new PipelineError('InvalidInput', 'The cursor of planDay is not one that planDay returned', {
      cause,
    });
  }
}
