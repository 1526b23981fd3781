import { describe, expect, it } from '@jest/globals';
import type { ColumnInfo } from '../../../src/adapters/nocodb/meta.js';
import { asBoolean, asContent, asText, asTime, isFilled } from '../../../src/adapters/nocodb/values.js';
import { compareIds } from '../../../src/domain/versions.js';

const TEN = Date.UTC(2024, 0, 1, 10);

describe('asTime', () => {
  it.each<[unknown, number | null]>([
    ['2024-01-01 10:00:00+00:00', TEN],
    ['2024-01-01T10:00:00Z', TEN],
    ['2024-01-01T15:30:00+05:30', TEN],
    ['2024-01-01T15:30:00+0530', TEN],
    ['2024-01-01 12:00:00+02', TEN],
    ['2024-01-01 10:00:00', TEN],
    ['2024-01-01 10:00', TEN],
    [' 2024-01-01T10:00:00.734951Z ', TEN + 734],
    ['2024-01-01', Date.UTC(2024, 0, 1)],
    [TEN, TEN],
    [TEN / 1000, TEN],
    [String(TEN / 1000), TEN],
    ['yesterday', null],
    ['', null],
    ['2024-13-01', null],
    [null, null],
    [undefined, null],
    [{}, null],
    [Number.NaN, null],
  ])('%j → %j', (value, expected) => {
    expect(asTime(value)).toBe(expected);
  });
});

describe('other values', () => {
  it('makes text of scalars, and hands objects on for the boundary to refuse', () => {
    expect([asText(12), asText(false), asText('a'), asText(null), asText(undefined)]).toEqual([
      '12',
      'false',
      'a',
      null,
      null,
    ]);
    expect(asText([{ id: 'us1', email: 'a@example.com' }])).toBe('us1');
    expect(asText({ a: 1 })).toEqual({ a: 1 });
  });

  it('reads checkboxes of any database', () => {
    expect([true, 1, '1', 'TRUE', 'yes'].map(asBoolean)).toEqual([true, true, true, true, true]);
    expect([false, 0, '0', 'no'].map(asBoolean)).toEqual([false, false, false, false]);
    expect([null, '', 'maybe', {}].map(asBoolean)).toEqual([null, null, null, null]);
  });

  it('parses JSON columns that come as text, and no others', () => {
    const column = (uidt: string) => ({ uidt }) as ColumnInfo;
    expect(asContent('{"a":1}', column('JSON'))).toEqual({ a: 1 });
    expect(asContent({ a: 1 }, column('JSON'))).toEqual({ a: 1 });
    expect(asContent('not json', column('JSON'))).toBe('not json');
    expect(asContent('{"a":1}', column('LongText'))).toBe('{"a":1}');
    expect(asContent(undefined, column('LongText'))).toBeNull();
  });

  it('tells filled attachments from empty ones', () => {
    expect([[1], '[{}]', 2, { a: 1 }, true, 'x'].every(isFilled)).toBe(true);
    expect([[], '[]', '', ' ', 'null', 0, null, undefined, {}, false].some(isFilled)).toBe(false);
  });

  it('orders keys as numbers where they are numbers', () => {
    expect(['10', '9', '9007199254740993', '9007199254740992', '-1'].sort(compareIds)).toEqual([
      '-1',
      '9',
      '10',
      '9007199254740992',
      '9007199254740993',
    ]);
    expect(['b', 'a', '10'].sort(compareIds)).toEqual(['10', 'a', 'b']);
  });
});
