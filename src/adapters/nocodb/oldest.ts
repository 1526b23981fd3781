import { z } from 'zod';
import { dayOf } from '../../domain/period.js';
import type { Call, NocoDbHttp } from './http.js';
import type { ConversationTable } from './schema.js';
import { datedFilter } from './scope.js';
import { asTime, valueOf } from './values.js';
import { where } from './where.js';

const Rows = z.object({ list: z.array(z.record(z.string(), z.unknown())) });

/**
 * UTC day of the oldest conversation row that a range can collect; null where there is none. One request: the server
 * sorts, and only the start's column is read.
 */
export async function oldestDay(
  http: NocoDbHttp,
  table: ConversationTable,
  appId: string | undefined,
  call: Call,
): Promise<string | null> {
  const { startedAt } = table;
  const query = {
    where: where(datedFilter(table, appId, Date.now())),
    sort: startedAt.id,
    limit: 1,
    fields: startedAt.id,
  };
  const { list } = await http.get(
    `/api/v2/tables/${encodeURIComponent(table.table.id)}/records`,
    query,
    Rows,
    call,
  );
  const [row] = list;
  const start = row === undefined ? null : asTime(valueOf(row, startedAt));
  return start === null ? null : dayOf(start);
}
