import { dayOf } from '../../domain/period.js';
import type { Call } from './http.js';
import type { RecordReader } from './records.js';
import type { ConversationTable } from './conversation-table.js';
import { datedFilters } from './scope.js';
import { readTime } from './times.js';

/**
 * Rows looked at on an edge where order is not that of time: text sorts by what is written, and an offset moves an
 * instant by up to 14 hours.
 */
const UNSORTED_ROWS = 1000;

/**
 * UTC day of the oldest conversation row that a range can collect, or of the newest; null where there is none. The
 * server sorts, and only the start's column is read: one request, three where the start is a number.
 */
export async function edgeDay(
  reader: RecordReader,
  table: ConversationTable,
  appId: string | undefined,
  edge: 'oldest' | 'newest',
  call: Call,
): Promise<string | null> {
  const time = table.startedAt;
  const view = { table: table.table, pk: table.pk, fields: [table.pk, time.column] };
  const limit = time.kind === 'instant' || time.kind === 'number' ? 1 : UNSORTED_ROWS;
  const starts: number[] = [];
  for (const { filter, keep } of datedFilters(table, appId, Date.now())) {
    const rows = await reader.edge(view, filter, time.column, { last: edge === 'newest', limit }, call);
    for (const row of rows) {
      const start = readTime(row, time);
      if (start !== null && (keep?.(start) ?? true)) starts.push(start);
    }
  }
  const found = starts.reduce<number | null>((best, start) => {
    return best === null || (edge === 'oldest' ? start < best : start > best) ? start : best;
  }, null);
  return found === null ? null : dayOf(found);
}
