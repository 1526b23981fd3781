/** A NocoDB table as data: what the sample server serves and what the generator makes. */

/** NocoDB's column types (`uidt`) that the sample server knows. */
export type ColumnType =
  | 'SingleLineText'
  | 'LongText'
  | 'Number'
  | 'Decimal'
  | 'Checkbox'
  | 'Date'
  | 'DateTime'
  | 'SingleSelect'
  | 'JSON'
  | 'Attachment'
  | 'ForeignKey'
  | 'LinkToAnotherRecord';

/** Types that a server gives to columns of its own. */
export type SystemColumnType =
  'ID' | 'CreatedTime' | 'LastModifiedTime' | 'CreatedBy' | 'LastModifiedBy' | 'Order';

export interface SampleColumn {
  title: string;
  /** Name in the database; the title in lower case by default. */
  columnName?: string;
  uidt: ColumnType;
  /**
   * Of a LinkToAnotherRecord: the belongs-to side, by title of the table that it leads to and of the ForeignKey column
   * on its own table. Its values are not served: a client has to read the key.
   */
  link?: { table: string; key: string };
}

/**
 * Values by column title. Times are text that `Date` can read, without an offset UTC. `Id`, `CreatedAt` and `UpdatedAt`
 * may be given, as a row written by SQL would have them.
 */
export type SampleRow = Record<string, unknown>;

export interface SampleTable {
  title: string;
  /** Name in the database; the title by default. */
  tableName?: string;
  columns: SampleColumn[];
  rows: SampleRow[];
  /** A table of another database: without the columns that NocoDB adds to its own, but for the primary key. */
  external?: boolean;
}

/** A column as the server keeps it: with an id, and with those that NocoDB adds to every table. */
export interface StoredColumn {
  id: string;
  title: string;
  columnName: string;
  uidt: ColumnType | SystemColumnType;
  system: boolean;
  /** True for columns that NocoDB keeps to itself: never in a record. */
  hidden: boolean;
  link?: SampleColumn['link'];
}

const TIME_TYPES: ReadonlySet<string> = new Set(['Date', 'DateTime', 'CreatedTime', 'LastModifiedTime']);
const NUMBER_TYPES: ReadonlySet<string> = new Set(['ID', 'Number', 'Decimal', 'Order', 'ForeignKey']);

export function isTime(column: Pick<StoredColumn, 'uidt'>): boolean {
  return TIME_TYPES.has(column.uidt);
}

export function isNumber(column: Pick<StoredColumn, 'uidt'>): boolean {
  return NUMBER_TYPES.has(column.uidt);
}
