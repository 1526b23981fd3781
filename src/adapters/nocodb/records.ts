import { z } from 'zod';
import { PipelineError } from '../../domain/errors.js';
import { compareIds } from '../../domain/versions.js';
import type { Call, NocoDbHttp, Shape } from './http.js';
import type { ColumnInfo, TableInfo } from './meta.js';
import { asText, valueOf, type Row } from './values.js';
import { and, compare, where, type Clause } from './where.js';

/** Rows asked for a page; the server clamps it silently and the answer tells what it applied. */
const PAGE = 1000;
/** Queries in one `bulk/datalist` request. */
export const QUERIES_A_REQUEST = 10;

const PageInfo = z
  .looseObject({
    totalRows: z.coerce.number().int().nonnegative().optional().catch(undefined),
    pageSize: z.number().int().positive().optional().catch(undefined),
  })
  .catch({});
interface Page {
  list: Row[];
  pageInfo: z.infer<typeof PageInfo>;
}

/** Ten thousand rows an answer: zod would copy each of them, and look at each of their values. */
function readPage(json: unknown): Page | undefined {
  if (!isObject(json) || !Array.isArray(json['list']) || !json['list'].every(isObject)) return undefined;
  return { list: json['list'], pageInfo: PageInfo.parse(json['pageInfo'] ?? {}) };
}

const Page = shapeOf(readPage);
const Pages = shapeOf((json) => {
  if (!isObject(json)) return undefined;
  const pages: Record<string, Page> = {};
  for (const [alias, value] of Object.entries(json)) {
    const page = readPage(value);
    if (page === undefined) return undefined;
    pages[alias] = page;
  }
  return pages;
});
const Count = z.object({ count: z.coerce.number().int().nonnegative() });

/** What is read of a table: a filter, by primary key ascending. */
export interface TableView {
  table: TableInfo;
  pk: ColumnInfo;
  fields: readonly ColumnInfo[];
}

/** One page and what the server counts for its filter. */
export interface KeyedPage {
  rows: Row[];
  /** Rows that match, this page and those after it. */
  total: number;
}

/** Where a query stands: keyset by primary key, so that no page shifts while others write. */
interface Reading {
  filter: Clause;
  rows: Row[];
  after: string | undefined;
  expected: number | undefined;
  done: boolean;
}

export function rowId(row: Row, pk: ColumnInfo): string {
  const id = asText(valueOf(row, pk));
  if (typeof id === 'string' && id !== '') return id;
  throw new PipelineError('SourceUnavailable', `NocoDB sent a row without its primary key ${pk.title}`);
}

/** Reads records; knows by now whether the server has `bulk/datalist` (undocumented, many queries a request). */
export class RecordReader {
  private bulk: boolean | undefined;

  /** Whether several queries share a request, as far as that is known. */
  get hasBulk(): boolean | undefined {
    return this.bulk;
  }

  constructor(
    private readonly http: NocoDbHttp,
    private readonly onNotice: (line: string) => void,
  ) {}

  async count(table: TableInfo, filter: Clause, call: Call): Promise<number> {
    const answer = await this.http.get(`${recordsPath(table)}/count`, { where: where(filter) }, Count, call);
    return answer.count;
  }

  /** Counts of several filters, many a request where the server can. */
  async counts(view: TableView, filters: readonly Clause[], call: Call): Promise<number[]> {
    const counts: number[] = [];
    for (let first = 0; first < filters.length; first += QUERIES_A_REQUEST) {
      const part = filters.slice(first, first + QUERIES_A_REQUEST);
      const readings = part.map((filter) => fresh(filter));
      const pages =
        part.length > 1 && this.bulk !== false ? await this.bulkPages(view, readings, call, 1) : undefined;
      for (const [index, filter] of part.entries()) {
        counts.push(pages?.[index]?.pageInfo.totalRows ?? (await this.count(view.table, filter, call)));
      }
    }
    return counts;
  }

  /** The first rows by a column, or the last; empty values are the caller's to filter out. */
  async edge(
    view: TableView,
    filter: Clause,
    column: ColumnInfo,
    options: { last: boolean; limit: number },
    call: Call,
  ): Promise<Row[]> {
    const query = {
      ...this.query(view, filter, undefined, options.limit),
      sort: `${options.last ? '-' : ''}${column.id}`,
    };
    return (await this.http.get(recordsPath(view.table), query, Page, call)).list;
  }

  /** The next page of a filter after a primary key. */
  async page(
    view: TableView,
    filter: Clause,
    after: string | undefined,
    limit: number,
    call: Call,
  ): Promise<KeyedPage> {
    const query = this.query(view, filter, after, Math.min(limit, PAGE));
    const page = await this.http.get(recordsPath(view.table), query, Page, call);
    return {
      rows: page.list,
      total: page.pageInfo.totalRows ?? (await this.count(view.table, bounded(view, filter, after), call)),
    };
  }

  /**
   * All rows of each filter. Rows received are compared with the server's own count; a filter that differs is read
   * once more, and SourceUnavailable is thrown where it still differs.
   */
  async all(view: TableView, filters: readonly Clause[], call: Call): Promise<Row[][]> {
    const readings = filters.map((filter) => fresh(filter));
    await this.finish(view, readings, call);
    const short = readings.filter((reading) => isShort(reading));
    for (const reading of short) Object.assign(reading, fresh(reading.filter));
    await this.finish(view, short, call);
    const still = short.find((reading) => isShort(reading));
    if (still) {
      throw new PipelineError(
        'SourceUnavailable',
        `Table ${view.table.title}: NocoDB counts ${still.expected ?? 0} rows and sent ${still.rows.length}, twice. The rows may be changing; it is tried again.`,
      );
    }
    return readings.map((reading) => reading.rows);
  }

  private async finish(view: TableView, readings: Reading[], call: Call): Promise<void> {
    for (;;) {
      const open = readings.filter((reading) => !reading.done);
      if (open.length === 0) return;
      for (let first = 0; first < open.length; first += QUERIES_A_REQUEST) {
        await this.advance(view, open.slice(first, first + QUERIES_A_REQUEST), call);
      }
    }
  }

  /** One page further for each: in one request where the server can, else one by one. */
  private async advance(view: TableView, readings: Reading[], call: Call): Promise<void> {
    const pages =
      readings.length > 1 && this.bulk !== false ? await this.bulkPages(view, readings, call) : undefined;
    for (const [index, reading] of readings.entries()) {
      const page =
        pages?.[index] ??
        (await this.http.get(
          recordsPath(view.table),
          this.query(view, reading.filter, reading.after, PAGE),
          Page,
          call,
        ));
      const total =
        page.pageInfo.totalRows ??
        (await this.count(view.table, bounded(view, reading.filter, reading.after), call));
      absorb(view, reading, page.list, total);
    }
  }

  private async bulkPages(
    view: TableView,
    readings: Reading[],
    call: Call,
    limit = PAGE,
  ): Promise<Page[] | undefined> {
    const body = readings.map((reading, index) => ({
      alias: `q${index}`,
      ...this.query(view, reading.filter, reading.after, limit),
    }));
    try {
      const path = `/api/v2/tables/${encodeURIComponent(view.table.id)}/bulk/datalist`;
      const answer = await this.http.post(path, body, Pages, call);
      const pages = body.map(({ alias }) => answer[alias]).filter((page) => page !== undefined);
      if (pages.length !== body.length) throw new PipelineError('SourceRequest', 'an answer is missing');
      this.bulk = true;
      return pages;
    } catch (error) {
      // Before a first success the filters are tried again one by one: a server or proxy may not know the path.
      if (this.bulk === true || !(error instanceof PipelineError)) throw error;
      if (error.type === 'SourceSchema' || error.type === 'SourceRequest') {
        this.bulk = false;
        this.onNotice('This NocoDB does not answer bulk/datalist; pages are read one request each.');
      } else if (error.type !== 'SourceUnavailable') throw error;
      return undefined;
    }
  }

  private query(
    view: TableView,
    filter: Clause,
    after: string | undefined,
    limit: number,
  ): { where: string; sort: string; limit: number; fields: string } {
    return {
      where: where(bounded(view, filter, after)),
      sort: view.pk.id,
      limit,
      fields: view.fields.map((field) => field.id).join(','),
    };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeOf<T>(read: (json: unknown) => T | undefined): Shape<T> {
  return {
    safeParse: (json) => {
      const data = read(json);
      return data === undefined ? { success: false } : { success: true, data };
    },
  };
}

function recordsPath(table: TableInfo): string {
  return `/api/v2/tables/${encodeURIComponent(table.id)}/records`;
}

function fresh(filter: Clause): Reading {
  return { filter, rows: [], after: undefined, expected: undefined, done: false };
}

function bounded(view: TableView, filter: Clause, after: string | undefined): Clause {
  return after === undefined ? filter : and(filter, compare(view.pk.id, 'gt', after));
}

/** Rows that came while reading are no loss; fewer than the first count are. */
function isShort(reading: Reading): boolean {
  return reading.rows.length < (reading.expected ?? 0);
}

function absorb(view: TableView, reading: Reading, rows: Row[], total: number): void {
  reading.expected ??= total;
  const last = rows.at(-1);
  const after = last === undefined ? undefined : rowId(last, view.pk);
  if (after !== undefined && reading.after !== undefined && !isNext(reading.after, after)) {
    throw new PipelineError(
      'SourceUnavailable',
      `Table ${view.table.title}: NocoDB did not sort by ${view.pk.title}, so its pages cannot be trusted.`,
    );
  }
  reading.rows.push(...rows);
  reading.after = after ?? reading.after;
  // Never "a short page is the last one": the server may clamp the page size. Its count of the remainder decides.
  reading.done = rows.length === 0 || rows.length >= total;
}

/** Text keys are ordered by the server's collation, which is not ours: there only standing still is a fault. */
function isNext(before: string, after: string): boolean {
  const numeric = /^-?\d+$/.test(before) && /^-?\d+$/.test(after);
  return numeric ? compareIds(after, before) > 0 : after !== before;
}
