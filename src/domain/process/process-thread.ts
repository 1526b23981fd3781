import type { RawConversation, RawMessage, RawThread, Reject, RejectReason } from '../records.js';
import { conversationKey } from '../records.js';
import type { Actor } from '../schema.js';
import { SCHEMA_VERSION } from '../schema.js';
import type { ConversationFacts, ThreadFacts } from '../thread.js';
import { readClosing } from './closing.js';
import type { ProcessContext, QualityFlag } from './context.js';
import { flagList, isPlausibleTime } from './context.js';
import {
  countMessages,
  countTurns,
  durationSeconds,
  firstResponses,
  handoffAt,
  isUserMessage,
} from './measure.js';
import { blankToNull, messageRows } from './message-rows.js';
import { dedupe, placeMessages } from './order.js';
import { foldNames, readStatus } from './roles.js';
import { textField, unreadableConversationField, unreadableMessageField } from './unreadable.js';

export interface ProcessResult {
  /** Null: the conversation row cannot be read; then it and all its messages are rejects. */
  facts: ThreadFacts | null;
  /** Rows that were received and are not in `facts`; every row is in one of the two. */
  rejects: Reject[];
}

/**
 * Raw rows of one conversation → the facts of docs/data-formats.md, all but labels and what depends on them. Pure, and
 * never throws: what cannot be read becomes a reject. What depends on time (future, idle) is judged at `fetchedAt`.
 * Applied to its own kept rows it changes nothing.
 */
export function processThread(thread: RawThread, context: ProcessContext): ProcessResult {
  const { conversation, messages, fetchedAt } = readThread(thread);
  const field = fetchedAt === null ? 'fetched_at' : unreadableConversationField(conversation);
  if (field !== null || fetchedAt === null) {
    return { facts: null, rejects: rejectAll(conversation, messages, field, fetchedAt ?? 0, context) };
  }
  const raw = conversation as RawConversation;
  const key = conversationKey(context.source, raw.conversationId);
  const appId = blankToNull(raw.appId);
  const reject = (rowId: string, reason: RejectReason, rejectedField: string | null): Reject => ({
    table: 'messages',
    source_row_id: rowId,
    reason,
    field: rejectedField,
    conversation_key: key,
    app_id: appId,
    source: context.source,
    fetched_at: fetchedAt,
    run_id: context.runId,
  });

  const rejects: Reject[] = [];
  const readable: RawMessage[] = [];
  for (const message of messages) {
    const badField = unreadableMessageField(message);
    if (badField === null) readable.push(message as RawMessage);
    else rejects.push(reject(textField(message, 'rowId') ?? '', 'invalid_row', badField));
  }
  const { kept, dropped } = dedupe(readable);
  for (const message of dropped) rejects.push(reject(message.rowId, 'duplicate_message', null));

  const placed = placeMessages(kept, raw.startedAt, fetchedAt);
  const roles = foldNames<Actor>(context.roles);
  const { rows, read, language } = messageRows(placed, { key, appId, fetchedAt }, context, roles);

  const flags = new Set<QualityFlag>(read.flatMap((message) => [...message.flags]));
  if (!isPlausibleTime(raw.startedAt, fetchedAt)) flags.add('started_at_invalid');
  if (read.some((message) => message.timeValid && message.sentAt < raw.startedAt)) {
    flags.add('messages_before_start');
  }
  const meaning = readStatus(raw.status, foldNames(context.statuses));
  if (meaning === null && blankToNull(raw.status) !== null) flags.add('status_unknown');
  const handoff = handoffAt(read);
  if (meaning === 'escalated' && handoff === null) flags.add('handoff_untimed');
  const closing = readClosing(raw, meaning, read, fetchedAt, flags);
  const counts = countMessages(read);

  const facts: ConversationFacts = {
    conversation_key: key,
    conversation_id: raw.conversationId,
    source_row_id: raw.rowId,
    app_id: appId,
    user_id: blankToNull(raw.userId),
    started_at: raw.startedAt,
    started_at_basis: raw.startedAtBasis,
    first_user_message_at: read.find(isUserMessage)?.sentAt ?? null,
    last_message_at: read.at(-1)?.sentAt ?? null,
    ended_at: closing.ended_at,
    status_raw: raw.status,
    status: closing.status,
    closed_at: closing.closed_at,
    resolution_source: closing.resolution_source,
    handoff_at: handoff,
    ...counts,
    turns: countTurns(read),
    duration_s: durationSeconds(read),
    ...firstResponses(read),
    engaged: counts.n_user > 0,
    outbound_only: counts.n_user === 0 && counts.n_bot + counts.n_agent > 0,
    bot_involved: counts.n_bot > 0,
    language: language?.language ?? null,
    language_confidence: language?.confidence ?? null,
    quality_flags: flagList(flags),
    source_created_at: raw.createdAt,
    source_updated_at: raw.updatedAt,
    deleted_at: null,
    source: context.source,
    fetched_at: fetchedAt,
    run_id: context.runId,
    schema_version: SCHEMA_VERSION,
  };
  return { facts: { conversation: facts, messages: rows }, rejects };
}

/** A thread by its shape, whatever it really is. */
function readThread(thread: unknown): {
  conversation: unknown;
  messages: unknown[];
  fetchedAt: number | null;
} {
  const record = (typeof thread === 'object' && thread !== null ? thread : {}) as Record<string, unknown>;
  const { conversation, messages, fetchedAt } = record;
  const isTime = typeof fetchedAt === 'number' && Number.isInteger(fetchedAt);
  return {
    conversation,
    messages: Array.isArray(messages) ? messages : [],
    fetchedAt: isTime ? fetchedAt : null,
  };
}

function rejectAll(
  conversation: unknown,
  messages: readonly unknown[],
  field: string | null,
  fetchedAt: number,
  context: ProcessContext,
): Reject[] {
  const id = textField(conversation, 'conversationId');
  const common = {
    reason: 'invalid_row' as const,
    conversation_key: id === null ? null : conversationKey(context.source, id),
    app_id: textField(conversation, 'appId'),
    source: context.source,
    fetched_at: fetchedAt,
    run_id: context.runId,
  };
  const rowId = (row: unknown): string => textField(row, 'rowId') ?? '';
  return [
    { ...common, table: 'conversations', source_row_id: rowId(conversation), field },
    ...messages.map((message) => ({
      ...common,
      table: 'messages' as const,
      source_row_id: rowId(message),
      field: 'conversation',
    })),
  ];
}
