import type { RawConversation, RawMessage } from '../../domain/records.js';
import type { ColumnInfo } from './meta.js';
import { rowId } from './records.js';
import type { ConversationTable } from './conversation-table.js';
import type { MessageTable } from './message-table.js';
import { readTime } from './times.js';
import { asBoolean, asContent, asText, isFilled, valueOf, type Row } from './values.js';

/** The boundary: rows of NocoDB → the records of `domain`, or the name of the field that does not fit. */

export type Parsed<T> =
  { ok: true; value: T } | { ok: false; rowId: string; field: string; appId: string | null };

/** Our field → the name that a person knows from the mapping file. */
const FIELD_NAMES: Record<string, string> = {
  conversationId: 'conversation_id',
  appId: 'app_id',
  userId: 'user_id',
  startedAt: 'started_at',
  messageId: 'message_id',
  agentId: 'agent_id',
};

export function parseConversation(row: Row, table: ConversationTable): Parsed<RawConversation> {
  const id = rowId(row, table.pk);
  const value = {
    rowId: id,
    conversationId: table.id ? asText(valueOf(row, table.id)) : id,
    appId: asText(valueOf(row, table.appId)),
    userId: asText(valueOf(row, table.userId)),
    startedAt: readTime(row, table.startedAt),
    startedAtBasis: table.startedAtBasis,
    status: asText(valueOf(row, table.status)),
    closedAt: readTime(row, table.closedAt),
    createdAt: readTime(row, table.createdAt),
    updatedAt: readTime(row, table.updatedAt),
  };
  const field =
    misfit('conversationId', isId(value.conversationId)) ??
    misfit('appId', isOptionalText(value.appId)) ??
    misfit('userId', isOptionalText(value.userId)) ??
    misfit('startedAt', value.startedAt !== null && isOptionalTime(value.startedAt)) ??
    misfit('status', isOptionalText(value.status)) ??
    misfit('closedAt', isOptionalTime(value.closedAt)) ??
    misfit('createdAt', isOptionalTime(value.createdAt)) ??
    misfit('updatedAt', isOptionalTime(value.updatedAt));
  if (field === undefined) return { ok: true, value: value as RawConversation };
  return { ok: false, rowId: id, field, appId: typeof value.appId === 'string' ? value.appId : null };
}

/** @param order place of the table among several that hold messages */
export function parseMessage(row: Row, table: MessageTable, order = 0): Parsed<RawMessage> {
  const id = `${table.prefix}${rowId(row, table.pk)}`;
  const own = table.id && asText(valueOf(row, table.id));
  const value = {
    rowId: id,
    messageId: table.id ? (typeof own === 'string' && own !== '' ? `${table.prefix}${own}` : own) : id,
    role: 'always' in table.role ? table.role.always : asText(valueOf(row, table.role)),
    content: table.content ? asContent(valueOf(row, table.content), table.content) : null,
    hasAttachments: isFilled(valueOf(row, table.attachments)),
    sentAt: readTime(row, table.sentAt),
    agentId: asText(valueOf(row, table.agentId)),
    isPrivate: asBoolean(valueOf(row, table.isPrivate)),
    createdAt: readTime(row, table.createdAt),
    updatedAt: readTime(row, table.updatedAt),
    ...(order === 0 ? {} : { order }),
  };
  const field =
    misfit('messageId', isId(value.messageId)) ??
    misfit('role', isOptionalText(value.role)) ??
    misfit('sentAt', isOptionalTime(value.sentAt)) ??
    misfit('agentId', isOptionalText(value.agentId)) ??
    misfit('createdAt', isOptionalTime(value.createdAt)) ??
    misfit('updatedAt', isOptionalTime(value.updatedAt));
  if (field === undefined) return { ok: true, value: value as RawMessage };
  return { ok: false, rowId: id, field, appId: null };
}

/** The checks of `RawConversation` and `RawMessage` by hand: they run for every row, and zod takes ten times as long. */
function misfit(field: string, fits: boolean): string | undefined {
  return fits ? undefined : (FIELD_NAMES[field] ?? field);
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isOptionalText(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isOptionalTime(value: number | null): boolean {
  return value === null || Number.isSafeInteger(value);
}

/** Columns that a conversation is read with: explicit, and never a link. */
export function conversationFields(table: ConversationTable): ColumnInfo[] {
  return present([
    table.pk,
    table.id,
    table.appId,
    table.userId,
    table.startedAt.column,
    table.status,
    table.closedAt?.column,
    table.createdAt?.column,
    table.updatedAt?.column,
  ]);
}

/** Columns that decide which of several conversation rows with one id is the newest. */
export function versionFields(table: ConversationTable): ColumnInfo[] {
  return present([
    table.pk,
    table.id,
    table.startedAt.column,
    table.createdAt?.column,
    table.updatedAt?.column,
  ]);
}

export function messageFields(table: MessageTable): ColumnInfo[] {
  return present([...sweptMessageFields(table), table.createdAt?.column, table.updatedAt?.column]);
}

/**
 * Columns that a sweep reads: without the stamps, which only tell apart rows with one id, and which NocoDB takes as long to
 * write as all the rest.
 */
export function sweptMessageFields(table: MessageTable): ColumnInfo[] {
  return present([
    table.pk,
    table.id,
    table.conversation,
    'always' in table.role ? undefined : table.role,
    table.content,
    table.sentAt.column,
    table.agentId,
    table.isPrivate,
    table.attachments,
  ]);
}

/** Columns that decide which of several message rows with one id is the newest; none where the table has no stamps. */
export function messageVersionFields(table: MessageTable): ColumnInfo[] {
  const stamps = present([table.createdAt?.column, table.updatedAt?.column]);
  return stamps.length === 0 ? [] : present([table.pk, ...stamps]);
}

function present(columns: (ColumnInfo | undefined)[]): ColumnInfo[] {
  return [...new Set(columns.filter((column) => column !== undefined))];
}
