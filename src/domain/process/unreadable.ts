import type { RawConversation, RawMessage } from '../records.js';

/**
 * The guard of the process stage: rows come through staging, and a damaged one must become a reject and not an
 * exception. Cheaper than parsing every row with zod a second time.
 */

type Check = (value: unknown) => boolean;

const isId: Check = (value) => typeof value === 'string' && value !== '';
const isOptionalText: Check = (value) => value === null || typeof value === 'string';
const isTime: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 8.64e15;
const isOptionalTime: Check = (value) => value === null || isTime(value);

const CONVERSATION_CHECKS: Record<keyof RawConversation, Check> = {
  rowId: isId,
  conversationId: isId,
  appId: isOptionalText,
  userId: isOptionalText,
  startedAt: isTime,
  startedAtBasis: (value) => value === 'mapped' || value === 'created_at',
  status: isOptionalText,
  closedAt: isOptionalTime,
  createdAt: isOptionalTime,
  updatedAt: isOptionalTime,
};

const MESSAGE_CHECKS: Record<keyof RawMessage, Check> = {
  rowId: isId,
  messageId: isId,
  role: isOptionalText,
  content: () => true, // any form is read, an unreadable one is flagged
  hasAttachments: (value) => typeof value === 'boolean',
  sentAt: isOptionalTime,
  agentId: isOptionalText,
  isPrivate: (value) => value === null || typeof value === 'boolean',
  createdAt: isOptionalTime,
  updatedAt: isOptionalTime,
  order: (value) => value === undefined || Number.isInteger(value),
};

/** Name of the first field that cannot be read, `row` where it is no object; null: all can. */
export function unreadableConversationField(value: unknown): string | null {
  return firstFailing(value, CONVERSATION_CHECKS);
}

export function unreadableMessageField(value: unknown): string | null {
  return firstFailing(value, MESSAGE_CHECKS);
}

/** A text field of a row that may be no row. */
export function textField(value: unknown, field: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const text = (value as Record<string, unknown>)[field];
  return typeof text === 'string' && text !== '' ? text : null;
}

function firstFailing(value: unknown, checks: Record<string, Check>): string | null {
  if (typeof value !== 'object' || value === null) return 'row';
  const row = value as Record<string, unknown>;
  for (const field in checks) {
    if (checks[field]?.(row[field]) === false) return field;
  }
  return null;
}
