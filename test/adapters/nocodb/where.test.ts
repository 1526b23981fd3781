import { describe, expect, it } from '@jest/globals';
import { keyFilters } from '../../../src/adapters/nocodb/keys.js';
import type { ColumnInfo } from '../../../src/adapters/nocodb/meta.js';
import { and, atTime, compare, oneOf, or, quote, where } from '../../../src/adapters/nocodb/where.js';

const text: ColumnInfo = {
  id: 'c1',
  title: 'Key',
  column_name: 'key',
  uidt: 'SingleLineText',
  pk: false,
  system: false,
  colOptions: null,
};

describe('where', () => {
  it('quotes with the quote that a value lacks, and says when none will do', () => {
    expect(quote('x)~or(Id,gt,0')).toBe('"x)~or(Id,gt,0"');
    expect(quote('say "hi"')).toBe(`'say "hi"'`);
    expect(quote(`both ' and "`)).toBeNull();
    expect(quote('ends with \\')).toBeNull();
  });

  it('refuses values that cannot be said, naming what they are', () => {
    expect(() => compare('c1', 'eq', `a'"b`, 'The app id')).toThrow(/^The app id holds both/);
  });

  it('joins clauses with parentheses, so that neither changes the other', () => {
    const [a, b, c] = [compare('a', 'eq', '1'), compare('b', 'eq', '2'), compare('c', 'gt', '3')];
    expect(where(and(or(a, b), undefined, c))).toBe('@(((a,eq,"1")~or(b,eq,"2"))~and(c,gt,"3"))');
    expect(where(and(a, undefined))).toBe('@(a,eq,"1")');
    expect(() => and(undefined)).toThrow(RangeError);
  });

  it('takes whole seconds only, and no empty bound or list', () => {
    expect(atTime('t', 'gte', Date.UTC(2024, 2, 10))).toBe('(t,gte,exactDate,"2024-03-10T00:00:00Z")');
    expect(() => atTime('t', 'lt', 1.5)).toThrow(RangeError);
    expect(() => atTime('t', 'lt', Number.NaN)).toThrow(RangeError);
    expect(() => oneOf('c1', [])).toThrow(RangeError);
  });
});

describe('keyFilters', () => {
  it('cuts keys by number and by encoded length', () => {
    const keys = Array.from({ length: 10 }, (_, n) => `k${n}`);
    expect(keyFilters(text, keys, 4)).toHaveLength(3);
    const long = Array.from({ length: 40 }, (_, n) => `${n}${'('.repeat(200)}`);
    const filters = keyFilters(text, long, 1_000);
    expect(filters.length).toBeGreaterThan(1);
    for (const filter of filters) {
      expect(new URLSearchParams({ where: where(filter) }).toString().length).toBeLessThan(9_000);
    }
    expect(filters.join('').match(/\d+\(/g)).toHaveLength(40);
  });

  it('finds keys that cannot be quoted by a pattern', () => {
    expect(keyFilters(text, ['a', `it's "x"`, 'b\\'], 100)).toEqual([
      `(c1,like,"it's %x%%")`,
      '(c1,like,"b%%")',
      '(c1,in,"a")',
    ]);
  });

  it('asks a number column for numbers only', () => {
    expect(keyFilters({ ...text, uidt: 'Number' }, ['12', 'abc', '-3'], 100)).toEqual(['(c1,in,"12","-3")']);
    expect(keyFilters({ ...text, uidt: 'Number' }, ['abc'], 100)).toEqual([]);
  });
});
