import { createHash } from 'node:crypto';
import type { SampleTable, StoredColumn, SystemColumnType } from './table.js';

/** An id in NocoDB's form: a letter for the kind and 14 characters; the same for the same name. */
export function nocoId(kind: 'p' | 'm' | 'c' | 'w', name: string): string {
  const digest = createHash('sha256').update(`${kind}:${name}`).digest();
  const letters = [...digest.subarray(0, 14)].map((byte) => (byte % 36).toString(36));
  return kind + letters.join('');
}

const SYSTEM: { title: string; columnName: string; uidt: SystemColumnType; hidden: boolean }[] = [
  { title: 'Id', columnName: 'id', uidt: 'ID', hidden: false },
  { title: 'CreatedAt', columnName: 'created_at', uidt: 'CreatedTime', hidden: false },
  { title: 'UpdatedAt', columnName: 'updated_at', uidt: 'LastModifiedTime', hidden: false },
  { title: 'nc_created_by', columnName: 'created_by', uidt: 'CreatedBy', hidden: true },
  { title: 'nc_updated_by', columnName: 'updated_by', uidt: 'LastModifiedBy', hidden: true },
  { title: 'nc_order', columnName: 'nc_order', uidt: 'Order', hidden: true },
];

/** The columns of a table, NocoDB's own first, as a table made in NocoDB has them. */
export function tableColumns(table: SampleTable, tableId: string): StoredColumn[] {
  const own = table.columns.map((column) => ({
    ...column,
    columnName: column.columnName ?? column.title.toLowerCase(),
    hidden: false,
    // As in NocoDB, the key behind a link is not the user's own column.
    system: column.uidt === 'ForeignKey',
  }));
  const system = SYSTEM.filter(({ uidt }) => table.external !== true || uidt === 'ID').map((column) => ({
    ...column,
    system: column.uidt !== 'ID',
  }));
  return [...system, ...own].map((column) => ({ ...column, id: nocoId('c', `${tableId}/${column.title}`) }));
}

const DATABASE_TYPE: Record<StoredColumn['uidt'], string> = {
  ID: 'int4',
  ForeignKey: 'int4',
  LinkToAnotherRecord: '',
  SingleLineText: 'text',
  LongText: 'text',
  Number: 'bigint',
  Decimal: 'numeric',
  Checkbox: 'bool',
  Date: 'date',
  DateTime: 'timestamp',
  SingleSelect: 'text',
  JSON: 'json',
  Attachment: 'text',
  CreatedTime: 'timestamp',
  LastModifiedTime: 'timestamp',
  CreatedBy: 'varchar',
  LastModifiedBy: 'varchar',
  Order: 'numeric',
};

/** A column as the meta API shows it. */
export function columnMeta(
  column: StoredColumn,
  index: number,
  firstOwn: boolean,
  link: Record<string, unknown> | null,
): Record<string, unknown> {
  const key = column.uidt === 'ID';
  return {
    id: column.id,
    title: column.title,
    column_name: column.columnName,
    uidt: column.uidt,
    dt: DATABASE_TYPE[column.uidt],
    pk: key,
    pv: firstOwn ? true : null,
    ai: key,
    rqd: key,
    system: column.system,
    order: index + 1,
    virtual: null,
    meta: null,
    colOptions: link,
  };
}
