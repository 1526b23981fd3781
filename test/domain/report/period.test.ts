import { describe, expect, it } from '@jest/globals';
import {
  baselinePeriods,
  lastPeriodBefore,
  localDays,
  parsePeriod,
  periodAt,
  shiftPeriod,
  utcDays,
  weekStartOf,
  WEEKDAYS,
  type ReportCalendar,
  type ReportKind,
} from '../../../src/domain/report/period.js';
import { reportDocument } from '../../support/report-document.js';

const HOUR = 3_600_000;
const berlin: ReportCalendar = { timezone: 'Europe/Berlin', weekStart: 'monday' };
const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('periods of reports', () => {
  it.each([
    ['daily', '2024-01-31', '2024-01-30T23:00:00.000Z', '2024-01-31T23:00:00.000Z'],
    ['daily', '2024-03-31', '2024-03-30T23:00:00.000Z', '2024-03-31T22:00:00.000Z'],
    ['weekly', '2024-W05', '2024-01-28T23:00:00.000Z', '2024-02-04T23:00:00.000Z'],
    ['weekly', '2020-W53', '2020-12-27T23:00:00.000Z', '2021-01-03T23:00:00.000Z'],
    ['monthly', '2024-02', '2024-01-31T23:00:00.000Z', '2024-02-29T23:00:00.000Z'],
    ['monthly', '2024-10', '2024-09-30T22:00:00.000Z', '2024-10-31T23:00:00.000Z'],
  ] as const)('%s %s', (kind, name, start, end) => {
    const period = parsePeriod(kind, name, berlin);
    expect([iso(period.start), iso(period.end)]).toEqual([start, end]);
    expect(periodAt(kind, period.start, berlin)).toEqual(period);
    expect(periodAt(kind, period.end - 1, berlin)).toEqual(period);
    expect(periodAt(kind, period.end, berlin)).toEqual(shiftPeriod(period, 1, berlin));
    expect(lastPeriodBefore(kind, period.end, berlin)).toEqual(period);
  });

  it('has days of 23 and 25 hours', () => {
    const hours = (name: string) => {
      const { start, end } = parsePeriod('daily', name, berlin);
      return (end - start) / HOUR;
    };
    expect([hours('2024-03-31'), hours('2024-10-27'), hours('2024-10-28')]).toEqual([23, 25, 24]);
  });

  it('begins a day without a midnight at its first moment', () => {
    // Beirut left out midnight of 2024-03-31: clocks went from 24:00 to 01:00.
    const { start, end } = parsePeriod('daily', '2024-03-31', { ...berlin, timezone: 'Asia/Beirut' });
    expect([iso(start), (end - start) / HOUR]).toEqual(['2024-03-30T22:00:00.000Z', 23]);
  });

  it.each([
    ['daily', '2024-02-30'],
    ['daily', '2024-1-1'],
    ['weekly', '2024-W53'],
    ['weekly', '2024-W00'],
    ['weekly', '2024-05'],
    ['monthly', '2024-13'],
    ['monthly', '2024-01-01'],
  ] as [ReportKind, string][])('refuses %s %s', (kind, name) => {
    expect(() => parsePeriod(kind, name, berlin)).toThrow(RangeError);
  });

  it.each(WEEKDAYS)('cuts time into weeks without gap that begin on %s', (weekStart) => {
    const calendar = { timezone: 'America/New_York', weekStart };
    let week = periodAt('weekly', at('2019-12-20T00:00:00Z'), calendar);
    for (let i = 0; i < 120; i++) {
      const next = shiftPeriod(week, 1, calendar);
      expect(next.start).toBe(week.end);
      expect(parsePeriod('weekly', next.name, calendar)).toEqual(next);
      expect(weekStartOf(next.lastDay, weekStart)).toBe(next.firstDay);
      // the ISO number of the Thursday within
      const thursday = localDays(next).find((day) => new Date(day).getUTCDay() === 4);
      expect(periodAt('weekly', at(`${thursday ?? ''}T17:00:00Z`), berlin).name).toBe(next.name);
      week = next;
    }
  });

  it('knows what a period is compared with', () => {
    const names = (kind: ReportKind, name: string) =>
      baselinePeriods(parsePeriod(kind, name, berlin), berlin).map((period) => period.name);
    expect(names('daily', '2024-03-01')).toEqual(['2024-02-23', '2024-02-16', '2024-02-09', '2024-02-02']);
    expect(names('weekly', '2024-W02')).toEqual(['2024-W01', '2023-W52', '2023-W51', '2023-W50']);
    expect(names('monthly', '2024-02')).toEqual(['2023-02']);
  });

  it('names the UTC days that it touches', () => {
    expect(utcDays(parsePeriod('daily', '2024-01-31', berlin))).toEqual({
      startDate: '2024-01-30',
      endDate: '2024-01-31',
    });
    expect(utcDays(parsePeriod('monthly', '2024-01', { ...berlin, timezone: 'UTC' }))).toEqual({
      startDate: '2024-01-01',
      endDate: '2024-01-31',
    });
  });
});

describe('the fixture of a report', () => {
  it.each(['daily', 'weekly', 'monthly'] as const)('%s fits the schema', (kind) => {
    expect(reportDocument(kind).rows.length).toBeGreaterThan(50);
  });
});
