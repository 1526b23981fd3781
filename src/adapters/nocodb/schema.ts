import { readFile } from 'node:fs/promises';
import { PipelineError } from '../../domain/errors.js';
import {
  DATE_TYPES,
  describeColumns,
  isVirtual,
  namedColumn,
  primaryKey,
  schemaError,
  systemTime,
  USUAL_NAMES,
  usualColumn,
} from './columns.js';
import type { NocoDbConfig } from './config.js';
import type { NocoDbHttp } from './http.js';
import { parseMapping, type ConversationKey, type MessageKey, type NocoDbMapping } from './mapping.js';
import { findTable, listColumns, listTables, type ColumnInfo, type TableInfo } from './meta.js';

/** A table with the columns that the client reads; an absent optional column is undefined. */
export interface ConversationTable {
  table: TableInfo;
  pk: ColumnInfo;
  /** undefined: the primary key is the conversation id. */
  id: ColumnInfo | undefined;
  appId: ColumnInfo | undefined;
  userId: ColumnInfo | undefined;
  startedAt: ColumnInfo;
  startedAtBasis: 'mapped' | 'created_at';
  status: ColumnInfo | undefined;
  closedAt: ColumnInfo | undefined;
  createdAt: ColumnInfo | undefined;
  updatedAt: ColumnInfo | undefined;
}

export interface MessageTable {
  table: TableInfo;
  pk: ColumnInfo;
  /** undefined: the primary key is the message id. */
  id: ColumnInfo | undefined;
  conversation: ColumnInfo;
  /** What `conversation` holds: the conversation's primary key (foreign key) or its id. */
  conversationBy: 'row' | 'id';
  role: ColumnInfo;
  content: ColumnInfo;
  sentAt: ColumnInfo;
  agentId: ColumnInfo | undefined;
  isPrivate: ColumnInfo | undefined;
  attachments: ColumnInfo | undefined;
  createdAt: ColumnInfo | undefined;
  updatedAt: ColumnInfo | undefined;
}

export interface SourceSchema {
  conversations: ConversationTable;
  messages: MessageTable;
  /** Optional mapping keys that no column serves. */
  unmapped: string[];
}

/** Finds tables and columns: mapping file first, then usual names, then the table's own system columns. */
export async function resolveSchema(
  http: NocoDbHttp,
  config: NocoDbConfig,
  signal: AbortSignal,
): Promise<SourceSchema> {
  const mapping = await readMapping(config.mapping);
  const tables = await listTables(http, config.projectId, signal);
  const conversations = findTable(
    tables,
    config.conversationsTable ?? 'conversations',
    'NOCODB_CONVERSATIONS_TABLE',
  );
  const messages = findTable(tables, config.messagesTable ?? 'messages', 'NOCODB_MESSAGES_TABLE');
  const conversationColumns = await listColumns(http, conversations.id, signal);
  const messageColumns = await listColumns(http, messages.id, signal);
  const unmapped: string[] = [];
  return {
    conversations: conversationTable(conversations, conversationColumns, mapping, unmapped),
    messages: messageTable(messages, messageColumns, conversations.id, mapping, unmapped),
    unmapped,
  };
}

async function readMapping(path: string | undefined): Promise<NocoDbMapping> {
  if (path === undefined || path === '') return parseMapping('');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as { code?: string }).code ?? 'unknown error';
    throw new PipelineError('SourceSchema', `NOCODB_MAPPING=${path} cannot be read (${code})`, { cause });
  }
  return parseMapping(text);
}

/** The one key that may name a link: its foreign key is read instead. */
const CONVERSATION_KEY = 'messages.conversation';

type Find<K extends string> = (key: K, groups?: readonly (readonly string[])[]) => ColumnInfo | undefined;

/** Looks a key up: the mapping's column, none where the mapping says null, else the usual names. */
function finder<K extends string>(
  prefix: string,
  columns: readonly ColumnInfo[],
  mapped: Partial<Record<K, string | null | undefined>>,
): Find<K> {
  return (key, groups = []) => {
    const name: string | null | undefined = mapped[key];
    const path: string = `${prefix}.${key}`;
    if (name === null) return undefined;
    if (name === undefined) return usualColumn(columns, groups, path);
    const column = namedColumn(columns, name, path);
    // Links hold counts or cut lists; only `messages.conversation` knows how to follow one.
    if (isVirtual(column) && path !== CONVERSATION_KEY) {
      throw schemaError(path, `${name} is a ${column.uidt}, which holds no value of its own`, columns);
    }
    return column;
  };
}

function conversationTable(
  table: TableInfo,
  columns: ColumnInfo[],
  mapping: NocoDbMapping,
  unmapped: string[],
): ConversationTable {
  const names = USUAL_NAMES.conversations;
  const find: Find<ConversationKey> = finder('conversations', columns, mapping.conversations);
  const createdAt =
    find('created_at') ?? fallbackTime(mapping.conversations.created_at, columns, 'CreatedTime');
  const own = find('started_at', names.started_at);
  const startedAt = own ?? createdAt;
  if (!startedAt) {
    throw schemaError('conversations.started_at', 'no column says when a conversation started', columns);
  }
  if (!DATE_TYPES.has(startedAt.uidt)) {
    throw schemaError(
      'conversations.started_at',
      `${startedAt.title} is ${startedAt.uidt}, which NocoDB cannot filter by time; change its type to DateTime`,
      columns,
    );
  }
  const result: ConversationTable = {
    table,
    pk: primaryKey(columns, table.title),
    id: notKey(find('id', names.id)),
    appId: find('app_id', names.app_id),
    userId: find('user_id', names.user_id),
    startedAt,
    startedAtBasis: own ? 'mapped' : 'created_at',
    status: find('status', names.status),
    closedAt: find('closed_at', names.closed_at),
    createdAt,
    updatedAt:
      find('updated_at') ?? fallbackTime(mapping.conversations.updated_at, columns, 'LastModifiedTime'),
  };
  for (const [key, column] of [
    ['app_id', result.appId],
    ['user_id', result.userId],
    ['status', result.status],
    ['closed_at', result.closedAt],
  ] as const) {
    if (!column) unmapped.push(`conversations.${key}`);
  }
  return result;
}

function messageTable(
  table: TableInfo,
  columns: ColumnInfo[],
  conversationsId: string,
  mapping: NocoDbMapping,
  unmapped: string[],
): MessageTable {
  const names = USUAL_NAMES.messages;
  const find: Find<MessageKey> = finder('messages', columns, mapping.messages);
  const need = (key: 'role' | 'content'): ColumnInfo => {
    const column = find(key, names[key]);
    if (!column) throw schemaError(`messages.${key}`, 'no column has a usual name for it', columns);
    return column;
  };
  const createdAt = find('created_at') ?? fallbackTime(mapping.messages.created_at, columns, 'CreatedTime');
  const sentAt = find('sent_at', names.sent_at) ?? createdAt;
  if (!sentAt) throw schemaError('messages.sent_at', 'no column says when a message was sent', columns);
  const result: MessageTable = {
    table,
    pk: primaryKey(columns, table.title),
    id: notKey(find('id', names.id)),
    ...conversationLink(
      find('conversation', names.conversation),
      mapping.messages.conversation !== undefined,
      columns,
      conversationsId,
    ),
    role: need('role'),
    content: need('content'),
    sentAt,
    agentId: find('agent_id', names.agent_id),
    isPrivate: find('is_private', names.is_private),
    attachments: find('attachments', names.attachments),
    createdAt,
    updatedAt: find('updated_at') ?? fallbackTime(mapping.messages.updated_at, columns, 'LastModifiedTime'),
  };
  for (const [key, column] of [
    ['agent_id', result.agentId],
    ['is_private', result.isPrivate],
    ['attachments', result.attachments],
  ] as const) {
    if (!column) unmapped.push(`messages.${key}`);
  }
  return result;
}

/** An id column that is the primary key needs no column of its own. */
function notKey(column: ColumnInfo | undefined): ColumnInfo | undefined {
  return column?.pk ? undefined : column;
}

/** System time columns stand in for unmapped ones, unless the mapping switches them off. */
function fallbackTime(
  mapped: string | null | undefined,
  columns: ColumnInfo[],
  uidt: 'CreatedTime' | 'LastModifiedTime',
): ColumnInfo | undefined {
  return mapped === null ? undefined : systemTime(columns, uidt);
}

/**
 * How messages name their conversation: a key column of their own, or the foreign key behind a link to the
 * conversations table. A link itself is never read: NocoDB cuts it at 25 rows.
 */
function conversationLink(
  named: ColumnInfo | undefined,
  isMapped: boolean,
  columns: ColumnInfo[],
  conversationsId: string,
): Pick<MessageTable, 'conversation' | 'conversationBy'> {
  const key = CONVERSATION_KEY;
  if (named?.uidt === 'LinkToAnotherRecord') {
    const behind = foreignKeyOf(named, columns);
    if (behind) return { conversation: behind, conversationBy: 'row' };
    throw schemaError(key, `the link ${named.title} has no foreign key on this table`, columns);
  }
  if (named && isVirtual(named)) {
    throw schemaError(key, `${named.title} is a ${named.uidt}, which holds no value of its own`, columns);
  }
  const found = columns
    .filter((column) => column.colOptions?.fk_related_model_id === conversationsId)
    .flatMap((link) => foreignKeyOf(link, columns) ?? []);
  const candidates = named && isMapped ? [named] : [...new Set([...(named ? [named] : []), ...found])];
  const [only] = candidates;
  if (only === undefined) {
    throw schemaError(key, 'no column names the conversation of a message, and no link leads to it', columns);
  }
  if (candidates.length > 1) {
    throw schemaError(key, `${describeColumns(candidates)} fit equally well`, columns);
  }
  return { conversation: only, conversationBy: only.uidt === 'ForeignKey' ? 'row' : 'id' };
}

/** The foreign key column behind the child's side of a link; undefined for the other kinds. */
function foreignKeyOf(link: ColumnInfo, columns: ColumnInfo[]): ColumnInfo | undefined {
  if (link.uidt !== 'LinkToAnotherRecord' || link.colOptions?.type !== 'bt') return undefined;
  return columns.find((column) => column.id === link.colOptions?.fk_child_column_id);
}
