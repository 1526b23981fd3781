import { describe, expect, it } from '@jest/globals';
import { encodeCsv } from '../../../src/domain/report/csv.js';
import { change, figure, seconds, toneOf } from '../../../src/domain/report/figures.js';
import { parseReportKey, reportKey } from '../../../src/domain/report/key.js';

it.each([
  [0.26, '0.3 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.6, '1 min'],
  [200, '3 min 20 s'],
  [3_599.7, '1 h'],
  [7_500, '2 h 5 min'],
  [86_390, '1 d'],
  [273_600, '3 d 4 h'],
])('%d seconds are %s', (value, text) => {
  expect(seconds(value)).toBe(text);
});

it.each([
  [null, 'count', '–'],
  [12_345, 'count', '12,345'],
  [0.4236, 'ratio', '42.4 %'],
  [1, 'ratio', '100 %'],
  [-0.123, 'score', '−0.12'],
  [0.001, 'score', '0.00'],
  [4.25, 'per_user', '4.3'],
] as const)('%p as %s is %s', (value, unit, text) => {
  expect(figure(value, unit)).toBe(text);
});

it('changes have a sign and a unit', () => {
  expect(change({ delta: 0.117, delta_kind: 'pct' })).toBe('+12 %');
  expect(change({ delta: -0.021, delta_kind: 'pp' })).toBe('−2.1 pp');
  expect(change({ delta: 0, delta_kind: 'pct' })).toBe('0 %');
  expect(change({ delta: null, delta_kind: null })).toBeNull();
});

it('is good or bad by the direction of the metric', () => {
  expect(toneOf('unanswered_rate', 0.1)).toBe('bad');
  expect(toneOf('unanswered_rate', -0.1)).toBe('good');
  expect(toneOf('engaged_conversations', 0.1)).toBe('neutral');
  expect(toneOf('unanswered_rate', 0)).toBe('neutral');
});

describe('csv', () => {
  it('quotes what must be quoted, and leaves null empty', () => {
    expect(
      encodeCsv(
        [
          { a: 'x,"y"', b: null, c: 1.5 },
          { a: 'line\nbreak', b: true, c: -2 },
        ],
        { head: true },
      ),
    ).toBe('a,b,c\r\n"x,""y""",,1.5\r\n"line\nbreak",true,-2\r\n');
  });

  it('makes no formula of text', () => {
    expect(encodeCsv([{ id: '=HYPERLINK("x")' }], { head: false })).toBe(`"'=HYPERLINK(""x"")"\r\n`);
  });
});

describe('keys', () => {
  const id = { kind: 'weekly', period: '2024-W05', appId: 'web_chat/é' } as const;

  it('name an app so that none is taken for all', () => {
    expect(reportKey(id, 2)).toBe('weekly/2024-W05/web%5Fchat%2F%C3%A9/r2');
    expect(reportKey({ ...id, appId: '_all' }, 1)).not.toBe(reportKey({ ...id, appId: null }, 1));
    expect(parseReportKey(reportKey(id, 2))).toEqual({ ...id, revision: 2 });
  });

  it.each([
    '',
    'daily',
    'yearly/2024/_all',
    'daily/2024-01-31/_all/2',
    'daily/2024-01-31/_all/r1/x',
    'daily/a/%',
  ])('%p is none', (key) => {
    expect(parseReportKey(key)).toBeNull();
  });
});
