import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { UsageError } from '../../../src/client/errors.js';
import { wantedSchedules, type ApplyRequest } from '../../../src/client/schedules/apply.js';
import { definitionsOf, readSchedulesFile } from '../../../src/client/schedules/definitions.js';
import type { ReportCalendar } from '../../../src/domain/report/period.js';

const CALENDAR: ReportCalendar = { timezone: 'Europe/Berlin', weekStart: 'monday' };
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'schedules-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function read(text: string) {
  const path = join(dir, 'schedules.yaml');
  writeFileSync(path, text);
  return readSchedulesFile(path, CALENDAR);
}

function mistakeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.message.split('\n')).toHaveLength(3);
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('a file of schedules', () => {
  it('names what is done and when; the kind may be the name', () => {
    const file = `
schedules:
  collect: { every: 1h }
  daily: { at: 06:00, jitter: 5m }
  shop-monthly: { kind: monthly, at: "07:30", app_id: shop }
  nightly: { kind: collect, at: 03:00, overlap_days: 3 }
`;
    expect(read(file)).toEqual([
      {
        name: 'collect',
        timing: { everyMs: 3_600_000 },
        jitterMs: 0,
        tick: { kind: 'collect', timezone: 'Europe/Berlin' },
      },
      {
        name: 'daily',
        timing: { at: '06:00' },
        jitterMs: 300_000,
        tick: { kind: 'daily', timezone: 'Europe/Berlin', weekStart: 'monday' },
      },
      {
        name: 'nightly',
        timing: { at: '03:00' },
        jitterMs: 0,
        tick: { kind: 'collect', timezone: 'Europe/Berlin', overlapDays: 3 },
      },
      {
        name: 'shop-monthly',
        timing: { at: '07:30' },
        jitterMs: 0,
        tick: { kind: 'monthly', timezone: 'Europe/Berlin', weekStart: 'monday', appId: 'shop' },
      },
    ]);
  });

  it('may say that nothing is scheduled', () => {
    expect(read('schedules: {}')).toEqual([]);
  });

  it.each([
    ['', 'schedules: give names'],
    ['schedules:', 'schedules: give names'],
    ['- daily', 'the file'],
    ['a: [', 'Flow sequence'],
    ['timezone: UTC\nschedules: {}', 'timezone unknown; allowed are schedules'],
    ['schedules: { Daily: { kind: daily, at: 06:00 } }', 'lower-case letters'],
    ['schedules: { report: { at: 06:00 } }', 'schedules.report.kind: give one of collect, daily'],
    [
      'schedules: { report: { kind: hourly, at: 06:00 } }',
      'schedules.report.kind: give one of collect, daily',
    ],
    ['schedules: { daily: { at: 6:00 } }', 'schedules.daily.at: give a time of day HH:MM'],
    ['schedules: { daily: { at: 24:00 } }', 'schedules.daily.at: give a time of day HH:MM'],
    ['schedules: { daily: { at: 600 } }', 'schedules.daily.at: give a time of day HH:MM'],
    ['schedules: { daily: }', 'a daily report fires once a period'],
    ['schedules: { daily: { every: 1d } }', 'leave every out'],
    ['schedules: { daily: { at: 06:00, overlap_days: 1 } }', 'schedules.daily.overlap_days: is for collect'],
    ['schedules: { daily: { at: 06:00, app_id: _all } }', 'schedules.daily.app_id: "_all" is reserved'],
    ['schedules: { daily: { at: 06:00, zone: UTC } }', 'schedules.daily: zone unknown; allowed are kind, at'],
    ['schedules: { daily: { at: 06:00, jitter: 2h } }', 'schedules.daily.jitter: give 0m to 1h'],
    ['schedules: { collect: { every: 1m } }', 'schedules.collect.every: give 5m to 7d'],
    ['schedules: { collect: { every: often } }', 'schedules.collect.every: give 5m to 7d'],
    ['schedules: { collect: { every: 1h, at: 06:00 } }', 'either at'],
    ['schedules: { collect: }', 'either at'],
    ['schedules: { collect: { at: 06:00, overlap_days: 1.5 } }', 'overlap_days: give a whole number'],
    ['schedules: { collect: { at: 06:00, overlap_days: 32 } }', 'overlap_days: give a whole number'],
  ])('%j is refused: %s', (text, says) => {
    expect(mistakeOf(() => read(text))).toContain(says);
  });

  it('has every mistake told at once', () => {
    const message = mistakeOf(() =>
      definitionsOf({ schedules: { daily: {}, x: { at: '06:00' } } }, 'x.yaml', CALENDAR),
    );
    expect(message).toContain('x.yaml: 2 mistakes: schedules.daily: a daily report');
    expect(message).toContain('; schedules.x.kind');
  });

  it('that is not there is named', () => {
    expect(mistakeOf(() => readSchedulesFile(join(dir, 'none.yaml'), CALENDAR))).toContain('ENOENT');
  });
});

describe('flags', () => {
  const wanted = (request: Partial<ApplyRequest>) =>
    wantedSchedules({ dryRun: false, json: false, ...request }, CALENDAR);

  it('are a file of their own', () => {
    expect(wanted({ collect: '15m', daily: '06:00', appId: 'shop' })).toEqual(
      read(`
schedules:
  collect: { every: 15m, app_id: shop }
  daily: { at: 06:00, app_id: shop }
`),
    );
    expect(wanted({ collect: '05:00' })).toEqual(read('schedules: { collect: { at: 05:00 } }'));
  });

  it.each<[Partial<ApplyRequest>, string]>([
    [{ daily: 'noon' }, 'The flags: a mistake: schedules.daily.at'],
    [{ file: 'x.yaml', daily: '06:00' }, '--file "x.yaml" and --daily are two places'],
    [{ appId: 'shop' }, '--app-id "shop" is given without a schedule'],
    [{}, 'there is no schedules.yaml here'],
  ])('%j: %s', (request, says) => {
    expect(mistakeOf(() => wanted(request))).toContain(says);
  });
});
