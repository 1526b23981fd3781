import { z } from 'zod';
import type { BatchRange } from '../../domain/collection.js';
import { PipelineError } from '../../domain/errors.js';
import type { PlanPage } from '../../ports/conversation-source.js';
import type { Call } from './http.js';
import { rowId, type RecordReader } from './records.js';
import type { ConversationTable } from './schema.js';
import type { Clause } from './where.js';

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
  filter: Clause,
  options: PlanOptions,
  call: Call,
): Promise<PlanPage> {
  const { batchSize, maxBatches } = checked(options);
  const from = options.cursor === null ? undefined : parseCursor(options.cursor);
  const view = { table: table.table, pk: table.pk, fields: [table.pk] };
  const wanted = batchSize * maxBatches;
  const ids: string[] = [];
  let after = from?.after;
  let total = from?.total;
  let rest: number;
  do {
    const page = await reader.page(view, filter, after, wanted - ids.length, call);
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
