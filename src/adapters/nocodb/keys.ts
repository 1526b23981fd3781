import type { ColumnInfo } from './meta.js';
import { compare, oneOf, quote, type Clause } from './where.js';

/** Longest encoded list of keys in a filter: a URL of 12 kB with room for paths, fields and bounds. */
export const MAX_ENCODED = 8_000;

/** A foreign key and an ID are as the primary key: numbers mostly, and text in some databases. */
const NUMERIC = new Set(['Number', 'Decimal']);

/**
 * Filters that together match every row whose column is one of the keys, at most `perFilter` keys each. They may match
 * more (other case, keys that cannot be quoted): compare the rows' keys exactly.
 */
export function keyFilters(column: ColumnInfo, keys: readonly string[], perFilter: number): Clause[] {
  const filters: Clause[] = [];
  let chunk: string[] = [];
  let length = 0;
  const flush = () => {
    if (chunk.length > 0) filters.push(oneOf(column.id, chunk));
    chunk = [];
    length = 0;
  };
  for (const key of keys) {
    // A number column cannot hold it, and PostgreSQL would refuse the whole filter.
    if (NUMERIC.has(column.uidt) && !/^-?\d+(\.\d+)?$/.test(key)) continue;
    const quoted = quote(key);
    const size = quoted === null ? 0 : encodedLength(`${quoted},`);
    // Neither a key that cannot be quoted nor one that is longer than a URL can stand in a list.
    if (quoted === null || size > MAX_ENCODED) {
      filters.push(compare(column.id, 'like', likePattern(key)));
      continue;
    }
    if (chunk.length >= perFilter || length + size > MAX_ENCODED) flush();
    chunk.push(key);
    length += size;
  }
  flush();
  return filters;
}

export function encodedLength(text: string): number {
  return new URLSearchParams([['', text]]).toString().length - 1;
}

/** A pattern that matches the key and perhaps others: what cannot be said exactly becomes a wildcard. */
function likePattern(key: string): string {
  return key.slice(0, 500).replace(/["\\%_]/g, '%') + '%';
}
