import type { ReadingStrategy } from './reading/strategy.js';
import type { ChangedDays, WatermarkMove } from './changes.js';
import type { RejectReason } from './records.js';

/** Arguments, progress and result of a collection: what workflows, activities and the command line exchange. */

/** A range of one day's conversations by primary key, never the data. Ids are inclusive, as text. */
export interface BatchRange {
  idFrom: string;
  idTo: string;
  /** Conversation rows that the plan saw in this range. */
  count: number;
}

/** Highest number of batches in flight that may be asked for; the server advises at most 500 pending children. */
export const MAX_CONCURRENCY = 500;

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
  /** Continue as new after so many history events, if the server has not suggested it earlier. */
  maxHistoryLength?: number;
  /** State carried over by continue-as-new; absent on the first execution. */
  carried?: CollectState;
  /** Runs failed batches of a closed run again, and nothing else: goes on with the books that it kept. */
  retry?: RetryInput;
  /** Reads what has changed since the watermark instead of whole days; the days given are then only for people. */
  mode?: 'changes';
  /** With `mode`: what to read, found by somebody else; else the run looks itself. */
  changed?: ChangedDays;
  /** Set the watermark at the end: the range holds every day up to now that nobody has collected. */
  setWatermark?: true;
}

export interface RetryInput {
  /** `runId` of the run's progress: names its records. */
  runId: string;
  /** Which (`batchName`); absent: all that failed. */
  batches?: string[];
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
  status: 'running' | 'paused' | 'cancelling' | 'complete' | 'partial' | 'cancelled' | 'failed';
  /** Why it is paused; null otherwise. */
  pauseReason: string | null;
  days: { total: number; done: number; incomplete: number };
  batches: { planned: number; running: number; done: number; failed: number };
  /** Conversations of the days planned so far, by the source's own count. */
  plannedConversations: number;
  /** Rows that match no date range (no start, before 2000, in the future), by the source's count. */
  undatedConversations: number;
  /** `changes`: reads what has changed since a time; absent: whole days. */
  mode?: 'changes';
  /** What a person should know of how the run chose its rows. */
  notice?: string;
  /** Days whose received rows differ from the source's count (at most 20 are listed). */
  mismatches: { day: string; expected: number; received: number }[];
  concurrency: number;
  /** How the rows are read; absent in runs of release 0.2.0 and before, and where failed batches are run again. */
  reading?: ReadingProgress;
}

export interface ReadingProgress {
  strategy: ReadingStrategy;
  /** Why, in a line. */
  reason: string;
  /** Of a sweep: message rows read so far, and in all; null for other strategies. */
  messages: { read: number; total: number } | null;
}

/** What a sweep reads: whole tables, and of them the rows of these days and this app. */
export interface SweepRange {
  startDate: string;
  endDate: string;
  appId?: string;
  batchSize: number;
}

/** Result of a collection. `failuresKey` names the object that lists the failed batches, null where none failed. */
export interface CollectSummary extends CollectProgress {
  failuresKey: string | null;
}

/** A day that is being collected: plain bookkeeping, small enough to carry over. */
export interface DayState {
  day: string;
  /** `unplanned`, then the source's opaque cursor, then null: planned to its end. */
  cursor: string | null;
  planning: 'unplanned' | 'partly' | 'done';
  /** When the day's planning began, epoch ms: rows last seen before it and not since have left the source. */
  plannedAt: number;
  /** Batches. */
  planned: number;
  done: number;
  failed: number;
  /** Conversation rows: by the source's count, and received so far. */
  sourceCount: number;
  received: number;
  /** Ranges planned but not yet started; `again`: one that has failed before. */
  queue: (PlannedBatch & { again?: true })[];
  /** True where a limit cut the plan. */
  cut: boolean;
  /** What `failed` counts, to be run again. Absent in days that release 0.1.0 opened. */
  failedBatches?: PlannedBatch[];
  /** Only these conversations of the day are read; absent: all. */
  part?: DayPart;
}

/** Some conversations of a day: those that have changed. */
export interface DayPart {
  /** Object that lists their rows (`adapters/staging/changed-rows.ts`). */
  key: string;
  /** Whether, with them, every row of the day is known. */
  covers: boolean;
  /** Conversation rows of the whole day, by the source's count. */
  dayCount: number;
}

export type PlannedBatch = BatchRange & { batch: number };

/** `2026-08-01/3`: a batch of a run, as people and updates name it. */
export function batchName({ day, batch }: { day: string; batch: number }): string {
  return `${day}/${batch}`;
}

export interface CollectState {
  progress: CollectProgress;
  /** First day not yet opened, `YYYY-MM-DD`; null: all are open or done. */
  nextDay: string | null;
  openDays: DayState[];
  /** Conversations that a limit still allows; null: no limit. */
  remaining: number | null;
  /** Days committed without the batches that failed. Absent in state of release 0.1.0, as is `streak`. */
  incompleteDays?: DayState[];
  /** Batches that failed one after another, or while the run was paused; null: the last one did not fail. */
  streak?: FailureStreak | null;
  /** Where a sweep has staged the rows, and when it began, epoch ms. */
  swept?: { prefix: string; startedAt: number } | null;
  /** Where the run reads only what has changed: the days of it that follow `nextDay` stand in its index. */
  changed?: ChangedDays;
  /** To be set when everything is committed. */
  watermark?: WatermarkMove;
}

export interface FailureStreak {
  /** Failure type of the first. */
  type: string;
  /** Names (`batchName`). */
  batches: string[];
}

export interface BatchInput extends BatchRange {
  /** First execution run id of the collection: names the staging area and the rows' `run_id`. */
  runId: string;
  day: string;
  batch: number;
  appId?: string;
  mongodb: boolean;
  /** Where a sweep has staged its rows; absent: they are asked for. */
  swept?: string;
  /** Object that lists the rows of the day that are read (`DayPart.key`): of the range only these. */
  rowsKey?: string;
}

export type BatchResult = BatchTotals;

/** What is known of a failed batch: enough to read why and to retry it. No text of conversations. */
export interface FailedBatch extends BatchRange {
  day: string;
  batch: number;
  /** Name of the activity that gave up, and its stage; null where the batch failed outside one. */
  activity: string | null;
  stage: Stage | null;
  /** Attempts of that activity; null where it could not tell, such as after a timeout. */
  attempts: number | null;
  /** A FailureType, `Timeout:<which>`, or `Unexpected`. */
  type: string;
  message: string;
}

/** Answer of the `retryFailedBatches` update. */
export interface RetryAccepted {
  /** Batches that are to run again. */
  batches: number;
  progress: CollectProgress;
}
