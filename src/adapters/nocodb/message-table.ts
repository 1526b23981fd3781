import type { Actor } from '../../domain/schema.js';
import { describeColumns, isVirtual, namedColumn, primaryKey, schemaError, USUAL_NAMES } from './columns.js';
import { Finder, type FoundColumn, type ResolveContext } from './finder.js';
import type { MessagesMapping } from './mapping.js';
import type { ColumnInfo, TableInfo } from './meta.js';
import { DATE_TYPES, type TimeColumn } from './times.js';

/** A table of messages with the columns that the client reads; an absent optional column is undefined. */
export interface MessageTable {
  table: TableInfo;
  pk: ColumnInfo;
  /** undefined: the primary key is the message id. */
  id: ColumnInfo | undefined;
  /** Stands before each id, with a colon, where several tables hold messages; '' otherwise. */
  prefix: string;
  conversation: ColumnInfo;
  /** What `conversation` holds: the conversation's primary key (foreign key) or its id. */
  conversationBy: 'row' | 'id';
  /** A column, or the one role of all rows. */
  role: ColumnInfo | { always: Actor };
  /** undefined: no column holds text, only attachments. */
  content: ColumnInfo | undefined;
  sentAt: TimeColumn;
  agentId: ColumnInfo | undefined;
  isPrivate: ColumnInfo | undefined;
  attachments: ColumnInfo | undefined;
  createdAt: TimeColumn | undefined;
  updatedAt: TimeColumn | undefined;
}

/** The columns of one messages table; no result where a question is open. */
export function messageTable(
  table: TableInfo,
  columns: readonly ColumnInfo[],
  conversationsId: string,
  mapped: MessagesMapping,
  prefix: string,
  context: ResolveContext,
): { result: MessageTable | undefined; found: FoundColumn[] } {
  const names = USUAL_NAMES.messages;
  const { questions } = context;
  const find = new Finder(prefix, columns, context);
  const pk = primaryKey(columns, table.title);
  const id = find.id(mapped.id, names.id, pk);
  const conversation = questions.attempt(() => conversationKey(find, mapped.conversation, conversationsId));
  const role = questions.attempt(() => roleOf(find, mapped.role));
  const agentId = find.optional('agent_id', mapped.agent_id, names.agent_id);
  const isPrivate = find.optional('is_private', mapped.is_private, names.is_private);
  const attachments = attachmentsOf(find, mapped.attachments);
  const content = questions.attempt(() => contentOf(find, mapped.content, attachments));
  const createdAt = find.optionalTime('created_at', mapped.created_at, names.created_at);
  const updatedAt = find.optionalTime('updated_at', mapped.updated_at, names.updated_at);
  const sentAt = questions.attempt(() => sentAtOf(find, mapped.sent_at, createdAt, updatedAt));
  if (!conversation || !role || !content || !sentAt) return { result: undefined, found: find.found };
  const result: MessageTable = {
    table,
    pk,
    id,
    prefix: mapped.prefix === undefined ? '' : `${mapped.prefix}:`,
    ...conversation,
    role,
    content: content.column,
    sentAt,
    agentId,
    isPrivate,
    attachments,
    createdAt,
    updatedAt,
  };
  return { result, found: find.found };
}

function roleOf(find: Finder, mapped: MessagesMapping['role']): MessageTable['role'] {
  if (typeof mapped === 'object') {
    find.note('role', undefined, 'fixed', { detail: `always ${mapped.always}` });
    return mapped;
  }
  const column = find.find('role', mapped, USUAL_NAMES.messages.role);
  if (!column) throw schemaError(find.path('role'), 'no column has a usual name for it', find.columns);
  find.note('role', column, mapped === undefined ? 'name' : 'mapping');
  return column;
}

/** By name, else the one column of the type. */
function attachmentsOf(find: Finder, mapped: string | null | undefined): ColumnInfo | undefined {
  const key = 'attachments';
  const { questions } = find.context;
  const column = questions.attempt(() => find.find(key, mapped, USUAL_NAMES.messages.attachments));
  if (column || mapped !== undefined) {
    const how = mapped === null ? 'switched off' : mapped === undefined ? 'name' : 'mapping';
    find.note(key, column, how);
    return column;
  }
  const typed = find.columns.filter(({ uidt }) => uidt === 'Attachment');
  const only = typed.length === 1 ? typed[0] : undefined;
  find.note(key, only, only && 'type', { isNotice: true });
  return only;
}

/** Text may be switched off only where attachments are left. */
function contentOf(
  find: Finder,
  mapped: string | null | undefined,
  attachments: ColumnInfo | undefined,
): { column: ColumnInfo | undefined } {
  const path = find.path('content');
  const column = find.find('content', mapped, USUAL_NAMES.messages.content);
  if (column) {
    find.note('content', column, mapped === undefined ? 'name' : 'mapping');
    return { column };
  }
  if (!attachments) throw schemaError(path, 'no column has a usual name for it', find.columns);
  if (mapped === undefined) {
    throw schemaError(
      path,
      `no column has a usual name for it; say null where messages are nothing but ${attachments.title}`,
      find.columns,
    );
  }
  find.note('content', undefined, 'switched off', { detail: 'attachments only' });
  return { column: undefined };
}

function sentAtOf(
  find: Finder,
  mapped: MessagesMapping['sent_at'],
  createdAt: TimeColumn | undefined,
  updatedAt: TimeColumn | undefined,
): TimeColumn {
  const key = 'sent_at';
  // What only says when the row came is no rival to what says when the message was sent.
  const [sent, stamp, row] = USUAL_NAMES.messages.sent_at;
  const own = find.time(key, mapped, [sent, stamp]) ?? find.time(key, mapped, [row]);
  const taken = [createdAt?.column.id, updatedAt?.column.id];
  const others = find.columns.filter(
    (column) => DATE_TYPES.has(column.uidt) && !column.system && !taken.includes(column.id),
  );
  if (own === undefined && (createdAt === undefined || (find.context.strict && others.length > 0))) {
    const all = createdAt ? [...others, createdAt.column] : others;
    const list = all.map((column) => column.title).join(' or ');
    throw schemaError(
      find.path(key),
      createdAt ? `a message may be sent at ${list}` : 'no column says when a message was sent',
      find.columns,
      all,
    );
  }
  const time = own ?? (createdAt && { ...createdAt, key: find.path(key) });
  if (!time) throw schemaError(find.path(key), 'no column says when a message was sent', find.columns);
  find.noteTime(key, time, own ? (mapped?.column === undefined ? 'name' : 'mapping') : 'system column');
  return time;
}

/**
 * How messages name their conversation: a key column of their own, or the foreign key behind a link to the
 * conversations table. A link itself is never read: NocoDB cuts it at 25 rows.
 */
function conversationKey(
  find: Finder,
  mapped: MessagesMapping['conversation'],
  conversationsId: string,
): Pick<MessageTable, 'conversation' | 'conversationBy'> {
  const { columns } = find;
  const key = 'conversation';
  const path = find.path(key);
  const answer = (column: ColumnInfo, how: FoundColumn['how']) => {
    const by = mapped?.holds === undefined ? isForeignKey(column) : mapped.holds === 'primary_key';
    find.note(key, column, how, { detail: `holds the conversation's ${by ? 'primary key' : 'id'}` });
    return { conversation: column, conversationBy: by ? ('row' as const) : ('id' as const) };
  };
  if (mapped?.column !== undefined) {
    const named = namedColumn(columns, mapped.column, path);
    if (named.uidt === 'LinkToAnotherRecord') {
      const behind = foreignKeyOf(named, columns);
      if (behind) return answer(behind, 'link');
      throw schemaError(path, `the link ${named.title} has no foreign key on this table`, columns);
    }
    return answer(find.own(key, named), 'mapping');
  }
  const named = find.find(key, undefined, USUAL_NAMES.messages.conversation);
  const linked = columns
    .filter((column) => column.colOptions?.fk_related_model_id === conversationsId)
    .flatMap((link) => foreignKeyOf(link, columns) ?? []);
  const candidates = [...new Set([...(named ? [named] : []), ...linked])];
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1)
    return answer(only, linked.includes(only) ? 'link' : 'name');
  if (candidates.length > 1) {
    throw schemaError(path, `${describeColumns(candidates)} fit equally well`, columns, candidates);
  }
  const manyToMany = columns.find(
    (column) => isVirtual(column) && column.colOptions?.fk_related_model_id === conversationsId,
  );
  throw schemaError(
    path,
    manyToMany
      ? `${manyToMany.title} links messages to conversations many-to-many, which says of no message whose it is; add a key column or a belongs-to link`
      : 'no column names the conversation of a message, and no link leads to it',
    columns,
    columns.filter((column) => isForeignKey(column)),
  );
}

function isForeignKey(column: ColumnInfo): boolean {
  return column.uidt === 'ForeignKey';
}

/** The foreign key column behind the child's side of a link; undefined for the other kinds. */
function foreignKeyOf(link: ColumnInfo, columns: readonly ColumnInfo[]): ColumnInfo | undefined {
  if (link.uidt !== 'LinkToAnotherRecord' || link.colOptions?.type !== 'bt') return undefined;
  return columns.find((column) => column.id === link.colOptions?.fk_child_column_id);
}
