import { z } from 'zod';
import { PipelineError } from '../../domain/errors.js';
import type { NocoDbHttp } from './http.js';

export const TableInfo = z.object({ id: z.string(), title: z.string(), table_name: z.string() });
export type TableInfo = z.infer<typeof TableInfo>;

/** The server says true, 1 or null, depending on its own database. */
const flag = z
  .union([z.boolean(), z.number(), z.null()])
  .optional()
  .transform((value) => value === true || value === 1);

export const ColumnInfo = z.object({
  id: z.string(),
  title: z.string(),
  column_name: z
    .string()
    .nullish()
    .transform((name) => name ?? ''),
  uidt: z.string(),
  pk: flag,
  system: flag,
  colOptions: z
    .looseObject({
      type: z.string().nullish(),
      fk_child_column_id: z.string().nullish(),
      fk_related_model_id: z.string().nullish(),
    })
    .nullish()
    .catch(null),
});
export type ColumnInfo = z.infer<typeof ColumnInfo>;

const TableList = z.object({ list: z.array(TableInfo) });
const TableDetails = z.object({ columns: z.array(ColumnInfo) });

const BaseList = z.object({ list: z.array(z.object({ id: z.string(), title: z.string() })) });
export type BaseInfo = z.infer<typeof BaseList>['list'][number];

/** All bases that the token may see. */
export async function listBases(http: NocoDbHttp, signal: AbortSignal): Promise<BaseInfo[]> {
  return (await http.get('/api/v2/meta/bases/', {}, BaseList, { signal })).list;
}

/** All tables of the base. */
export async function listTables(
  http: NocoDbHttp,
  baseId: string,
  signal: AbortSignal,
): Promise<TableInfo[]> {
  const path = `/api/v2/meta/bases/${encodeURIComponent(baseId)}/tables`;
  return (await http.get(path, {}, TableList, { signal })).list;
}

/** All columns of a table, links and formulas too. */
export async function listColumns(
  http: NocoDbHttp,
  tableId: string,
  signal: AbortSignal,
): Promise<ColumnInfo[]> {
  const path = `/api/v2/meta/tables/${encodeURIComponent(tableId)}`;
  return (await http.get(path, {}, TableDetails, { signal })).columns;
}

/** Finds a table by id, else exact title, else table name. `setting` is the variable that the errors name. */
export function findTable(tables: readonly TableInfo[], wanted: string, setting: string): TableInfo {
  const there = tables.map((table) => `${table.title} (${table.id}, ${table.table_name})`).join(', ');
  for (const field of ['id', 'title', 'table_name'] as const) {
    const found = tables.filter((table) => table[field] === wanted);
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) {
      throw new PipelineError(
        'SourceSchema',
        `${setting}=${wanted} is ambiguous: ${found.length} tables have this ${field}. Give the id instead. The base has: ${there}`,
      );
    }
  }
  throw new PipelineError(
    'SourceSchema',
    `No table has the id, title or table name ${wanted} (${setting}). The base has: ${there || 'no tables'}`,
  );
}
