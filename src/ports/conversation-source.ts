import type { BatchRange } from '../domain/collection.js';
import type { RawThread, Reject } from '../domain/records.js';

export interface SourceScope {
  /** UTC day, `YYYY-MM-DD`. */
  day: string;
  appId?: string | undefined;
}

export interface SourceSurvey {
  /** Name that prefixes every key: NOCODB_SOURCE, else the base id. */
  source: string;
  /** Conversation rows whose start is null, before 2000 or in the future: they match no range. */
  undatedConversations: number;
  /** Requests the survey used. */
  requests: number;
}

export interface PlanPage {
  batches: BatchRange[];
  /** Opaque; null: the day is planned to its end. */
  cursor: string | null;
  /** Conversation rows that the source counts for the whole day and app. */
  sourceCount: number;
}

export interface BatchReading {
  threads: RawThread[];
  rejects: Reject[];
  /** Rows received, stored or rejected: conversations = threads + rejected conversations. */
  received: { conversations: number; messages: number };
}

/** Where conversations come from. Every method may throw PipelineError of the Source* kinds. */
export interface ConversationSource {
  /** Checks access, tables and mapping, an app id if given (UnknownApp lists the known ones), and counts undated rows. */
  survey(appId: string | undefined, signal: AbortSignal): Promise<SourceSurvey>;
  /**
   * UTC day of the oldest conversation row, of one app where it is given; null where no row has a start that a range can
   * hold. Throws UnknownApp as `survey` does.
   */
  firstDay(appId: string | undefined, signal: AbortSignal): Promise<string | null>;
  /**
   * Splits a day into ranges of at most `batchSize` conversations, at most `maxBatches` a page, by primary key
   * ascending. Pass the returned cursor on for the next page.
   */
  planDay(
    scope: SourceScope,
    options: { batchSize: number; maxBatches: number; cursor: string | null },
    signal: AbortSignal,
  ): Promise<PlanPage>;
  /** How many conversation rows the source has for the day and app now. */
  countDay(scope: SourceScope, signal: AbortSignal): Promise<number>;
  /**
   * Reads a range: its conversation rows and all their messages. Of several conversation rows with one id, wherever
   * in the table they lie, only the newest is returned; the others of this range are rejects. `onProgress` is called
   * after each request, for heartbeats.
   */
  readBatch(
    scope: SourceScope & BatchRange & { runId: string },
    signal: AbortSignal,
    onProgress?: () => void,
  ): Promise<BatchReading>;
  close(): Promise<void>;
}
