import { describe, expect, it } from '@jest/globals';

import { definitionsOf } from '../../../src/client/schedules/definitions.js';
import { describeSpec, scheduleOptions, settingsOf } from '../../../src/client/schedules/settings.js';
import type { ReportCalendar } from '../../../src/domain/report/period.js';

const CALENDAR: ReportCalendar = { timezone: 'Europe/Berlin', weekStart: 'sunday' };
const optionsOf = (entry: object, name = 'x') =>
  scheduleOptions(definitionsOf({ schedules: { [name]: entry } }, 'test', CALENDAR)[0]!);

describe('what Temporal is told', () => {
  it.each([
    [{ kind: 'collect', every: '90m' }, 'every 90m'],
    [{ kind: 'collect', at: '05:00' }, '05:00'],
    [{ kind: 'daily', at: '06:05' }, '06:05'],
    [{ kind: 'weekly', at: '06:30' }, 'sunday 06:30'],
    [{ kind: 'monthly', at: '07:00' }, 'day 1 07:00'],
  ])('%j fires %s', (entry, fires) => {
    expect(describeSpec(optionsOf(entry).spec)).toBe(fires);
  });

  it('sets zone, overlap, catch-up and pause for reports: no period is lost, and a fault stops them', () => {
    expect(
      settingsOf(optionsOf({ kind: 'daily', at: '06:00', jitter: '10m', app_id: 'shop' }, 'shop')),
    ).toEqual({
      fires: '06:00',
      timezone: 'Europe/Berlin',
      jitter: '10m',
      starts: 'tick tick/shop on conversation-analytics',
      kind: 'daily',
      weekStart: 'sunday',
      appId: 'shop',
      overlap: 'BUFFER_ALL',
      catchup: '7d',
      pauseOnFailure: 'true',
    });
  });

  it('collects changes one at a time, whole days one after another, and goes on after a fault', () => {
    expect(settingsOf(optionsOf({ kind: 'collect', every: '1h' }))).toMatchObject({
      overlap: 'SKIP',
      catchup: '1h',
      pauseOnFailure: 'false',
    });
    expect(settingsOf(optionsOf({ kind: 'collect', at: '05:00', overlap_days: 2 }))).toMatchObject({
      overlapDays: '2',
      overlap: 'BUFFER_ALL',
      catchup: '7d',
      pauseOnFailure: 'false',
    });
  });

  it('shows as it stands what was set elsewhere', () => {
    const { spec } = optionsOf({ kind: 'daily', at: '06:00' });
    const [calendar] = spec.calendars;
    const twice = { ...calendar!, hour: [{ start: 6, end: 18, step: 12 }] };
    expect(describeSpec({ calendars: [twice], intervals: [] })).toContain('"step":12');
    expect(describeSpec({ calendars: [calendar!, calendar!] })).toContain('"calendars":[{');
    expect(describeSpec({ intervals: [{ every: 60_000, offset: 5 }] })).toContain('"offset":5');
  });
});
