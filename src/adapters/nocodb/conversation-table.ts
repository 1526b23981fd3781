import { primaryKey, schemaError, USUAL_NAMES } from './columns.js';
import { Finder, type FoundColumn, type ResolveContext } from './finder.js';
import type { ColumnInfo, TableInfo } from './meta.js';
import { DATE_TYPES, type TimeColumn } from './times.js';

const PREFIX = 'conversations';

/** A table with the columns that the client reads; an absent optional column is undefined. */
export interface ConversationTable {
  table: TableInfo;
  pk: ColumnInfo;
  /** undefined: the primary key is the conversation id. */
  id: ColumnInfo | undefined;
  appId: ColumnInfo | undefined;
  userId: ColumnInfo | undefined;
  startedAt: TimeColumn;
  startedAtBasis: 'mapped' | 'created_at';
  status: ColumnInfo | undefined;
  closedAt: TimeColumn | undefined;
  createdAt: TimeColumn | undefined;
  updatedAt: TimeColumn | undefined;
}

/** The columns of the conversations table; no result where a question is open. */
export function conversationTable(
  table: TableInfo,
  columns: readonly ColumnInfo[],
  context: ResolveContext,
): { result: ConversationTable | undefined; found: FoundColumn[] } {
  const names = USUAL_NAMES.conversations;
  const mapped = context.mapping.conversations;
  const find = new Finder(PREFIX, columns, context);
  const pk = primaryKey(columns, table.title);
  const id = find.id(mapped.id, names.id, pk);
  const appId = find.optional('app_id', mapped.app_id, names.app_id);
  const userId = find.optional('user_id', mapped.user_id, names.user_id);
  const own = context.questions.attempt(() => find.time('started_at', mapped.started_at, names.started_at));
  const status = find.optional('status', mapped.status, names.status);
  const closedAt = find.optionalTime('closed_at', mapped.closed_at, names.closed_at);
  const createdAt = find.optionalTime('created_at', mapped.created_at, names.created_at);
  const updatedAt = find.optionalTime('updated_at', mapped.updated_at, names.updated_at);
  const startedAt = context.questions.attempt(
    () =>
      own ?? standIn(createdAt, { columns, taken: [closedAt, createdAt, updatedAt], strict: context.strict }),
  );
  const standsIn = find.found.find(({ key }) => key === 'created_at')?.how;
  find.noteTime(
    'started_at',
    startedAt,
    own ? (mapped.started_at?.column === undefined ? 'name' : 'mapping') : standsIn,
  );
  const result = startedAt && {
    table,
    pk,
    id,
    appId,
    userId,
    startedAt,
    // Naming CreatedAt in the mapping file makes it no better.
    startedAtBasis:
      own && own.column.id !== createdAt?.column.id ? ('mapped' as const) : ('created_at' as const),
    status,
    closedAt,
    createdAt,
    updatedAt,
  };
  return { result, found: find.found };
}

/** The row's own time where no column says when the conversation started. */
function standIn(
  createdAt: TimeColumn | undefined,
  table: { columns: readonly ColumnInfo[]; taken: (TimeColumn | undefined)[]; strict: boolean },
): TimeColumn {
  const key = `${PREFIX}.started_at`;
  const others = table.columns.filter(
    (column) =>
      DATE_TYPES.has(column.uidt) &&
      !column.system &&
      !table.taken.some((time) => time?.column.id === column.id),
  );
  if (!createdAt) {
    throw schemaError(key, 'no column says when a conversation started', table.columns, others);
  }
  if (table.strict && others.length > 0) {
    const all = [...others, createdAt.column];
    const list = all.map((column) => column.title).join(' or ');
    throw schemaError(key, `a conversation may start at ${list}`, table.columns, all);
  }
  return { ...createdAt, key };
}
