import type { BatchRange } from '../../domain/collection.js';
import type { Slot, Winner } from '../../domain/reading/catalogue.js';
import type { MessageKeys, MessageSpans } from '../../ports/conversation-source.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { encodeNdjson, iterateNdjson } from './ndjson.js';
import { SweptRowsGone, type OwnedSlice, type Slice } from './slices.js';

/** What the steps of a sweep leave for the next ones, under `_staging/<run>/_reading/`. Keys and numbers, no text. */

/** Of the walk over the conversations. */
export interface SweepPlan {
  /** When it began, epoch ms: the version of every conversation that it read. */
  startedAt: number;
  slots: Slot[];
  /** Rows of each day of the range. */
  days: [day: string, rows: number][];
  /** Primary keys of rows that are not the newest with their id, by slot. */
  losers: [slot: number, rowIds: string[]][];
  conversations: OwnedSlice[];
  messages: MessageSpans;
}

/** Of one span of the messages. */
export interface SweptSpan {
  rows: number;
  slices: OwnedSlice[];
}

/** A batch whose rows lie ready. */
export interface SweptBatch extends BatchRange {
  conversations: Slice[];
  messages: Slice[];
}

/** Row id of a message, and its version (domain/versions.ts). */
export type StagedVersion = [rowId: string, version: number];

export interface SweptDay {
  startedAt: number;
  losers: string[];
  /** Of the rows that share their message id with others; absent: there are none. */
  versions?: StagedVersion[];
  batches: SweptBatch[];
}

/** Which days have rows, or should have: counts of the source. */
export type SweptDays = [day: string, sourceCount: number][];

export function readingPrefix(runId: string): string {
  return `_staging/${runId}/_reading/`;
}

export const planKey = (prefix: string) => `${prefix}plan.json`;
export const keysKey = (prefix: string) => `${prefix}keys.ndjson.gz`;
export const daysKey = (prefix: string) => `${prefix}days.json`;
export const dayKey = (prefix: string, day: string) => `${prefix}${day}.json`;
export const idsKey = (name: string) => `${name}.ids`;
export const spanName = (prefix: string, span: number, attempt: number) => `${prefix}span-${span}-${attempt}`;

export async function putJson(
  store: ObjectStore,
  key: string,
  value: unknown,
  signal: AbortSignal,
): Promise<void> {
  await store.put(key, Buffer.from(JSON.stringify(value)), { signal });
}

/** @throws SweptRowsGone where there is no such object any more */
export async function getJson<T>(store: ObjectStore, key: string, signal: AbortSignal): Promise<T> {
  const object = await store.get(key, signal);
  if (object === null) throw new SweptRowsGone(key, store.location);
  return JSON.parse(Buffer.from(object.body).toString('utf8')) as T;
}

/** Conversations by what messages name them with, and the batch that each belongs to. */
export interface Wanted extends MessageKeys {
  slots: Int32Array;
  rowIds: string[];
}

type KeyLine = [rowId: string, slot: number, id: string | 0, others: string[] | 0];

export function encodeKeys(winners: Iterable<Winner>, uses: MessageSpans['uses']): Uint8Array {
  return encodeNdjson(lines());
  function* lines(): Generator<KeyLine> {
    for (const { rowId, slot, id, others } of winners) {
      yield [rowId, slot, uses.id ? id : 0, uses.row ? others : 0];
    }
  }
}

export function decodeKeys(bytes: Uint8Array): Wanted {
  const [byId, byRow] = [new Map<string, number>(), new Map<string, number>()];
  const [slots, rowIds]: [number[], string[]] = [[], []];
  for (const [rowId, slot, id, others] of iterateNdjson<KeyLine>(bytes)) {
    const place = rowIds.length;
    rowIds.push(rowId);
    slots.push(slot);
    if (id !== 0) byId.set(id, place);
    if (others === 0) continue;
    byRow.set(rowId, place);
    for (const other of others) byRow.set(other, place);
  }
  return { byId, byRow, slots: Int32Array.from(slots), rowIds };
}

/** What several activities wait for does not end with one of them. */
export const SHARED: AbortSignal = new AbortController().signal;

/** What was read last, by key; a reading that failed is forgotten. */
export class Recent<T> {
  private readonly values = new Map<string, Promise<T>>();

  constructor(private readonly size: number) {}

  get(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.values.get(key);
    if (known !== undefined) {
      this.values.delete(key);
      this.values.set(key, known);
      return known;
    }
    const value = read();
    this.values.set(key, value);
    value.catch(() => this.values.delete(key));
    const [oldest] = this.values.keys();
    if (this.values.size > this.size && oldest !== undefined) this.values.delete(oldest);
    return value;
  }
}
