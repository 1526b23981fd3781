import type { RowCounts } from '../domain/collection.js';
import type { Reject } from '../domain/records.js';

/** A Parquet part of one table, as bytes. */
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

/** CPU work off the event loop, so that heartbeats and workflow tasks never wait. Bytes go in, bytes come out. */
export interface CpuPool {
  /** @param raw gzip NDJSON of RawThread */
  process(
    raw: Uint8Array,
    context: { source: string; runId: string },
    signal: AbortSignal,
  ): Promise<ProcessedBatch>;
  /** @param staged facts and their labels, as they are staged */
  encodeParts(
    staged: { facts: Uint8Array; labelled: Uint8Array },
    signal: AbortSignal,
  ): Promise<EncodedPart[]>;
  close(): Promise<void>;
}
