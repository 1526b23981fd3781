import type { IncomingMessage } from 'node:http';
import { notFound, plain, unauthorized } from './api-error.js';
import { columnMeta, nocoId } from './columns.js';
import type { RateLimiter } from './rate-limiter.js';
import { change, DEFAULT_LIMIT, listMany, listRecords, type Params } from './records.js';
import type { SampleTable, StoredColumn } from './table.js';
import { TableStore } from './table-store.js';

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

interface Site {
  baseId: string;
  tables: TableStore[];
  token: string;
  limiter: RateLimiter | undefined;
  now: () => number;
}

interface Call {
  method: string;
  params: Params;
  /** The request's JSON, undefined without a body. */
  body: unknown;
}

/** Answers one request; throws ApiError for every answer other than 2xx. */
export function createRoutes(
  site: Site,
): (request: Pick<IncomingMessage, 'method' | 'headers'>, url: URL, body: string) => Answer {
  return (request, url, text) => {
    const method = request.method ?? 'GET';
    const parts = url.pathname.split('/').filter((part) => part !== '');
    const [api, version, ...rest] = parts.map(decodeURIComponent);
    const call: Call = { method, params: (name) => url.searchParams.getAll(name), body: undefined };
    const unknownPath = plain(404, `Cannot ${method} ${url.pathname}`);
    if (api !== 'api') throw unknownPath;

    const open = method === 'GET' ? openAnswer(`${version ?? ''}/${rest.join('/')}`, site) : undefined;
    if (open) return { status: 200, body: open };
    if (version !== 'v2') throw unknownPath;

    // NocoDB looks for the base or table first: an unknown one is 404 even without a token.
    const [area, ...path] = rest;
    const table = area === 'tables' ? findTable(site, path[0]) : undefined;
    if (area === 'meta' && path[0] === 'tables') findTable(site, path[1]);
    if (area === 'meta' && path[0] === 'bases' && path[1] !== undefined && path[1] !== site.baseId) {
      throw notFound('BASE', path[1]);
    }
    if (!authorised(request, site.token)) throw unauthorized();
    if (table) site.limiter?.count();
    call.body = parseJson(text);

    const answer = table ? dataAnswer(table, path.slice(1), call) : metaAnswer(site, area, path, call);
    if (!answer) throw unknownPath;
    return answer;
  };
}

function openAnswer(path: string, site: Site): unknown {
  switch (path) {
    case 'v1/version':
      return { releaseVersion: null };
    case 'v1/health':
      return { message: 'OK', timestamp: site.now(), uptime: process.uptime() };
    case 'v2/meta/nocodb/info':
      return {
        authType: 'jwt',
        type: 'rest',
        env: 'production',
        defaultLimit: DEFAULT_LIMIT,
        isCloud: false,
        ee: false,
        ncDefaultWorkspaceId: nocoId('w', site.baseId),
      };
    default:
      return undefined;
  }
}

function dataAnswer(table: TableStore, path: string[], { method, params, body }: Call): Answer | undefined {
  const route = `${method} ${path.join('/')}`;
  switch (route) {
    case 'GET records':
      return { status: 200, body: listRecords(table, params) };
    case 'GET records/count':
      return { status: 200, body: { count: table.select({ where: params('where'), sort: [] }).length } };
    case 'POST bulk/datalist':
      return { status: 201, body: listMany(table, body) };
    case 'POST records':
      return { status: 200, body: change(body, (row) => table.insert(row)) };
    case 'PATCH records':
      return { status: 200, body: change(body, (row) => table.update(row)) };
    case 'DELETE records':
      return { status: 200, body: change(body, (row) => table.remove(row)) };
  }
  const [records, id, ...more] = path;
  if (method !== 'GET' || records !== 'records' || id === undefined || more.length > 0) return undefined;
  const fields = params('fields').flatMap((list) => (list === '' ? [] : list.split(',')));
  return { status: 200, body: table.projection(fields)(table.get(Number(id))) };
}

function metaAnswer(site: Site, area: string | undefined, path: string[], call: Call): Answer | undefined {
  if (area !== 'meta') return undefined;
  const [kind, id, last, ...more] = path;
  if (more.length > 0) return undefined;
  const base = {
    id: site.baseId,
    title: 'Sample',
    fk_workspace_id: nocoId('w', site.baseId),
    type: 'database',
  };
  if (kind === 'bases' && last === undefined && call.method === 'GET') {
    return { status: 200, body: id === undefined ? listOf([base]) : base };
  }
  if (kind === 'bases' && last === 'tables') {
    if (call.method === 'GET') return { status: 200, body: { list: site.tables.map(tableHead) } };
    if (call.method === 'POST') return { status: 200, body: tableMeta(site, createTable(site, call.body)) };
  }
  if (kind === 'tables' && last === undefined) {
    const table = findTable(site, id);
    if (call.method === 'GET') return { status: 200, body: tableMeta(site, table) };
    if (call.method === 'DELETE') {
      site.tables.splice(site.tables.indexOf(table), 1);
      return { status: 200, body: true };
    }
  }
  return undefined;
}

/** Takes NocoDB's own form: `{title, table_name, columns: [{title, column_name, uidt}]}`; an ID column is its own. */
function createTable(site: Site, body: unknown): TableStore {
  const given = body as {
    title: string;
    table_name?: string;
    columns?: { title: string; column_name?: string; uidt: string }[];
  };
  const table: SampleTable = {
    title: given.title,
    tableName: given.table_name ?? given.title,
    columns: (given.columns ?? [])
      .filter(({ uidt }) => uidt !== 'ID')
      .map((column) => ({
        title: column.title,
        columnName: column.column_name ?? column.title,
        uidt: column.uidt as SampleTable['columns'][number]['uidt'],
      })),
    rows: [],
  };
  const store = new TableStore(table, nocoId('m', `${site.baseId}/${table.title}`), site.now);
  if (site.tables.some(({ id }) => id === store.id)) throw plain(400, 'Duplicate table alias');
  site.tables.push(store);
  return store;
}

function tableHead(table: TableStore): Record<string, unknown> {
  return { id: table.id, title: table.title, table_name: table.tableName, type: 'table', enabled: true };
}

function tableMeta(site: Site, table: TableStore): Record<string, unknown> {
  const firstOwn = table.columns.find((column) => !column.system && column.uidt !== 'ID');
  const columns = table.columns.map((column, index) =>
    columnMeta(column, index, column === firstOwn, linkOptions(site, table, column)),
  );
  return { ...tableHead(table), columns, views: [] };
}

/** What NocoDB says of the belongs-to side of a link. */
function linkOptions(site: Site, table: TableStore, { link }: StoredColumn): Record<string, unknown> | null {
  if (!link) return null;
  const parent = site.tables.find(({ title }) => title === link.table);
  return {
    type: 'bt',
    fk_child_column_id: table.column(link.key)?.id ?? null,
    fk_parent_column_id: parent?.columns.find(({ uidt }) => uidt === 'ID')?.id ?? null,
    fk_related_model_id: parent?.id ?? null,
  };
}

function listOf(list: unknown[]): Record<string, unknown> {
  const pageInfo = {
    totalRows: list.length,
    page: 1,
    pageSize: list.length,
    isFirstPage: true,
    isLastPage: true,
  };
  return { list, pageInfo };
}

function findTable(site: Site, id = ''): TableStore {
  const table = site.tables.find((each) => each.id === id);
  if (!table) throw notFound('TABLE', id);
  return table;
}

function authorised({ headers }: Pick<IncomingMessage, 'headers'>, token: string): boolean {
  return headers['xc-token'] === token || headers.authorization === `Bearer ${token}`;
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw plain(400, error instanceof Error ? error.message : 'Invalid JSON in request body');
  }
}
