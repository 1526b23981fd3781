import type { ChangedRow, SourceMark } from '../domain/changes.js';
import type { BatchRange } from '../domain/collection.js';
import type { RawConversation, RawMessage, RawThread, Reject } from '../domain/records.js';
import type { ReadingStrategy } from '../domain/reading/strategy.js';
import type { SweptConversation } from '../domain/reconcile.js';

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

/** Inclusive UTC days, `YYYY-MM-DD`, of all apps or one. */
export interface SourceRange {
  startDate: string;
  endDate: string;
  appId?: string | undefined;
}

/** How a range is best read, and why, in a line for people. */
export interface ReadingChoice {
  strategy: ReadingStrategy;
  reason: string;
}

/** A row as our record, or what of it does not fit. */
export type Scanned<T> =
  { ok: true; value: T } | { ok: false; rowId: string; field: string; appId: string | null };

export interface ScannedConversation {
  row: Scanned<RawConversation>;
  rowId: string;
  /** Conversation id; null: it has none. */
  id: string | null;
  /** UTC day of its start; null: it matches no range. */
  day: string | null;
  /** Latest of UpdatedAt ∨ CreatedAt, epoch ms. */
  version: number;
  /** False where it belongs to another app than the one asked for. */
  isOfApp: boolean;
}

export interface ScannedMessage {
  /** What `MessageKeys` holds for its conversation. */
  conversation: number;
  /** A whole number: others cannot be walked. */
  primaryKey: number;
  /** Without its stamps: see `messageVersions`. */
  row: Scanned<RawMessage>;
}

/** Part of a messages table by primary key, inclusive. `to` null: all that lies behind `from` by now. */
export interface MessageSpan {
  /** Place of the table among those that hold messages. */
  table: number;
  from: number;
  to: number | null;
  /** Rows an id, and characters a row, as far as that is known. */
  density?: number;
  characters?: number;
}

/** The conversations whose messages are wanted, by what a message names them with. */
export interface MessageKeys {
  byId: ReadonlyMap<string, number>;
  byRow: ReadonlyMap<string, number>;
}

/** What a sweep of the messages has before it. */
export interface MessageSpans {
  /** Spans that together hold every row that was there when they were made. */
  spans: MessageSpan[];
  /** Spans to be read once the others are, for what has come since. */
  tails: MessageSpan[];
  /** Rows of all tables, by the source's count. */
  rows: number;
  /** Which keys the tables use. */
  uses: { id: boolean; row: boolean };
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

/** Keys and counts of whole tables. */
export interface SourceSweep {
  /** One a conversation id, by the row that counts. */
  conversations: SweptConversation[];
  /** Primary keys of conversation rows without a usable start. */
  undatedRows: string[];
  /** Messages that name no conversation that is there; the first of them by primary key. */
  orphanMessages: number;
  orphanRows: string[];
  rows: { conversations: number; messages: number };
  requests: number;
  /** When it began, epoch ms. */
  sweptAt: number;
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
  /** How to read a range. Strategies differ in what they cost, never in the rows that they give. */
  chooseReading(
    range: SourceRange,
    options: { batchSize: number; limit?: number | undefined },
    signal: AbortSignal,
  ): Promise<ReadingChoice>;
  /** Every conversation row of the table, by primary key ascending, a few thousand at a time. */
  scanConversations(
    appId: string | undefined,
    now: number,
    signal: AbortSignal,
    onProgress?: () => void,
  ): AsyncIterable<ScannedConversation[]>;
  /** Splits the messages tables into spans of some ten thousand rows. */
  messageSpans(signal: AbortSignal): Promise<MessageSpans>;
  /** The messages of a span whose conversations are wanted, and how many rows there were in all. */
  scanMessages(
    span: MessageSpan,
    keys: MessageKeys,
    signal: AbortSignal,
    onProgress?: () => void,
  ): AsyncIterable<{ rows: number; messages: ScannedMessage[] }>;
  /**
   * What a scan leaves out: which of several rows with one message id is the newest.
   * @param rows primary keys of rows of one table
   * @returns their versions (domain/versions.ts); without rows that are gone, and without any where the table has no stamps
   */
  messageVersions(
    rows: { table: number; rows: readonly string[] },
    signal: AbortSignal,
  ): Promise<{ row: string; rowId: string; version: number }[]>;
  /** Message rows that the source counts now, of all tables. */
  countMessages(signal: AbortSignal): Promise<number>;
  /**
   * Compares counts of days with the source's own, in one request where they agree.
   * @returns the days that differ, with what the source counts
   */
  recount(
    range: SourceRange,
    counted: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ): Promise<Map<string, number>>;
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
  /** Reads keys and stamps of every row of all tables, and no text. */
  sweep(signal: AbortSignal, onProgress?: () => void): Promise<SourceSweep>;
  close(): Promise<void>;
}
