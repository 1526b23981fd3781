import type { LabelledThread } from '../domain/thread.js';

/** A queryable copy of the lake's rows (MongoDB). Throws PipelineError Mongo*. */
export interface Projection {
  /** Creates collections' indexes; safe to repeat. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Writes conversations with their messages and categories. A newer `fetched_at` replaces all rows of a conversation,
   * an older one changes nothing. Safe to repeat.
   */
  write(threads: LabelledThread[], signal: AbortSignal, onProgress?: () => void): Promise<void>;
  /** Sets `deleted_at` of conversations that have left the source. */
  markDeleted(
    rows: { conversation_key: string; fetched_at: number; deleted_at: number }[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Removes conversations with all their rows, unless a newer version has been written. */
  remove(rows: { conversation_key: string; fetched_at: number }[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
