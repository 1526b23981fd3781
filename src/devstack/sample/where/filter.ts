import type { StoredColumn } from '../table.js';

/**
 * A parsed `where`. A list is read as SQL reads it: `or` between runs of `and`. `not` applies to conditions only; before
 * a group NocoDB 0.301.3 accepts it and ignores it, and so does this.
 */
export type Join = 'and' | 'or' | 'not';

export interface Condition {
  kind: 'condition';
  join: Join;
  column: StoredColumn;
  op: string;
  /** First argument of a condition on a time: `exactDate` and the like. */
  subOp: string | undefined;
  /** null: the bare word `null` of the quoted grammar. undefined: no value given. */
  value: string | string[] | null | undefined;
}

export interface Group {
  kind: 'group';
  join: Join;
  children: Filter[];
}

export type Filter = Condition | Group;

/** Finds a column by title or id. */
export type ColumnLookup = (name: string) => StoredColumn | undefined;

export const OPERATORS: ReadonlySet<string> = new Set(
  (
    'eq neq not like nlike empty notempty null notnull checked notchecked blank notblank allof anyof nallof nanyof ' +
    'gt lt gte lte ge le in isnot is isWithin btw nbtw'
  ).split(' '),
);

const SPELLINGS: Readonly<Record<string, string>> = {
  isblank: 'blank',
  is_blank: 'blank',
  isnotblank: 'notblank',
  is_not_blank: 'notblank',
  is_notblank: 'notblank',
  ge: 'gte',
  le: 'lte',
  not: 'neq',
};

export const SUB_OPERATORS: ReadonlySet<string> = new Set(
  (
    'today tomorrow yesterday oneWeekAgo oneWeekFromNow oneMonthAgo oneMonthFromNow daysAgo daysFromNow exactDate ' +
    'pastWeek pastMonth pastYear nextWeek nextMonth nextYear pastNumberOfDays nextNumberOfDays'
  ).split(' '),
);

export function isOperator(word: string): boolean {
  return OPERATORS.has(word) || word in SPELLINGS;
}

/** One spelling for each operator; `is blank` becomes `blank`. */
export function normalise(op: string, value: Condition['value']): Pick<Condition, 'op' | 'value'> {
  if (op === 'is' && (value === 'blank' || value === 'notblank')) return { op: value, value: undefined };
  return { op: SPELLINGS[op] ?? op, value };
}
