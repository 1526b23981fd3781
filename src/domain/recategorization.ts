import type { Comparison } from './categorize/compare.js';
import type { ReportId } from './report/key.js';

/** Arguments, progress and result of a recategorization: what workflow, activities and command line exchange. */

export interface RecategorizeInput {
  /** Inclusive UTC days, `YYYY-MM-DD`. */
  startDate: string;
  endDate: string;
  appId?: string;
  /** Directory of the model on the categorize workers; absent: the one that they use. */
  modelDir?: string;
  mongodb: boolean;
  /** Compares, and switches nothing. */
  dryRun: boolean;
  /** State carried over by continue-as-new. */
  carried?: RecategorizeState;
  /** Continue as new after so many days; default 200. */
  daysAnExecution?: number;
}

export interface RecategorizeProgress {
  runId: string;
  startDate: string;
  endDate: string;
  appId: string | null;
  dryRun: boolean;
  status: 'running' | 'complete' | 'cancelled' | 'failed';
  /** `switched`: committed with other labels; `unchanged`: their labels are as they were. */
  days: { total: number; done: number; switched: number; unchanged: number };
  /** Conversations read, and those of which anything differs (labels, confidences, version of the model). */
  conversations: { read: number; changed: number };
  /** null until the first day is labelled. */
  modelVersion: string | null;
  taxonomyVersion: string | null;
}

export interface RecategorizeState {
  progress: RecategorizeProgress;
  /** Days still to be done. */
  days: string[];
  /** Days whose labels were switched, or would be. */
  touched: string[];
}

export interface RecategorizeSummary extends RecategorizeProgress {
  comparison: Comparison;
  /** Days whose labels were switched, or would be. */
  touchedDays: string[];
  /** Stored reports that are made of these days: they are built again when the run has ended. */
  reports: ReportId[];
  /** Object that holds this summary; beside it, one comparison a day. */
  summaryKey: string;
}

/** What one day came to, before it is switched. */
export interface RelabelledDay {
  /** The commit that the labels are made from; null: the day is not committed. */
  basis: { commitId: string; generation: string } | null;
  modelVersion: string;
  taxonomyVersion: string;
  read: number;
  changed: number;
  /** Staged labels, ready to be encoded; empty on a dry run. */
  pages: { batch: number; factsKey: string; labelledKey: string }[];
}

export const comparisonPrefix = (runId: string) => `_state/recategorize/${runId}/`;
export const comparisonKey = (runId: string, day: string) => `${comparisonPrefix(runId)}${day}.json`;
export const summaryKey = (runId: string) => `${comparisonPrefix(runId)}summary.json`;
