import type { RejectCounts } from '../domain/collection.js';
import type { GoneRule, StoredVersion } from '../domain/reconcile.js';
import type { Reject } from '../domain/records.js';
import type { EncodedPart } from './cpu-pool.js';

/** Names the objects of one batch under `_staging/<runId>/<day>/<batch>/`. */
export interface BatchRef {
  runId: string;
  day: string;
  batch: number;
}

export interface CommitDayInput {
  runId: string;
  day: string;
  /** null: all apps. */
  appId: string | null;
  /** Batches that the plan made; those without a `_done.json` count as failed. */
  plannedBatches: number;
  /** When planning of the day began, epoch ms. */
  plannedAt: number;
  /** The source's own count of conversation rows. */
  sourceCount: number;
  /** False where a limit or a failed batch left rows out. */
  complete: boolean;
  /** Rows are known complete up to here, epoch ms: end of day, or plannedAt for a running day. */
  coveredUntil: number;
  /**
   * Object that lists the only conversations of the day that were read (`ChangedRow`): the others stay as they are.
   * Absent: the whole day was read.
   */
  rowsKey?: string;
  /** With `rowsKey`: whether every row of the day is known all the same. */
  covers?: boolean;
}

export interface AppCoverage {
  covered_until: number;
  complete: boolean;
  source_count: number;
  run_id: string;
}

export interface DayManifest {
  day: string;
  commit_id: string;
  generation: string;
  committed_at: number;
  schema_version: number;
  model_versions: string[];
  taxonomy_versions: string[];
  /** table file name → its object; a table without rows has none. */
  files: Record<string, { key: string; rows: number; bytes: number; sha256: string }>;
  rejects: { key: string; rows: number; by_reason: RejectCounts } | null;
  /** Smallest and largest event time, epoch ms; null without messages. */
  min_event_at: number | null;
  max_event_at: number | null;
  has_open_conversations: boolean;
  /** App id (percent-encoded), `_all` or `_none` → how far it is covered. */
  coverage: Record<string, AppCoverage>;
  /** Conversations that came here from another day, which they must still leave; see docs/lake.md. */
  moved_in?: { conversation_key: string; from: string }[];
  /** Conversations that left for another day: an older version of them must not come back. */
  moved_out?: { conversation_key: string; fetched_at: number; run_id: string }[];
}

export interface CommitDayResult {
  manifestKey: string;
  generation: string;
  rows: { conversations: number; messages: number; categories: number };
  rejected: number;
  deleted: number;
}

export interface DropGoneInput {
  runId: string;
  day: string;
  versions: readonly StoredVersion[];
  rule: GoneRule;
  /** `deleted_at` of those that are marked, epoch ms. */
  at: number;
}

/** The Parquet lake: day partitions committed by manifest. Throws PipelineError Lake*. */
export interface Lake {
  /** Stores a batch's encoded parts (CpuPool.encodeParts), and last the `_done.json` that names them. */
  putParts(ref: BatchRef, parts: EncodedPart[], rejects: Reject[], signal: AbortSignal): Promise<void>;
  /** Merges the parts of a day into a new generation and commits it by its manifest; safe to repeat. */
  commitDay(input: CommitDayInput, signal: AbortSignal, onProgress?: () => void): Promise<CommitDayResult>;
  /**
   * Marks conversations of a day as deleted, or takes their rows out of it; coverage stays. Versions newer than those
   * given are left alone. Safe to repeat. @returns how many there were
   */
  dropGone(input: DropGoneInput, signal: AbortSignal, onProgress?: () => void): Promise<number>;
  readManifest(day: string, signal?: AbortSignal): Promise<DayManifest | null>;
  /** Conversations of a committed day that have left the source, for the MongoDB projection. */
  deletedConversations(
    day: string,
    signal?: AbortSignal,
  ): Promise<{ conversation_key: string; fetched_at: number; deleted_at: number }[]>;
}
