import { describe, expect, it } from '@jest/globals';

import { parseAppId, parseCount, parseQueues, parseRange } from '../../src/client/arguments.js';
import { UsageError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { describeRange } from '../../src/domain/period.js';

const NOW = Date.parse('2026-03-10T00:30:00Z');

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) {
      expect(error.exitCode).toBe(EXIT.usage);
      expect(error.message.split('\n').length).toBeLessThanOrEqual(3);
      return error.message;
    }
    throw error;
  }
  throw new Error('expected a UsageError');
}

describe('parseRange', () => {
  it.each([
    ['2026-03-01', '2026-03-09'],
    ['2026-03-10', '2026-03-10'],
    ['2024-02-29', '2024-02-29'],
    ['2000-01-01', '2026-03-10'],
  ])('takes %s to %s', (startDate, endDate) => {
    expect(parseRange(startDate, endDate, NOW)).toEqual({ startDate, endDate });
  });

  it.each([
    ['2026-02-30', '2026-03-01', '--start-date "2026-02-30" does not exist in the calendar'],
    ['2025-02-29', '2026-03-01', '--start-date "2025-02-29" does not exist'],
    ['2026-13-01', '2026-03-01', 'does not exist'],
    ['2026-3-1', '2026-03-01', '--start-date "2026-3-1" is not a day'],
    ['01.03.2026', '2026-03-01', 'is not a day'],
    ['2026-03-01T00:00:00Z', '2026-03-01', 'is not a day'],
    ['', '2026-03-01', 'is not a day'],
    ['yesterday', '2026-03-01', 'is not a day'],
    ['2026-03-01', '2026-03-11', '--end-date "2026-03-11" is in the future'],
    ['1999-12-31', '2026-03-01', 'is too early'],
    ['2026-03-05', '2026-03-04', '--start-date 2026-03-05 is after --end-date 2026-03-04'],
  ])('refuses %s to %s', (start, end, reason) => {
    expect(messageOf(() => parseRange(start, end, NOW))).toContain(reason);
  });

  it('says what is allowed and what to do next', () => {
    const lines = messageOf(() => parseRange('2026-03-01', '2026-04-01', NOW)).split('\n');
    expect(lines[1]).toContain('from 2000-01-01 to today, 2026-03-10');
    expect(lines[2]).toContain('--end-date 2026-03-10');
  });

  it('reads today in UTC, not in the local zone', () => {
    expect(() => parseRange('2026-03-10', '2026-03-10', Date.parse('2026-03-09T23:59:59Z'))).toThrow(
      UsageError,
    );
  });
});

describe('other arguments', () => {
  it.each(['0', '-1', '1.5', 'x', '', '1e3', '101'])('refuses the count %p', (value) => {
    expect(messageOf(() => parseCount('--limit', value, 100))).toContain(
      `--limit ${JSON.stringify(value)} cannot be used`,
    );
  });

  it('takes counts in range', () => {
    expect([parseCount('--limit', '1', 100), parseCount('--limit', '100', 100)]).toEqual([1, 100]);
  });

  it.each(['_all', '_none', '', ' '])('refuses the app id %p', (value) => {
    expect(messageOf(() => parseAppId(value))).toContain('reserved');
  });

  it('takes any other app id', () => {
    expect(parseAppId("shop's app/1")).toBe("shop's app/1");
  });

  it('takes queues in any order, once each', () => {
    expect(parseQueues('source, main,source')).toEqual(['main', 'source']);
  });

  it.each(['', ',', 'gpu', 'main,gpu'])('refuses the queues %p', (value) => {
    expect(messageOf(() => parseQueues(value))).toContain('main, source, process, categorize');
  });

  it('describes ranges', () => {
    expect(describeRange({ startDate: '2026-03-01', endDate: '2026-03-07' })).toBe(
      '2026-03-01..2026-03-07 (7 days)',
    );
    expect(describeRange({ startDate: '2026-03-01', endDate: '2026-03-01' })).toBe('2026-03-01');
  });
});
