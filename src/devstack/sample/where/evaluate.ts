import { notRebuilt, serverError, unsupportedFilter, coded } from '../api-error.js';
import { isNumber, isTime } from '../table.js';
import type { StoredRow } from '../stored-row.js';
import { DAY_MS, isDateOnly, parseTime, startOfDay, startOfSecond } from '../time.js';
import type { Condition, Filter } from './filter.js';

/** As SQL: true, false, or unknown (null) where a value to compare is missing. */
type Test = (row: StoredRow) => boolean | null;
export type Predicate = (row: StoredRow) => boolean;

/** Turns a parsed `where` into one function; throws what NocoDB answers for what it cannot compare. */
export function compile(filters: Filter[]): Predicate {
  const alternatives: Predicate[][] = [[]];
  filters.forEach((filter, index) => {
    if (index > 0 && filter.join === 'or') alternatives.push([]);
    alternatives.at(-1)?.push(compileOne(filter));
  });
  return (row) => alternatives.some((all) => all.every((test) => test(row)));
}

/** Smallest and largest primary key that can match, from conditions that every match has to meet. */
export function idBounds(filters: Filter[]): { from: number; to: number } {
  const bounds = { from: -Infinity, to: Infinity };
  if (filters.some((filter, index) => index > 0 && filter.join === 'or')) return bounds;
  for (const filter of filters) {
    if (filter.kind === 'group') {
      const inner = idBounds(filter.children);
      bounds.from = Math.max(bounds.from, inner.from);
      bounds.to = Math.min(bounds.to, inner.to);
    } else if (filter.column.uidt === 'ID' && filter.join !== 'not' && typeof filter.value === 'string') {
      const value = Number(filter.value);
      if (filter.value === '' || Number.isNaN(value)) continue;
      if (['gt', 'gte', 'eq'].includes(filter.op)) bounds.from = Math.max(bounds.from, value);
      if (['lt', 'lte', 'eq'].includes(filter.op)) bounds.to = Math.min(bounds.to, value);
    }
  }
  return bounds;
}

function compileOne(filter: Filter): Predicate {
  if (filter.kind === 'group') return compile(filter.children);
  const test = isTime(filter.column) ? timeTest(filter) : valueTest(filter);
  return filter.join === 'not' ? (row) => test(row) === false : (row) => test(row) === true;
}

const everything: Test = () => true;

function nullTest(filter: Condition): Test | undefined {
  const title = filter.column.title;
  const isNull: Test = (row) => row.values[title] == null;
  const notNull: Test = (row) => row.values[title] != null;
  const isBlank: Test = (row) => row.values[title] == null || row.values[title] === '';
  switch (filter.op) {
    case 'null':
    case 'notnull':
      if (filter.column.uidt === 'JSON') {
        throw coded(400, 'ERR_UNSUPPORTED_FILTER_OPERATION', `Operation '${filter.op}' is not supported`);
      }
      return filter.op === 'null' ? isNull : notNull;
    case 'blank':
      return isBlank;
    case 'notblank':
      return (row) => isBlank(row) !== true;
    case 'empty':
      return (row) => row.values[title] === '';
    case 'notempty':
      return (row) => row.values[title] !== '';
    case 'checked':
      return (row) => row.values[title] === true;
    case 'notchecked':
      return (row) => row.values[title] !== true;
    case 'is':
      if (isTime(filter.column)) return everything;
      if (filter.value === null || filter.value === 'null') return isNull;
      if (filter.value === 'notnull') return notNull;
      if (filter.value === 'empty') return (row) => row.values[title] === '';
      return everything;
    case 'isnot':
      return !isTime(filter.column) && filter.value === 'null' ? notNull : everything;
    default:
      return undefined;
  }
}

function valueTest(filter: Condition): Test {
  const simple = nullTest(filter);
  if (simple) return simple;
  const { op, value } = filter;
  const title = filter.column.title;
  if (op === 'in') {
    if (!Array.isArray(value)) throw serverError();
    const wanted = new Set<string | number>(isNumber(filter.column) ? value.map(toNumber) : value);
    return (row) => (row.values[title] == null ? null : wanted.has(comparable(row.values[title])));
  }
  if (Array.isArray(value)) throw serverError();
  if (op === 'like' || op === 'nlike') return likeTest(title, op, value ?? '');
  if (!['eq', 'neq', 'gt', 'gte', 'lt', 'lte'].includes(op)) throw notRebuilt(`the filter operator '${op}'`);
  if (value == null || (value === '' && isNumber(filter.column))) return missingTest(title, op);
  const wanted = isNumber(filter.column) ? toNumber(value) : value;
  return (row) => {
    const own = row.values[title];
    if (own == null) return op === 'neq' ? true : null;
    return compare(op, comparable(own), wanted);
  };
}

/** Comparing with null, or a number with an empty text: `eq` finds the nulls, `neq` everything, the rest nothing. */
function missingTest(title: string, op: string): Test {
  if (op === 'eq') return (row) => row.values[title] == null;
  return () => (op === 'neq' ? true : null);
}

/** Contains without `%`, else a pattern; case is ignored, as on PostgreSQL. */
function likeTest(title: string, op: string, value: string): Test {
  const pattern = value.includes('%') ? value : `%${value}%`;
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/%/g, '.*')
    .replace(/_/g, '.');
  const expression = new RegExp(`^${source}$`, 'isu');
  return (row) => {
    const own = row.values[title];
    if (own == null) return op === 'nlike' ? true : null;
    const text = String(comparable(own));
    // "Does not contain nothing" finds every text that is not empty.
    if (op === 'nlike' && value === '') return text !== '';
    return expression.test(text) === (op === 'like');
  };
}

function comparable(value: unknown): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function compare(op: string, own: string | number, wanted: string | number): boolean {
  switch (op) {
    case 'eq':
      return own === wanted;
    case 'neq':
      return own !== wanted;
    case 'gt':
      return own > wanted;
    case 'gte':
      return own >= wanted;
    case 'lt':
      return own < wanted;
    default:
      return own <= wanted;
  }
}

/** `exactDate`: whole seconds, or whole days where no time of day is given; `eq` always means the day. */
function timeTest(filter: Condition): Test {
  const { column, op, subOp, value } = filter;
  const simple = nullTest(filter);
  if (simple) return simple;
  if (!['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'isWithin'].includes(op)) {
    throw unsupportedFilter(
      `Operation ${op} is not supported for type ${column.uidt} on column ${column.title}`,
    );
  }
  if (subOp === undefined) return () => (op === 'neq' ? true : null);
  if (subOp !== 'exactDate') throw notRebuilt(`the date operator '${subOp}'`);
  // NocoDB drops a condition without a date: it finds every row.
  if (typeof value !== 'string' || value === '') return everything;
  const parsed = parseTime(value);
  if (Number.isNaN(parsed)) {
    throw unsupportedFilter(
      `Value ${value} is not supported for type ${column.uidt} on column ${column.title}`,
    );
  }
  const span = timeSpan(op, value, parsed);
  const title = column.title;
  return (row) => {
    const at = row.times[title];
    if (at == null || Number.isNaN(at)) return op === 'neq' ? true : null;
    const inside = at >= span.from && at < span.to;
    return op === 'neq' ? !inside : inside;
  };
}

/** Half-open range of instants, epoch ms, that an operator means. */
function timeSpan(op: string, text: string, parsed: number): { from: number; to: number } {
  const whole = op === 'eq' || op === 'neq' || isDateOnly(text);
  const from = whole ? startOfDay(parsed) : startOfSecond(parsed);
  // To the second: .734 within a second is after that second's value, so `lte` ends right behind the value itself.
  const to = whole ? from + DAY_MS : from + 1;
  switch (op) {
    case 'gt':
      return { from: to, to: Infinity };
    case 'gte':
      return { from, to: Infinity };
    case 'lt':
      return { from: -Infinity, to: from };
    case 'lte':
      return { from: -Infinity, to };
    default:
      return { from, to };
  }
}
