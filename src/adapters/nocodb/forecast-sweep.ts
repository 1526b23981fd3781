import { ROW_MS } from '../../domain/reading/strategy.js';
import type { DayCount, SourceForecast } from '../../ports/source-inspector.js';
import { spansOf, tailsOf } from './scan.js';
import { densityOf, Pace, type Extent } from './windows.js';

/** Arithmetic of a forecast where both tables are swept. Pure. */

/** First and last rows of a table. */
const EXTENT = 2;
/** The last id by now. */
const LAST_ID = 1;
/** The counts of the range, and of each messages table, that the rows are compared with. */
const COUNT = 1;

/** Requests of a sweep. */
export function sweepRequests(
  extents: readonly Extent[],
  { bulk, recount }: { bulk: boolean; recount: boolean },
): number {
  const [conversations, ...messages] = extents;
  if (conversations === undefined) return 0;
  let requests = EXTENT + walkRequests(conversations, conversations, bulk) + LAST_ID + (recount ? COUNT : 0);
  for (const [table, extent] of messages.entries()) {
    requests += EXTENT + COUNT;
    for (const { from, to } of [...spansOf(extent, table), ...tailsOf(extent, table)]) {
      requests += to === null ? LAST_ID : walkRequests(extent, { first: from, last: to }, bulk);
    }
  }
  return requests;
}

/** Requests of a walk through ids, as if its rows lay evenly. */
function walkRequests(
  extent: Extent,
  { first, last }: { first: number; last: number },
  bulk: boolean,
): number {
  const density = densityOf(extent);
  const pace = new Pace(density, extent.characters);
  let requests = 0;
  for (let at = first; at <= last;) {
    const { windows, end } = pace.bounds(at, last);
    requests += bulk ? 1 : windows.length;
    const ids = end - at + 1;
    pace.learn(ids, Math.max(1, ids * density), Math.max(1, ids * density) * extent.characters);
    at = end + 1;
  }
  return requests;
}

/** What a sweep of the range takes; its rows are counted, and nothing is sampled. */
export function forecastSweep(
  days: readonly DayCount[],
  extents: readonly Extent[],
  more: { requests: number; batchSize: number; requestsPerSecond: number },
): Pick<SourceForecast, 'conversations' | 'messages' | 'batches' | 'requests' | 'ms' | 'sampled'> {
  const conversations = days.reduce((sum, day) => sum + day.conversations, 0);
  const rows = extents.slice(1).reduce((sum, table) => sum + table.rows, 0);
  const share = Math.min(1, conversations / Math.max(1, extents[0]?.rows ?? 0));
  const all = rows + (extents[0]?.rows ?? 0);
  return {
    conversations,
    messages: Math.round(rows * share),
    batches: days.reduce((sum, day) => sum + Math.ceil(day.conversations / more.batchSize), 0),
    requests: more.requests,
    ms: Math.round(Math.max((more.requests / more.requestsPerSecond) * 1000, all * ROW_MS)),
    sampled: { batches: 0, conversations: 0, messages: 0 },
  };
}
