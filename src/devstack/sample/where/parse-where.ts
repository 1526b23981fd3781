import type { ColumnLookup, Filter } from './filter.js';
import { parseQuoted } from './quoted-grammar.js';
import { parseRaw } from './raw-grammar.js';

/** Reads one or several `where` parameters (several are joined by and); `@` chooses the quoted grammar. */
export function parseWhere(where: string[], columns: ColumnLookup): Filter[] {
  const given = where.filter((text) => text !== '');
  const parsed = given.map((text) =>
    text.startsWith('@') ? parseQuoted(text.slice(1), columns) : parseRaw(text, columns),
  );
  const [only] = parsed;
  if (parsed.length === 1 && only) return only;
  return parsed.map((children) => ({ kind: 'group', join: 'and', children }));
}
