import { describe, expect, it } from '@jest/globals';
import { parseMapping } from '../../../src/adapters/nocodb/mapping.js';
import type { ColumnInfo } from '../../../src/adapters/nocodb/meta.js';
import { readTime, timeColumn } from '../../../src/adapters/nocodb/times.js';
import { parseTime } from '../../../src/adapters/nocodb/values.js';
import { isZone, offsetAt, wallToUtc } from '../../../src/domain/zones.js';

const utc = (text: string) => Date.parse(`${text}Z`);
const column = (uidt: string) => ({ id: 'c1', title: 'When', column_name: 'when', uidt }) as ColumnInfo;

describe('zones', () => {
  it.each([
    ['2024-01-15T12:00:00', 'Europe/Berlin', '2024-01-15T11:00:00'],
    ['2024-07-15T12:00:00', 'Europe/Berlin', '2024-07-15T10:00:00'],
    // Comes twice: the first of the two, still in summer time.
    ['2024-10-27T02:30:00', 'Europe/Berlin', '2024-10-27T00:30:00'],
    ['2024-10-27T03:00:00', 'Europe/Berlin', '2024-10-27T02:00:00'],
    // Left out: read with the offset from before.
    ['2024-03-31T02:30:00', 'Europe/Berlin', '2024-03-31T01:30:00'],
    ['2024-03-31T03:00:00', 'Europe/Berlin', '2024-03-31T01:00:00'],
    ['2024-05-01T00:15:00', 'Asia/Kathmandu', '2024-04-30T18:30:00'],
    ['2024-04-07T02:15:00', 'Australia/Lord_Howe', '2024-04-06T15:45:00'],
    ['2024-05-01T00:00:00', 'Pacific/Kiritimati', '2024-04-30T10:00:00'],
    ['2024-02-29T23:59:59', 'UTC', '2024-02-29T23:59:59'],
  ])('%s in %s is %s UTC', (wall, zone, expected) => {
    expect(new Date(wallToUtc(utc(wall), zone)).toISOString()).toBe(`${expected}.000Z`);
  });

  it('turns every hour of a year into its clock time and back, but for those that come twice', () => {
    let twice = 0;
    for (let at = utc('2024-01-01T00:00:00'); at < utc('2025-01-01T00:00:00'); at += 3_600_000) {
      const back = wallToUtc(at + offsetAt(at, 'America/New_York'), 'America/New_York');
      if (back !== at) twice++;
    }
    expect(twice).toBe(1);
  });

  it('knows which names are zones', () => {
    expect(['Europe/Berlin', 'UTC', 'Berlin', 'MEZ?', ''].map(isZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('epoch numbers', () => {
  it.each([
    [1_714_521_600, '2024-05-01T00:00:00.000Z'],
    [1_714_521_600.123, '2024-05-01T00:00:00.123Z'],
    [1_714_607_999.9994, '2024-05-01T23:59:59.999Z'],
    [1_714_521_600_123, '2024-05-01T00:00:00.123Z'],
    [1_714_521_600_123_999, '2024-05-01T00:00:00.123Z'],
    ['1714521600', '2024-05-01T00:00:00.000Z'],
    ['1714521600123', '2024-05-01T00:00:00.123Z'],
  ])('%j is %s, whatever its unit', (value, expected) => {
    expect(new Date(parseTime(value)?.ms ?? Number.NaN).toISOString()).toBe(expected);
  });
});

describe('readTime', () => {
  const read = (uidt: string, value: unknown, zones: { own?: string; base?: string } = {}) =>
    readTime({ When: value }, timeColumn(column(uidt), 'messages.sent_at', zones));

  it('reads text without an offset in the zone that is mapped, and refuses to guess one', () => {
    expect(read('LongText', '2024-05-01 02:00', { base: 'Europe/Berlin' })).toBe(utc('2024-05-01T00:00:00'));
    expect(read('LongText', '2024-05-01T02:00:00Z', { base: 'Europe/Berlin' })).toBe(
      utc('2024-05-01T02:00:00'),
    );
    expect(() => read('LongText', '2024-05-01 02:00')).toThrow(
      /^Mapping key timezone: When \(messages\.sent_at\) holds times without/,
    );
  });

  it('leaves days and date columns alone, unless the column’s own zone is mapped', () => {
    expect(read('LongText', '2024-05-01', { base: 'Europe/Berlin' })).toBe(utc('2024-05-01T00:00:00'));
    expect(read('DateTime', '2024-05-01 02:00:00+00:00', { base: 'Europe/Berlin' })).toBe(
      utc('2024-05-01T02:00:00'),
    );
    expect(read('DateTime', '2024-05-01 02:00:00+00:00', { own: 'Europe/Berlin' })).toBe(
      utc('2024-05-01T00:00:00'),
    );
    expect(read('Date', '2024-05-01', { own: 'Europe/Berlin' })).toBe(utc('2024-05-01T00:00:00'));
  });

  it('has no time for columns of other types', () => {
    expect(timeColumn(column('JSON'), 'messages.sent_at', {})).toBeUndefined();
    expect(read('LongText', 'soon')).toBeNull();
  });
});

describe('mapping of times and of several tables', () => {
  it.each([
    ['timezone: Berlin', /timezone: is not a time zone/],
    [
      'conversations: { started_at: { column: a, timezone: Mars } }',
      /conversations\.started_at\.timezone: is not a time zone/,
    ],
    ['messages: { conversation: { column: a, holds: both } }', /messages\.conversation\.holds/],
    ['messages: { role: { always: human } }', /messages\.role\.always/],
    ['messages: { table: Lines }', /messages\.table and messages\.prefix belong to a list/],
    ['messages: []', /messages/],
    ['messages: [{ role: { always: user } }]', /messages\.0\.table is missing/],
    ['messages: [{ table: A, role: From }]', /messages\.0\.prefix: is missing/],
    [
      'messages: [{ table: A, role: { always: user } }, { table: B, role: { always: user } }]',
      /messages\.1\.prefix: user is that of another table/,
    ],
    ['messages: [{ table: A, role: From, prefix: "a/b" }]', /messages\.0\.prefix: may hold/],
    ['messages: [{ table: A, role: { always: user }, colour: red }]', /colour/],
  ])('refuses %s', (text, reason) => {
    expect(() => parseMapping(text)).toThrow(reason);
  });
});
