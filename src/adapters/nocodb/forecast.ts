import type { BatchRange } from '../../domain/collection.js';
import type { DayCount, ForecastOptions } from '../../ports/source-inspector.js';
import { encodedLength, MAX_ENCODED } from './keys.js';
import { keysPerFilter, LOOKUP_KEYS } from './read.js';
import { QUERIES_A_REQUEST } from './records.js';

/** Arithmetic of a forecast: how many requests the plan and the batches of a collection take. Pure. */

const PAGE = 1000;
/** What a reader takes for the messages of a conversation before it has seen any. */
const FIRST_AVERAGE = 10;

/** What the sampled batches tell. */
export interface Sample {
  /** Messages a conversation, by messages table. */
  messagesEach: number[];
  /** Characters that a conversation key takes in a filter. */
  keyLength: number;
  /** Whether several queries share a request. */
  bulk: boolean;
  /** Whether rows with the same conversation id are looked up. */
  lookup: boolean;
  /** Requests a batch beyond what the arithmetic says: conversations far longer than the average. */
  extra: number;
}

/** A day as the plan will see it. */
export interface PlannedDay extends DayCount {
  /** Rows that the server sends for one that belongs to the day; 1 where it can tell them apart. */
  spread: number;
}

/** Sizes of the batches of a range, days in order, cut to a limit. */
export function batchSizes(days: readonly PlannedDay[], { batchSize, limit }: ForecastOptions): number[][] {
  let left = limit ?? Number.POSITIVE_INFINITY;
  return days.map(({ conversations }) => {
    const sizes: number[] = [];
    for (let rest = Math.min(conversations, left); rest > 0; rest -= batchSize) {
      sizes.push(Math.min(rest, batchSize));
    }
    left -= Math.min(conversations, left);
    return sizes;
  });
}

/** Requests that plan the days: primary keys, a thousand a request, and one for a day without rows. */
export function planRequests(days: readonly PlannedDay[], options: ForecastOptions): number {
  const wanted = options.batchSize * options.maxBatches;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let requests = 0;
  for (const { conversations, spread } of days) {
    if (left <= 0) break;
    let rest = Math.min(conversations, left);
    left -= rest;
    do {
      // Where the server sends more than belongs to the day, each page of the plan reads all that is left of it.
      requests += spread === 1 ? pages(Math.min(rest, wanted)) : pages(rest * spread);
      rest -= wanted;
    } while (rest > 0);
  }
  return requests;
}

/** Requests that read the batches, in the order of the run: the first ones do not know yet how long conversations are. */
export function readRequests(
  batches: readonly { size: number; spread: number }[],
  sample: Sample,
  parallel: number,
): number {
  const averages = sample.messagesEach.map(() => FIRST_AVERAGE);
  let requests = 0;
  for (const [index, { size, spread }] of batches.entries()) {
    requests += batchRequests(size, spread, averages, sample);
    if (index + 1 < parallel) continue;
    sample.messagesEach.forEach((each, table) => {
      averages[table] = ((averages[table] ?? FIRST_AVERAGE) + Math.max(1, each)) / 2;
    });
  }
  return requests;
}

/** Requests of one batch: its rows, who else has their ids, and the messages of each table. */
export function batchRequests(
  size: number,
  spread: number,
  averages: readonly number[],
  { messagesEach, keyLength, bulk, lookup, extra }: Sample,
): number {
  const perUrl = Math.max(1, Math.floor(MAX_ENCODED / keyLength));
  let requests = pages(size * spread) + extra;
  if (lookup) requests += rounds(Math.ceil(size / Math.min(LOOKUP_KEYS, perUrl)), 1, bulk);
  for (const [table, each] of messagesEach.entries()) {
    const keys = Math.min(keysPerFilter(averages[table] ?? FIRST_AVERAGE), perUrl, size);
    requests += rounds(Math.ceil(size / keys), pages(keys * each), bulk);
  }
  return requests;
}

function rounds(filters: number, pagesEach: number, bulk: boolean): number {
  return pagesEach * (bulk ? Math.ceil(filters / QUERIES_A_REQUEST) : filters);
}

function pages(rows: number): number {
  return Math.max(1, Math.ceil(rows / PAGE));
}

/** Where to look: batches at equal distances through the range. */
export function samplePlaces(
  sizes: readonly (readonly number[])[],
  wanted: number,
): { day: number; batch: number }[] {
  const all = sizes.flatMap((batches, day) => batches.map((_, batch) => ({ day, batch })));
  if (all.length <= wanted) return all;
  const places = Array.from({ length: wanted }, (_, n) => all[Math.floor(((n + 0.5) * all.length) / wanted)]);
  return places.filter((place) => place !== undefined);
}

/** Characters of a key in a filter, with its quotes and comma, encoded. */
export function keyLengthOf(keys: readonly string[]): number {
  const lengths = keys.map((key) => encodedLength(`"${key}",`));
  return lengths.length === 0 ? 20 : lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}

export type SampledBatch = BatchRange & { day: string };
