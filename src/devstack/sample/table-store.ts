import { coded, notFound, plain } from './api-error.js';
import { tableColumns } from './columns.js';
import type { StoredRow } from './stored-row.js';
import { isTime, type SampleRow, type SampleTable, type StoredColumn } from './table.js';
import { parseTime, showDate, showDateTime, startOfSecond } from './time.js';
import { compile, idBounds } from './where/evaluate.js';
import type { ColumnLookup } from './where/filter.js';
import { parseWhere } from './where/parse-where.js';

export interface Query {
  where: string[];
  /** Titles, `-` before for descending. */
  sort: string[];
  /** Titles or column ids; empty: every column that is shown. */
  fields: string[];
}

/** Characters that the API takes for a LongText. */
const MAX_LONG_TEXT = 100_000;

/** One table in memory: rows by primary key, ascending, so that a range of keys is a slice. */
export class TableStore {
  readonly id: string;
  readonly title: string;
  readonly tableName: string;
  readonly columns: StoredColumn[];
  private readonly byName = new Map<string, StoredColumn>();
  private readonly rows: StoredRow[] = [];
  private nextId = 1;

  constructor(
    table: SampleTable,
    id: string,
    private readonly now: () => number,
  ) {
    this.id = id;
    this.title = table.title;
    this.tableName = table.tableName ?? table.title;
    this.columns = tableColumns(table, id);
    for (const column of this.columns) {
      this.byName.set(column.id, column);
      this.byName.set(column.title, column);
    }
    const start = now();
    for (const row of table.rows) this.seed(row, start);
    this.rows.sort((a, b) => a.id - b.id);
  }

  readonly column: ColumnLookup = (name) => this.byName.get(name);

  /** Rows that match, in order. */
  select(query: Pick<Query, 'where' | 'sort'>): StoredRow[] {
    const filters = parseWhere(query.where, this.column);
    const matches = compile(filters);
    const order = this.order(query.sort);
    const { from, to } = idBounds(filters);
    const found: StoredRow[] = [];
    for (let index = this.indexOf(from); index < this.rows.length; index += 1) {
      const row = this.rows[index];
      if (!row || row.id > to) break;
      if (matches(row)) found.push(row);
    }
    return order ? found.sort(order) : found;
  }

  /** What a record shows of a row. */
  projection(fields: string[]): (row: StoredRow) => SampleRow {
    const chosen = fields.map((field) => {
      const column = this.column(field);
      if (!column) throw notFound('FIELD', field);
      return column;
    });
    const shown = (chosen.length === 0 ? this.columns : chosen).filter((column) => !column.hidden);
    return (row) => Object.fromEntries(shown.map(({ title }) => [title, row.values[title] ?? null]));
  }

  get(id: number): StoredRow {
    const row = this.rows[this.indexOf(id)];
    if (row?.id !== id) throw notFound('RECORD', String(id));
    return row;
  }

  /** Adds a row as the API does: a new key, CreatedAt now, whole seconds. @returns its key */
  insert(values: SampleRow): number {
    const row: StoredRow = { id: this.nextId, values: { Id: this.nextId }, times: {} };
    this.set(row, 'CreatedAt', showDateTime(this.now()));
    this.assign(row, values);
    this.nextId += 1;
    this.rows.push(row);
    return row.id;
  }

  update(values: SampleRow): number {
    const row = this.get(keyOf(values, 'unknown'));
    this.assign(row, values);
    this.set(row, 'UpdatedAt', showDateTime(this.now()));
    return row.id;
  }

  remove(values: SampleRow): number {
    const row = this.get(keyOf(values));
    this.rows.splice(this.indexOf(row.id), 1);
    return row.id;
  }

  private assign(row: StoredRow, values: SampleRow): void {
    for (const [title, value] of Object.entries(values)) {
      const column = this.column(title);
      if (!column || column.uidt === 'ID') continue;
      if (column.system && column.uidt !== 'ForeignKey')
        throw plain(400, `Column "${column.title}" is auto generated and cannot be updated`);
      if (column.uidt === 'LongText' && typeof value === 'string' && value.length > MAX_LONG_TEXT) {
        throw coded(
          422,
          'ERR_INVALID_VALUE_FOR_FIELD',
          `Value length '${value.length}' is exceeding allowed limit '${MAX_LONG_TEXT}' for type 'LongText' on column '${column.title}'`,
        );
      }
      this.set(row, column.title, isTime(column) ? wholeSecond(value) : value);
    }
  }

  /** A row as SQL would have written it: key, times of the system and fractions of seconds as given. */
  private seed(values: SampleRow, createdAt: number): void {
    const id = typeof values['Id'] === 'number' ? values['Id'] : this.nextId;
    const row: StoredRow = { id, values: { Id: id }, times: {} };
    this.set(row, 'CreatedAt', showDateTime(createdAt));
    for (const [title, value] of Object.entries(values)) {
      if (title !== 'Id' && this.column(title)) this.set(row, title, value);
    }
    this.nextId = Math.max(this.nextId, id + 1);
    this.rows.push(row);
  }

  private set(row: StoredRow, title: string, value: unknown): void {
    const column = this.column(title);
    if (!column) return;
    if (!isTime(column)) {
      row.values[title] = value ?? null;
      return;
    }
    const at = typeof value === 'string' && value !== '' ? parseTime(value) : null;
    row.times[title] = at;
    row.values[title] =
      at === null
        ? null
        : Number.isNaN(at)
          ? 'Invalid Date'
          : column.uidt === 'Date'
            ? showDate(at)
            : showDateTime(at);
  }

  private order(sort: string[]): ((a: StoredRow, b: StoredRow) => number) | undefined {
    if (sort.length === 0) return undefined;
    const keys = sort.map((text) => {
      const descending = text.startsWith('-');
      const name = text.replace(/^[+-]/, '');
      const column = this.column(name);
      if (!column) throw notFound('FIELD', name);
      const read = isTime(column)
        ? (row: StoredRow) => row.times[column.title] ?? null
        : (row: StoredRow) => row.values[column.title] ?? null;
      return { read, sign: descending ? -1 : 1 };
    });
    return (a, b) => {
      for (const { read, sign } of keys) {
        const order = compareNullsFirst(read(a), read(b));
        if (order !== 0) return sign * order;
      }
      return a.id - b.id;
    };
  }

  /** Position of the first row whose key is at least `id`. */
  private indexOf(id: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.rows[middle]?.id ?? Infinity) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function keyOf(values: SampleRow, whenMissing?: string): number {
  const id = values['Id'];
  if (id == null) {
    if (whenMissing !== undefined) throw notFound('RECORD', whenMissing);
    throw coded(422, 'ERR_REQUIRED_FIELD_MISSING', `Field 'Id' is required`);
  }
  return Number(id);
}

/** The API drops fractions of seconds. */
function wholeSecond(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const at = parseTime(value);
  return Number.isNaN(at) ? value : showDateTime(startOfSecond(at));
}

function compareNullsFirst(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [asText(a), asText(b)];
  return left < right ? -1 : Number(left > right);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
