import type { RowCounts } from '../domain/collection.js';
import type { Reject } from '../domain/records.js';

/** A part of one table: packed lines of JSON objects. */
export interface EncodedPart {
  /** Table file name, as in schema.ts: `conversations`, `messages`, … */
  file: string;
  rows: number;
  bytes: Uint8Array;
}

export interface ProcessedBatch {
  /** The facts, staged (`adapters/staging/threads.ts`). */
  facts: Uint8Array;
  /** Rejects that processing added to those of reading. */
  rejects: Reject[];
  conversations: Omit<RowCounts, 'received'>;
  messages: Omit<RowCounts, 'received'>;
}

export interface ProcessedSwept extends ProcessedBatch {
  /** Rejects of reading. */
  readRejects: Reject[];
  received: { conversations: number; messages: number };
}

/** What a sweep has staged of one batch, as it lies there: plain data, so that a thread can take it over. */
export interface SweptBytes {
  /** When the sweep began, epoch ms: the version of its conversations. */
  startedAt: number;
  /** Primary keys of rows that are not the newest with their id. */
  losers: string[];
  /** Versions of the messages that share their id with others, by row id. */
  versions: [rowId: string, version: number][];
  /** First and last primary key of the batch's conversations; the lines may hold others. */
  idFrom: string;
  idTo: string;
  /** Packed lines (`adapters/staging/slices.ts`). */
  conversations: Uint8Array[];
  messages: Uint8Array[];
}

/** CPU work off the event loop, so that heartbeats and workflow tasks never wait. Bytes go in, bytes come out. */
export interface CpuPool {
  /** @param raw packed NDJSON of RawThread */
  process(
    raw: Uint8Array,
    context: { source: string; runId: string },
    signal: AbortSignal,
  ): Promise<ProcessedBatch>;
  /** The same from what a sweep has staged. */
  processSwept(
    swept: SweptBytes,
    context: { source: string; runId: string },
    signal: AbortSignal,
  ): Promise<ProcessedSwept>;
  /** @param staged facts and their labels, as they are staged */
  encodeParts(
    staged: { facts: Uint8Array; labelled: Uint8Array },
    signal: AbortSignal,
  ): Promise<EncodedPart[]>;
  close(): Promise<void>;
}
