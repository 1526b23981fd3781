import { z } from 'zod';

/**
 * Rows as a source adapter hands them over: mapped to our names, times parsed to epoch milliseconds UTC, nothing
 * judged yet. The zod schemas are the boundary: what does not fit becomes a Reject and never an exception.
 */

const id = z.string().min(1);
const optionalText = z.string().nullable();
const epochMs = z.number().int();

export const RawConversation = z.object({
  /** Primary key of the row, as text. */
  rowId: id,
  /** Mapped conversation id; the row's primary key where none is mapped. */
  conversationId: id,
  appId: optionalText,
  userId: optionalText,
  startedAt: epochMs,
  startedAtBasis: z.enum(['mapped', 'created_at']),
  status: optionalText,
  closedAt: epochMs.nullable(),
  createdAt: epochMs.nullable(),
  updatedAt: epochMs.nullable(),
});
export type RawConversation = z.infer<typeof RawConversation>;

export const RawMessage = z.object({
  rowId: id,
  messageId: id,
  role: optionalText,
  /** Text, a JSON content array or object, or null. */
  content: z.json(),
  /** True where a mapped attachments column holds something. */
  hasAttachments: z.boolean(),
  /** null: absent or unreadable in the source. */
  sentAt: epochMs.nullable(),
  agentId: optionalText,
  isPrivate: z.boolean().nullable(),
  createdAt: epochMs.nullable(),
  updatedAt: epochMs.nullable(),
  /** Place of its table among several that hold messages: decides between equal times. Absent: 0. */
  order: z.number().int().nonnegative().optional(),
});
export type RawMessage = z.infer<typeof RawMessage>;

/** One conversation with the messages that the source holds for it, in no particular order. */
export interface RawThread {
  /** When the reading of this conversation began: its version (data-formats.md). */
  fetchedAt: number;
  conversation: RawConversation;
  messages: RawMessage[];
}

export const REJECT_REASONS = [
  /** A required value is missing or has an unreadable form; `field` names it. */
  'invalid_row',
  /** Another row with the same conversation id is newer (UpdatedAt ∨ CreatedAt, then primary key). */
  'duplicate_conversation',
  /** Another row with the same message id is newer. */
  'duplicate_message',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** A row that was received and not stored. Holds no text of the conversation. */
export interface Reject {
  table: 'conversations' | 'messages';
  source_row_id: string;
  reason: RejectReason;
  field: string | null;
  conversation_key: string | null;
  app_id: string | null;
  source: string;
  fetched_at: number;
  run_id: string;
}

/** What every reject of one batch has in common. */
export interface RejectContext {
  source: string;
  fetchedAt: number;
  runId: string;
}

export function rejectOf(
  context: RejectContext,
  row: {
    table: Reject['table'];
    rowId: string;
    reason: RejectReason;
    field: string | null;
    conversationId: string | null;
    appId: string | null;
  },
): Reject {
  return {
    table: row.table,
    source_row_id: row.rowId,
    reason: row.reason,
    field: row.field,
    conversation_key:
      row.conversationId === null ? null : conversationKey(context.source, row.conversationId),
    app_id: row.appId,
    source: context.source,
    fetched_at: context.fetchedAt,
    run_id: context.runId,
  };
}

/** `<source>:<conversation id>`: identity of a conversation, without the app. */
export function conversationKey(source: string, conversationId: string): string {
  return `${source}:${conversationId}`;
}

/**
 * `<conversation key>/<message id>`: identity of a message. Apps that number the messages of each conversation from 1
 * are common, so a message id need be unique only in its conversation.
 */
export function messageKey(conversationKey: string, messageId: string): string {
  return `${conversationKey.replaceAll('%', '%25').replaceAll('/', '%2F')}/${messageId}`;
}
