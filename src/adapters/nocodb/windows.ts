import type { Call } from './http.js';
import { QUERIES_A_REQUEST, rowId, type RecordReader, type TableView } from './records.js';
import { and, compare, isNotBlank, type Clause } from './where.js';
import type { Row } from './values.js';

/**
 * A table walked once in windows of primary keys, bounded on both sides: NocoDB counts the rows of each query, and a
 * window's count is that of its own rows, where an open end would count the rest of the table every time.
 */

/** Rows that a window aims at: NocoDB's largest page. */
const PAGE = 1_000;
/** Characters that an answer aims at: what is parsed at once has to fit into a worker several times over. */
const ANSWER_CHARACTERS = 4_000_000;
/** Windows through a gap grow up to this many ids. */
const MAX_WIDTH = 50_000_000;
/** Rows looked at on each end of a table, for how long they are. */
const EDGE_ROWS = 25;

/** Where the rows of a table lie. */
export interface Extent {
  rows: number;
  first: number;
  last: number;
  /** Characters of a row in an answer. */
  characters: number;
}

export type ExtentOrReason = Extent | { reason: string };

/** Two requests. Keys that are no whole numbers cannot be walked: `reason` says so. */
export async function extentOf(reader: RecordReader, view: TableView, call: Call): Promise<ExtentOrReason> {
  let characters = 0;
  const measured: Call = { ...call, onAnswer: (n) => (characters += n) };
  const all = isNotBlank(view.pk.id);
  const { rows, total } = await reader.page(view, all, undefined, EDGE_ROWS, measured);
  const last = await reader.edge(view, all, view.pk, { last: true, limit: EDGE_ROWS }, measured);
  const [low, high] = [rows[0], last[0]];
  if (low === undefined || high === undefined) return { rows: 0, first: 1, last: 0, characters: 1 };
  const [first, end] = [Number(rowId(low, view.pk)), Number(rowId(high, view.pk))];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(end) || end < first) {
    return { reason: `the primary key ${view.pk.title} of ${view.table.title} is no whole number` };
  }
  return { rows: total, first, last: end, characters: characters / (rows.length + last.length) };
}

/** Rows an id: 1 where no id is missing. */
export function densityOf({ rows, first, last }: Extent): number {
  return Math.min(1, rows / Math.max(1, last - first + 1));
}

/** How wide windows are, and how many share a request; learns from each answer. */
export class Pace {
  private width: number;
  private rowsAWindow: number;
  private queries: number;

  constructor(density: number, characters: number) {
    this.rowsAWindow = PAGE;
    this.queries = QUERIES_A_REQUEST;
    this.fit(characters);
    this.width = this.widthFor(density);
  }

  /** The windows of the next request, from an id on. */
  bounds(from: number, to: number): { windows: [from: number, to: number][]; end: number } {
    const windows: [number, number][] = [];
    let end = from - 1;
    while (windows.length < this.queries && end < to) {
      const start = end + 1;
      end = Math.min(to, end + this.width);
      windows.push([start, end]);
    }
    return { windows, end };
  }

  learn(ids: number, rows: number, characters: number): void {
    if (rows === 0) {
      this.width = Math.min(MAX_WIDTH, this.width * 4);
      return;
    }
    this.fit(characters / rows);
    this.width = this.widthFor(rows / ids);
  }

  private fit(characters: number): void {
    const rows = Math.max(1, Math.floor(ANSWER_CHARACTERS / Math.max(1, characters)));
    this.rowsAWindow = Math.max(10, Math.min(PAGE, rows));
    this.queries = Math.max(1, Math.min(QUERIES_A_REQUEST, Math.floor(rows / this.rowsAWindow)));
  }

  private widthFor(density: number): number {
    // Half the ids and more: a window of as many ids as rows never overflows into a second page.
    if (density >= 0.5) return this.rowsAWindow;
    return Math.min(MAX_WIDTH, Math.floor((this.rowsAWindow * 0.8) / Math.max(density, 1e-9)));
  }
}

/** Rows between two primary keys, inclusive, ascending, one request after the other; each is checked by its count. */
export async function* walk(
  reader: RecordReader,
  view: TableView,
  { from, to }: { from: number; to: number },
  pace: Pace,
  call: Call,
): AsyncGenerator<Row[], void, undefined> {
  for (let at = from; at <= to;) {
    const { windows, end } = pace.bounds(at, to);
    const filters = windows.map(([first, last]) => between(view, first, last));
    let characters = 0;
    const pages = await reader.all(view, filters, { ...call, onAnswer: (n) => (characters += n) });
    const rows = pages.length === 1 ? (pages[0] ?? []) : pages.flat();
    pace.learn(end - at + 1, rows.length, characters);
    yield rows;
    at = end + 1;
  }
}

function between({ pk }: TableView, first: number, last: number): Clause {
  return and(compare(pk.id, 'gte', String(first)), compare(pk.id, 'lte', String(last)));
}

/** Every row of a table that is there when it begins, by primary key: page by page where keys are no whole numbers. */
export async function* wholeTable(
  reader: RecordReader,
  view: TableView,
  call: Call,
): AsyncGenerator<Row, void, undefined> {
  const extent = await extentOf(reader, view, call);
  if ('reason' in extent) {
    const [all = []] = await reader.all(view, [isNotBlank(view.pk.id)], call);
    yield* all;
    return;
  }
  const pace = new Pace(densityOf(extent), extent.characters);
  for await (const rows of walk(reader, view, { from: extent.first, to: extent.last }, pace, call))
    yield* rows;
}

/** What lies at and behind a primary key by now: a few rows as a rule, more where an import goes on beside. */
export async function* tail(
  reader: RecordReader,
  view: TableView,
  from: number,
  pace: Pace,
  call: Call,
): AsyncGenerator<Row[], void, undefined> {
  const behind = compare(view.pk.id, 'gte', String(from));
  const [last] = await reader.edge(
    { ...view, fields: [view.pk] },
    behind,
    view.pk,
    { last: true, limit: 1 },
    call,
  );
  if (last !== undefined) yield* walk(reader, view, { from, to: Number(rowId(last, view.pk)) }, pace, call);
}
