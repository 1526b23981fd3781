import { describe, expect, it } from '@jest/globals';

import { collectDays, reportPeriod, type CollectTick, type ReportTick } from '../../src/domain/schedule.js';

const at = (iso: string) => Date.parse(iso);
const collect = (timezone: string, overlapDays: number): CollectTick => ({
  kind: 'collect',
  timezone,
  overlapDays,
});
const report = (kind: ReportTick['kind'], timezone = 'Europe/Berlin', weekStart = 'monday'): ReportTick => ({
  kind,
  timezone,
  weekStart: weekStart as ReportTick['weekStart'],
});

describe('days of a scheduled collection', () => {
  it.each([
    ['UTC', 0, '2024-03-05T05:00:00Z', '2024-03-05', '2024-03-05'],
    ['UTC', 1, '2024-03-01T00:00:00Z', '2024-02-29', '2024-03-01'],
    // The local day of the 5th begins on the 4th in UTC, and that of the 4th on the 3rd.
    ['Europe/Berlin', 1, '2024-03-05T05:00:00Z', '2024-03-03', '2024-03-05'],
    // 05:00 in Auckland is still the day before in UTC.
    ['Pacific/Auckland', 0, '2024-03-04T16:00:00Z', '2024-03-04', '2024-03-04'],
    ['Pacific/Auckland', 1, '2024-03-04T16:00:00Z', '2024-03-03', '2024-03-04'],
    // West of UTC the local day may begin on the same UTC day, and end on the next one.
    ['America/Los_Angeles', 1, '2024-03-06T05:00:00Z', '2024-03-04', '2024-03-06'],
    ['UTC', 31, '2024-03-05T05:00:00Z', '2024-02-03', '2024-03-05'],
  ])('%s, %i days before, at %s: %s to %s', (zone, overlap, scheduled, startDate, endDate) => {
    expect(collectDays(collect(zone, overlap), at(scheduled))).toEqual({ startDate, endDate });
  });
});

describe('period of a scheduled report', () => {
  it.each([
    ['daily', '2024-02-01T05:00:00Z', '2024-01-31'],
    // At midnight sharp the day before has just ended.
    ['daily', '2024-01-31T23:00:00Z', '2024-01-31'],
    ['daily', '2024-01-31T22:59:59Z', '2024-01-30'],
    // The days on which clocks change have 23 and 25 hours.
    ['daily', '2024-03-31T22:00:00Z', '2024-03-31'],
    ['daily', '2024-03-31T21:59:59Z', '2024-03-30'],
    ['daily', '2024-10-27T23:00:00Z', '2024-10-27'],
    ['daily', '2024-10-27T22:59:59Z', '2024-10-26'],
    ['weekly', '2024-02-05T05:30:00Z', '2024-W05'],
    ['weekly', '2025-01-06T05:30:00Z', '2025-W01'],
    ['monthly', '2024-02-01T06:00:00Z', '2024-01'],
    ['monthly', '2024-01-31T22:59:59Z', '2023-12'],
  ] as const)('%s at %s: %s', (kind, scheduled, period) => {
    expect(reportPeriod(report(kind), at(scheduled))).toBe(period);
  });

  it('goes by the first day of the week that is set', () => {
    expect(reportPeriod(report('weekly', 'UTC', 'sunday'), at('2024-02-04T06:00:00Z'))).toBe('2024-W05');
    expect(reportPeriod(report('weekly', 'UTC', 'monday'), at('2024-02-04T06:00:00Z'))).toBe('2024-W04');
  });
});
