import { coded, plain } from './api-error.js';
import type { SampleRow } from './table.js';
import type { TableStore } from './table-store.js';

/** NocoDB's own limits: DB_QUERY_LIMIT_DEFAULT and _MAX, and rows a request with an API token. */
export const DEFAULT_LIMIT = 25;
export const MAX_LIMIT = 1000;
export const MAX_PAYLOAD = 100;

export interface Page {
  list: SampleRow[];
  pageInfo: Record<string, unknown>;
}

/** A query string with each parameter's values, as NocoDB reads them. */
export type Params = (name: string) => string[];

/** One page of records. Too large a limit is cut in silence; an offset at or behind the end is an error. */
export function listRecords(table: TableStore, params: Params): Page {
  const limit = readLimit(first(params, 'limit', 'l'));
  const page = first(params, 'page');
  const offset =
    page === undefined ? readOffset(first(params, 'offset', 'o')) : (Math.trunc(Number(page)) - 1) * limit;
  const project = table.projection(names(all(params, 'fields', 'f')));
  const rows = table.select({
    where: all(params, 'where', 'w'),
    sort: names(all(params, 'sort', 's').slice(0, 1)),
  });
  if (offset < 0) throw invalidOffset('Offset must be a non-negative integer');
  if (offset > 0 && offset >= rows.length) throw invalidOffset(`Offset value '${offset}' is invalid`);
  return {
    list: rows.slice(offset, offset + limit).map(project),
    pageInfo: pageInfo(rows.length, limit, offset),
  };
}

/** What `bulk/datalist` answers: a page for each alias, in one request. */
export function listMany(table: TableStore, body: unknown): Record<string, Page> {
  if (!Array.isArray(body) || body.length === 0) throw plain(400, 'Invalid bulkFilterList');
  const pages: Record<string, Page> = {};
  for (const entry of body as Record<string, unknown>[]) {
    pages[String(entry['alias'])] = listRecords(table, (name) => {
      const value = entry[name] as string | number | string[] | null | undefined;
      return value == null ? [] : Array.isArray(value) ? value : [String(value)];
    });
  }
  return pages;
}

/** Runs a change for one row or a list of rows, and answers in the same form. */
export function change(
  body: unknown,
  apply: (row: SampleRow) => number,
): Record<string, number> | Record<string, number>[] {
  if (!Array.isArray(body)) return { Id: apply(asRow(body)) };
  if (body.length > MAX_PAYLOAD) {
    throw coded(
      422,
      'ERR_MAX_PAYLOAD_LIMIT_EXCEEDED',
      `Maximum ${MAX_PAYLOAD} entities are allowed per request`,
    );
  }
  return body.map((row) => ({ Id: apply(asRow(row)) }));
}

function asRow(value: unknown): SampleRow {
  return typeof value === 'object' && value !== null ? (value as SampleRow) : {};
}

function pageInfo(totalRows: number, pageSize: number, offset: number): Record<string, unknown> {
  const aligned = offset % pageSize === 0;
  return {
    totalRows,
    ...(aligned ? { page: offset / pageSize + 1 } : {}),
    pageSize,
    isFirstPage: offset === 0,
    isLastPage: offset + pageSize >= totalRows,
    ...(aligned ? {} : { offset }),
  };
}

function all(params: Params, name: string, short: string): string[] {
  const values = params(name);
  return values.length === 0 ? params(short) : values;
}

function first(params: Params, name: string, short?: string): string | undefined {
  return params(name)[0] ?? (short === undefined ? undefined : params(short)[0]);
}

/** One value is a comma list; several values are one name each, so that a name may hold a comma. */
function names(values: string[]): string[] {
  const [only] = values;
  if (only === undefined || (values.length === 1 && only === '')) return [];
  return values.length === 1 ? only.split(',') : values;
}

function readLimit(text: string | undefined): number {
  const limit = Math.trunc(Number(text));
  return limit > 0 ? Math.min(limit, MAX_LIMIT) : DEFAULT_LIMIT;
}

function readOffset(text: string | undefined): number {
  const offset = Math.trunc(Number(text));
  return offset > 0 ? offset : 0;
}

function invalidOffset(message: string) {
  return coded(422, 'ERR_INVALID_OFFSET_VALUE', message);
}
