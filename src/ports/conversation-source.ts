import type { ChangedRow, SourceMark } from '../domain/changes.js';
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

/** Conversations of which a row or a message has been made or edited. */
export interface ChangedConversations {
  /** By UTC day, each with its rows by primary key ascending and what the source counts for the whole day. */
  days: { day: string; rows: ChangedRow[]; dayCount: number }[];
  /** Rows that match no day. */
  undated: number;
  /** Changed messages whose conversation is not there, or of another app. */
  orphanMessages: number;
  mark: SourceMark;
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
   * after each request, for heartbeats. With `rowIds`, primary keys, only these rows of the range are read.
   */
  readBatch(
    scope: SourceScope & BatchRange & { runId: string; rowIds?: readonly string[] },
    signal: AbortSignal,
    onProgress?: () => void,
  ): Promise<BatchReading>;
  /**
   * How many rows are stamped in `[since, until)`, epoch ms and whole seconds; null where a table has no stamps of its
   * own, so that nothing but reading whole days finds changes.
   */
  mark(window: { since: number; until: number }, signal: AbortSignal): Promise<SourceMark | null>;
  /** Whether nothing has come since a mark was taken, in a handful of requests. False: somebody has to look. */
  looksAs(mark: SourceMark, signal: AbortSignal): Promise<boolean>;
  /**
   * The conversations that changed from a time on, epoch ms and a whole second; null as `mark` does. Looks tables and
   * columns up anew. Throws UnknownApp as `survey` does.
   * @param scope.window of the mark that is taken before the first row is read
   */
  changes(
    scope: { appId?: string | undefined; since: number; window: { since: number; until: number } },
    signal: AbortSignal,
    onProgress?: () => void,
  ): Promise<ChangedConversations | null>;
  close(): Promise<void>;
}
