import { PipelineError } from '../../domain/errors.js';

/**
 * NocoDB filters. All start with `@`, which selects the server's quoting grammar: an unquoted value could close the
 * parenthesis and change the filter. Columns are named by their ids, which need no quoting. A clause is a string
 * like `(c123,eq,"a b")`; `where()` makes the parameter of clauses.
 */
export type Clause = string & { readonly clause: unique symbol };

const clause = (text: string): Clause => text as Clause;

/**
 * Quotes a value with whichever quote it does not hold; null where it cannot be said: the grammar has no escape, so a
 * value with both quotes finds nothing (or is refused), and a backslash at the end would swallow the closing quote.
 */
export function quote(value: string): string | null {
  if (value.endsWith('\\')) return null;
  if (!value.includes('"')) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  return null;
}

function mustQuote(value: string, what: string): string {
  const quoted = quote(value);
  if (quoted === null) {
    throw new PipelineError(
      'InvalidInput',
      `${what} holds both ' and ", or ends with a backslash, which NocoDB's filters cannot express. Rename it in NocoDB, or leave the filter out.`,
    );
  }
  return quoted;
}

type Comparison = 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte' | 'like' | 'nlike';

export function compare(columnId: string, op: Comparison, value: string, what = 'a value'): Clause {
  return clause(`(${columnId},${op},${mustQuote(value, what)})`);
}

/** One of several values; those that cannot be quoted are the caller's to keep out. */
export function oneOf(columnId: string, values: readonly string[]): Clause {
  if (values.length === 0) throw new RangeError('oneOf needs a value: an empty list would filter nothing');
  return clause(`(${columnId},in,${values.map((value) => mustQuote(value, 'an id')).join(',')})`);
}

/** No value. Not `(col,is,null)`: on a date column the server (0.301.3) takes that for no filter at all. */
export function isBlank(columnId: string): Clause {
  return clause(`(${columnId},blank)`);
}

/** Some value; on text columns more than ''. */
export function isNotBlank(columnId: string): Clause {
  return clause(`(${columnId},notblank)`);
}

/**
 * Compares a date column to an instant. Whole seconds only: the server drops milliseconds in filters, so that only
 * half-open ranges on whole seconds neither lose nor double a row.
 */
export function atTime(columnId: string, op: 'gte' | 'lt', epochMs: number): Clause {
  if (!Number.isFinite(epochMs) || epochMs % 1000 !== 0) {
    throw new RangeError(`not a whole second: ${epochMs}`); // an empty bound would silently filter nothing
  }
  return clause(`(${columnId},${op},exactDate,"${new Date(epochMs).toISOString().slice(0, 19)}Z")`);
}

export function and(...clauses: (Clause | undefined)[]): Clause {
  return join(clauses, '~and');
}

export function or(...clauses: Clause[]): Clause {
  return join(clauses, '~or');
}

function join(clauses: (Clause | undefined)[], by: string): Clause {
  const present = clauses.filter((part): part is Clause => part !== undefined);
  const [first] = present;
  if (first === undefined) throw new RangeError('a filter needs a clause');
  return present.length === 1 ? first : clause(`(${present.join(by)})`);
}

/** The `where` parameter. */
export function where(filter: Clause): string {
  return `@${filter}`;
}
