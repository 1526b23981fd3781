import type { StoredRevision } from './report-book.js';

/** A queryable copy of stored reports (MongoDB). Throws PipelineError Mongo*. */
export interface ReportProjection {
  /** Writes a revision, with the time at which it was built (epoch ms). Safe to repeat. */
  writeReport(revision: StoredRevision, builtAt: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
