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
    // For tables whose database, and not NocoDB, keeps these times.
    created_at: [['createdat', 'creationtime']],
    updated_at: [['updatedat', 'modifiedat']],
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
    created_at: [['createdat', 'creationtime']],
    updated_at: [['updatedat', 'modifiedat']],
  },
} as const satisfies Record<string, Record<string, readonly (readonly string[])[]>>;

/** `Started At`, `startedAt` and `started_at` are one name. */
function normal(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

export function describeColumns(columns: readonly ColumnInfo[]): string {
  return columns.map((column) => `${column.title} (${column.uidt})`).join(', ');
}

/** Something that the tables leave open, and the mapping file has to say. */
export interface MappingQuestion {
  /** Mapping key, such as `messages.role`, `messages.1.role` or `timezone`. */
  key: string;
  problem: string;
  /** Titles of the columns that fit, best known first; empty: any of the table. */
  candidates: string[];
  /** Every column of the table. */
  columns: string[];
}

/** One or more keys of the mapping file that cannot be told from the tables. */
export class MappingError extends PipelineError {
  constructor(
    message: string,
    readonly questions: readonly MappingQuestion[],
  ) {
    super('SourceSchema', message);
  }
}

export function schemaError(
  key: string,
  problem: string,
  columns: readonly ColumnInfo[],
  candidates: readonly ColumnInfo[] = [],
): MappingError {
  const titles = (list: readonly ColumnInfo[]) => list.map((column) => column.title);
  return new MappingError(
    `Mapping key ${key}: ${problem}. Name the column in the mapping file (NOCODB_MAPPING). The table has: ${describeColumns(columns)}`,
    [{ key, problem, candidates: titles(candidates), columns: titles(columns.filter((c) => !isHidden(c))) }],
  );
}

/** Collects what is open, so that a person hears of all of it at once. */
export class Questions {
  private readonly errors: MappingError[] = [];

  /** The result, or undefined where it needs an answer first. */
  attempt<T>(find: () => T): T | undefined {
    try {
      return find();
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      this.errors.push(error);
      return undefined;
    }
  }

  throwIfAny(): void {
    const [first, ...more] = this.errors;
    if (!first) return;
    if (more.length === 0) throw first;
    const keys = more.flatMap((error) => error.questions.map(({ key }) => key)).join(', ');
    throw new MappingError(
      `${first.message}\nAlso to be named: ${keys}`,
      this.errors.flatMap((error) => error.questions),
    );
  }
}

/** Columns that NocoDB keeps to itself, and links: nothing that a person would name. */
function isHidden(column: ColumnInfo): boolean {
  return ['Order', 'CreatedBy', 'LastModifiedBy', 'Links', 'Button', 'QrCode', 'Barcode'].includes(
    column.uidt,
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

/**
 * The column with a usual name; undefined where there is none. Throws where two are equally good; `strict`: where two
 * have any of the names.
 */
export function usualColumn(
  columns: readonly ColumnInfo[],
  groups: readonly (readonly string[])[],
  key: string,
  strict = false,
): ColumnInfo | undefined {
  const usable = columns.filter(
    // The key behind a link is a system column, and the one that counts.
    (column) => !VIRTUAL.has(column.uidt) && !column.pk && (!column.system || column.uidt === 'ForeignKey'),
  );
  for (const group of strict ? [groups.flat()] : groups) {
    const byTitle = usable.filter((column) => group.includes(normal(column.title)));
    const found =
      byTitle.length > 0 ? byTitle : usable.filter((column) => group.includes(normal(column.column_name)));
    if (found.length > 1) {
      const names = found.map((column) => column.title).join(' and ');
      throw schemaError(key, `${names} fit equally well`, columns, found);
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
