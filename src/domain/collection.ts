import type { RejectReason } from './records.js';

/** Arguments, progress and result of a collection: what workflows, activities and the command line exchange. */

/** A range of one day's conversations by primary key, never the data. Ids are inclusive, as text. */
export interface BatchRange {
  idFrom: string;
  idTo: string;
  /** Conversation rows that the plan saw in this range. */
  count: number;
}

export interface CollectInput {
  /** Inclusive UTC days, `YYYY-MM-DD`. */
  startDate: string;
  endDate: string;
  appId?: string;
  /** Conversations a batch. */
  batchSize: number;
  /** Batches in flight. */
  concurrency: number;
  mongodb: boolean;
  /** At most so many conversations; the days it cuts are committed as incomplete. */
  limit?: number;
  /** State carried over by continue-as-new; absent on the first execution. */
  carried?: CollectState;
}

export type RejectCounts = Partial<Record<RejectReason, number>>;
export const STAGES = ['fetch', 'process', 'categorize', 'store'] as const;
export type Stage = (typeof STAGES)[number];

/** Counts of rows; `received = stored + rejected`, for conversations and for messages. */
export interface RowCounts {
  received: number;
  stored: number;
  rejected: number;
}

export interface BatchTotals {
  conversations: RowCounts;
  messages: RowCounts;
  rejects: RejectCounts;
  /** Wall milliseconds of activity execution by stage, summed over batches. */
  stageMs: Record<Stage, number>;
}

/** How a collection stands: answer of the `progress` query. */
export interface CollectProgress extends BatchTotals {
  runId: string;
  startDate: string;
  endDate: string;
  appId: string | null;
  status: 'running' | 'paused' | 'cancelling' | 'complete' | 'partial' | 'cancelled';
  /** Why it is paused; null otherwise. */
  pauseReason: string | null;
  days: { total: number; done: number; incomplete: number };
  batches: { planned: number; running: number; done: number; failed: number };
  /** Conversations of the days planned so far, by the source's own count. */
  plannedConversations: number;
  /** Rows that match no date range (no start, before 2000, in the future), by the source's count. */
  undatedConversations: number;
  /** Days whose received rows differ from the source's count (at most 20 are listed). */
  mismatches: { day: string; expected: number; received: number }[];
  concurrency: number;
}

/** Result of a collection. `failuresKey` names the object that lists the failed batches, null where none failed. */
export interface CollectSummary extends CollectProgress {
  failuresKey: string | null;
}

/** A day that is being collected: plain bookkeeping, small enough to carry over. */
export interface DayState {
  day: string;
  /** Opaque; null: planning has ended. undefined: planning has not begun. */
  cursor?: string | null;
  /** When the day's planning began, epoch ms: rows last seen before it and not since have left the source. */
  plannedAt?: number;
  planned: number;
  done: number;
  failed: number;
  sourceCount: number;
  received: number;
  /** Ranges planned but not yet started. */
  queue: (BatchRange & { batch: number })[];
  /** True where a limit cut the plan. */
  cut: boolean;
}

export interface CollectState {
  progress: CollectProgress;
  /** First day not yet opened, `YYYY-MM-DD`; null: all are open or done. */
  nextDay: string | null;
  openDays: DayState[];
  remaining: number | null;
  paused: boolean;
}

export interface BatchInput extends BatchRange {
  /** First execution run id of the collection: names the staging area and the rows' `run_id`. */
  runId: string;
  day: string;
  batch: number;
  appId?: string;
  mongodb: boolean;
}

export type BatchResult = BatchTotals;
