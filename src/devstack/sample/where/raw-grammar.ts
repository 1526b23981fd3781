import { badRawFilter, serverError } from '../api-error.js';
import { isTime } from '../table.js';
import { isOperator, normalise, SUB_OPERATORS, type ColumnLookup, type Filter, type Join } from './filter.js';

/**
 * The old `where` grammar of v1 and v2: found by pattern, without quoting. Its weaknesses are NocoDB's own and kept on
 * purpose, because a client has to be safe against them: a value may close the parenthesis and go on (injection), a
 * group after a group is refused, `~xor` and missing joins become part of the value.
 */
const CONDITION = /(?:~(and|or|not))?\((.+?),(\w+)(?:,(.*))?\)/;
const BEFORE_JOIN = /(?=~(?:(?:and|or)(?:not)?|not)\()/;

export function parseRaw(text: string, columns: ColumnLookup): Filter[] {
  const open = groupStart(text);
  if (open === -1) return text.split(BEFORE_JOIN).map((part) => condition(part, columns));
  const close = groupEnd(text, open);
  if (close === -1) throw badRawFilter('Invalid filter format.');
  const before = text.slice(0, open);
  const after = text.slice(close + 2);
  const group: Filter = {
    kind: 'group',
    join: /~or$/.test(before) ? 'or' : /~not$/.test(before) ? 'not' : 'and',
    children: parseRaw(text.slice(open + 1, close + 1), columns),
  };
  return [
    ...(before === '' || before === '~not' ? [] : parseRaw(before, columns)),
    group,
    ...(after === '' ? [] : parseRaw(after, columns)),
  ];
}

function groupStart(text: string): number {
  const double = text.indexOf('((');
  return double === -1 ? text.indexOf('(~') : double;
}

/** The `))` that belongs to the `((` at `open`: one further for each `((` inside. */
function groupEnd(text: string, open: number): number {
  let close = text.indexOf('))');
  let inner = text.indexOf('((', open + 1);
  while (inner !== -1 && inner < close - 1) {
    close = text.indexOf('))', close + 1);
    inner = text.indexOf('((', inner + 1);
  }
  return close;
}

function condition(part: string, columns: ColumnLookup): Filter {
  const match = CONDITION.exec(part);
  if (!match) throw badRawFilter('Invalid filter format.');
  const [, join = 'and', field = '', word = '', given] = match;
  const column = columns(field);
  if (!column) throw badRawFilter(`Column alias '${field}' not found.`);
  if (!isOperator(word)) throw badRawFilter(`${word} is not supported.`);
  const base = { kind: 'condition' as const, join: join as Join, column, subOp: undefined };
  if (isTime(column)) {
    if (given === 'blank' || given === 'notblank') return { ...base, ...normalise(word, given) };
    const [subOp, value] = given?.split(',') ?? [];
    if (subOp === 'null') return { ...base, ...normalise(word, null) };
    if (subOp !== undefined && !SUB_OPERATORS.has(subOp)) throw badRawFilter(`'${subOp}' is not supported.`);
    return { ...base, subOp, ...normalise(word, value) };
  }
  if (given === undefined && (word === 'in' || word === 'eq')) throw serverError();
  return { ...base, ...normalise(word, word === 'in' ? given?.split(',') : given) };
}
