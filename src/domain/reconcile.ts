/** Arguments, progress and result of a reconciliation: source and lake compared, and what differs put right. */

/** What becomes of conversations that the source no longer has: `deleted_at` is set, or their rows go. */
export type GoneRule = 'mark' | 'remove';

export interface ReconcileInput {
  /** Inclusive UTC days. */
  startDate: string;
  endDate: string;
  appId?: string;
  gone: GoneRule;
  /** Says what differs, and changes nothing. */
  dryRun: boolean;
  /** Of the collection that reads again what differs. */
  batchSize: number;
  concurrency: number;
  mongodb: boolean;
}

/** What differs, in conversations where nothing else is said. */
export interface Differences {
  /** In the lake, and no longer in the source (or there without a usable start). */
  deleted: number;
  /** In the source, and not in the lake. */
  missing: number;
  /** In the lake in another version: another number of messages, another stamp, marked as deleted. */
  changed: number;
  /** Messages that the source no longer has, of conversations that it has. */
  deletedMessages: number;
  /** In the lake under another day than their start says. */
  moved: number;
}

export interface ReconcileProgress {
  runId: string;
  startDate: string;
  endDate: string;
  appId: string | null;
  gone: GoneRule;
  dryRun: boolean;
  status: 'running' | 'complete' | 'partial';
  step: 'reading the source' | 'comparing' | 'reading again' | 'deleting' | 'done';
  /** Rows of the whole tables; null until they are read. */
  source: { conversations: number; messages: number; requests: number } | null;
  /** Conversations of the range, as compared; null until then. */
  compared: { source: number; lake: number } | null;
  differences: Differences | null;
  /** Rows of the source that match no range: conversations without a usable start, messages without conversation. */
  unmatched: { undatedConversations: number; orphanMessages: number } | null;
  /** Conversations read again, and marked or removed. */
  healed: { read: number; gone: number };
  /** Object that lists what differs, one JSON object a line: ids and days; null where nothing does. */
  findingsKey: string | null;
}

/** A row of the list. */
export interface Finding {
  kind: 'deleted' | 'missing' | 'changed' | 'moved' | 'undated_conversation' | 'orphan_message';
  day: string | null;
  conversation_id: string | null;
  /** Primary key of the row in the source; null where it has none any more. */
  source_row_id: string | null;
}

/** A conversation of the source, as swept: one a conversation id, by the row that counts. */
export interface SweptConversation {
  id: string;
  rowId: string;
  /** null: no usable start. */
  day: string | null;
  appId: string | null;
  /** UpdatedAt, epoch ms; null: never edited, or not known. */
  updatedAt: number | null;
  /** Message rows that name it. */
  messages: number;
}

/** Conversations of a day that are gone from the source. */
export interface GoneDay {
  day: string;
  /** Object that lists their versions. */
  key: string;
  conversations: number;
}

/** A stored version of a conversation. */
export interface StoredVersion {
  conversation_key: string;
  fetched_at: number;
  run_id: string;
}
