import { PipelineError } from '../../domain/errors.js';
import type { ColumnInfo } from './meta.js';

/** Column types that hold no value of their own row, or not one that can be read as such. */
const VIRTUAL = new Set([
  'LinkToAnotherRecord',
  'Links',
  'Lookup',
  'Rollup',
  'Count',
  'Button',
  'QrCode',
  'Barcode',
  'Order',
]);

/** Types that a date filter works on. */
export const DATE_TYPES = new Set(['DateTime', 'Date', 'CreatedTime', 'LastModifiedTime']);

/**
 * Groups of usual names, best first, written without separators. Names of one group are equally good: two columns of
 * a group are a tie, which only the mapping file can settle.
 */
export const USUAL_NAMES = {
  conversations: {
    id: [['conversationid']],
    app_id: [
      ['appid', 'applicationid'],
      ['app', 'application'],
    ],
    user_id: [
      ['userid', 'customerid'],
      ['user', 'customer'],
    ],
    started_at: [['startedat', 'starttime'], ['startdate']],
    status: [['status'], ['state']],
    closed_at: [['closedat'], ['endedat', 'resolvedat']],
  },
  messages: {
    id: [['messageid']],
    conversation: [['conversationid'], ['conversation']],
    role: [['role'], ['sender', 'sendertype', 'author']],
    content: [['content', 'text', 'message'], ['body']],
    sent_at: [['sentat'], ['timestamp'], ['createdat']],
    agent_id: [['agentid']],
    is_private: [['isprivate'], ['private']],
    attachments: [['attachments', 'attachment']],
  },
} as const satisfies Record<string, Record<string, readonly (readonly string[])[]>>;

/** `Started At`, `startedAt` and `started_at` are one name. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

export function describeColumns(columns: readonly ColumnInfo[]): string {
  return columns.map((column) => `${column.title} (${column.uidt})`).join(', ');
}

export function schemaError(key: string, problem: string, columns: readonly ColumnInfo[]): PipelineError {
  return new PipelineError(
    'SourceSchema',
    `Mapping key ${key}: ${problem}. Name the column in the mapping file (NOCODB_MAPPING). The table has: ${describeColumns(columns)}`,
  );
}

/** The column that the mapping file names, by id, title or column name. */
export function namedColumn(columns: readonly ColumnInfo[], name: string, key: string): ColumnInfo {
  for (const field of ['id', 'title', 'column_name'] as const) {
    const found = columns.filter((column) => column[field] === name);
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) throw schemaError(key, `${found.length} columns are named ${name}`, columns);
  }
  throw schemaError(key, `there is no column ${name}`, columns);
}

/** The column with a usual name; undefined where there is none. Throws where two are equally good. */
export function usualColumn(
  columns: readonly ColumnInfo[],
  groups: readonly (readonly string[])[],
  key: string,
): ColumnInfo | undefined {
  const usable = columns.filter((column) => !VIRTUAL.has(column.uidt) && !column.pk && !column.system);
  for (const group of groups) {
    const byTitle = usable.filter((column) => group.includes(normal(column.title)));
    const found =
      byTitle.length > 0 ? byTitle : usable.filter((column) => group.includes(normal(column.column_name)));
    if (found.length > 1) {
      throw schemaError(
        key,
        `${found.map((column) => column.title).join(' and ')} fit equally well`,
        columns,
      );
    }
    if (found[0]) return found[0];
  }
  return undefined;
}

/** The system column of a type: CreatedAt is `CreatedTime`, UpdatedAt `LastModifiedTime`. */
export function systemTime(
  columns: readonly ColumnInfo[],
  uidt: 'CreatedTime' | 'LastModifiedTime',
): ColumnInfo | undefined {
  const found = columns.filter((column) => column.uidt === uidt);
  return found.find((column) => column.system) ?? found[0];
}

/** The one primary key column. */
export function primaryKey(columns: readonly ColumnInfo[], table: string): ColumnInfo {
  const keys = columns.filter((column) => column.pk);
  const [only] = keys;
  if (only !== undefined && keys.length === 1) return only;
  throw new PipelineError(
    'SourceSchema',
    `Table ${table} has ${keys.length === 0 ? 'no primary key' : 'a primary key of several columns'}; reading it page by page needs a single one. Add an ID column in NocoDB. The table has: ${describeColumns(columns)}`,
  );
}

export function isVirtual(column: ColumnInfo): boolean {
  return VIRTUAL.has(column.uidt);
}
