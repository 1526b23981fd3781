import { writeFile } from 'node:fs/promises';
import type { RejectCounts } from '../../domain/collection.js';
import type { Reject } from '../../domain/records.js';
import { literal, type DuckDb } from './duckdb.js';

/** A reading that saw every row of its scope: rejects of earlier readings that it does not repeat are gone. */
export interface FullRead {
  runId: string;
  appId: string | null;
  plannedAt: number;
}

/** Newest reject of each source row; the result is in order of table and row. Pure. */
export function mergeRejects(
  committed: readonly Reject[],
  incoming: readonly Reject[],
  full: FullRead | null,
): Reject[] {
  const kept = full === null ? committed : committed.filter((reject) => !isOutdated(reject, full));
  const newest = new Map<string, Reject>();
  for (const reject of [...kept, ...incoming]) {
    const key = JSON.stringify([reject.source, reject.table, reject.source_row_id]);
    const other = newest.get(key);
    if (other === undefined || compare(reject, other) > 0) newest.set(key, reject);
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reject]) => reject);
}

export function countRejects(rejects: readonly Reject[]): RejectCounts {
  const counts: RejectCounts = {};
  for (const { reason } of rejects) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/**
 * Drops rejects that the merged day has overtaken: their row is stored by a newer reading, or their conversation has
 * been read anew by another run and no longer yields them. Reads the tables `new_conversations` and `new_messages`.
 */
export async function dropOvertaken(
  db: DuckDb,
  rejects: readonly Reject[],
  scratch: string,
  signal: AbortSignal,
): Promise<Reject[]> {
  if (rejects.length === 0) return [];
  const lines = rejects.map((r, i) =>
    JSON.stringify({ ...r, i, field: undefined, reason: undefined, fetched_at: r.fetched_at * 1000 }),
  );
  await writeFile(scratch, lines.join('\n'));
  const rows = await db.rows<{ i: number }>(
    `WITH rejects AS (
       SELECT * REPLACE (make_timestamptz(fetched_at) AS fetched_at) FROM read_json(${literal(scratch)},
         format = 'newline_delimited',
         columns = {i: 'INTEGER', "table": 'VARCHAR', source: 'VARCHAR', source_row_id: 'VARCHAR',
                    conversation_key: 'VARCHAR', fetched_at: 'BIGINT', run_id: 'VARCHAR'}))
     SELECT i FROM rejects r
     WHERE NOT EXISTS (FROM new_conversations s WHERE r."table" = 'conversations'
                       AND s.source_row_id = r.source_row_id AND s.source = r.source AND s.fetched_at > r.fetched_at)
       AND NOT EXISTS (FROM new_messages s WHERE r."table" = 'messages'
                       AND s.source_row_id = r.source_row_id AND s.source = r.source AND s.fetched_at > r.fetched_at)
       AND NOT EXISTS (FROM new_conversations s WHERE r."table" = 'messages'
                       AND s.conversation_key = r.conversation_key AND s.fetched_at > r.fetched_at
                       AND s.run_id <> r.run_id)`,
    signal,
  );
  const kept = new Set(rows.map((row) => row.i));
  return rejects.filter((_, i) => kept.has(i));
}

function isOutdated(reject: Reject, full: FullRead): boolean {
  return (
    reject.run_id !== full.runId &&
    reject.fetched_at < full.plannedAt &&
    (full.appId === null || reject.app_id === full.appId)
  );
}

function compare(a: Reject, b: Reject): number {
  if (a.fetched_at !== b.fetched_at) return a.fetched_at - b.fetched_at;
  const order = (r: Reject): string => `${r.run_id}\0${r.reason}\0${r.field ?? ''}`;
  return order(a) < order(b) ? -1 : 1;
}
