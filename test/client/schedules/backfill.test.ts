import { describe, expect, it } from '@jest/globals';

import { UsageError } from '../../../src/client/errors.js';
import { planBackfill } from '../../../src/client/schedules/backfill.js';
import type { TickInput } from '../../../src/domain/schedule.js';

const NOW = Date.parse('2024-06-15T12:00:00Z');
const tick = (kind: 'daily' | 'weekly' | 'monthly', timezone = 'Europe/Berlin'): TickInput => ({
  kind,
  timezone,
  weekStart: 'monday',
});
const range = (startDate: string, endDate: string) => ({ startDate, endDate });
const iso = ({ start, end }: { start: number; end: number }) =>
  [start, end].map((ms) => new Date(ms).toISOString());

describe('planBackfill', () => {
  it('has a daily report for each day, fired the day after', () => {
    const plan = planBackfill(tick('daily'), null, range('2024-01-01', '2024-01-31'), NOW);
    expect(plan.periods).toHaveLength(31);
    expect([plan.periods?.[0], plan.periods?.at(-1)]).toEqual(['2024-01-01', '2024-01-31']);
    // Local midnight of the 2nd to that after the 1st of February.
    expect(iso(plan)).toEqual(['2024-01-01T23:00:00.000Z', '2024-02-01T23:00:00.000Z']);
  });

  it.each([
    ['weekly', '2024-01-01', '2024-01-31', ['2024-W01', '2024-W02', '2024-W03', '2024-W04']],
    ['monthly', '2024-01-15', '2024-03-31', ['2024-01', '2024-02', '2024-03']],
    ['daily', '2024-03-30', '2024-04-01', ['2024-03-30', '2024-03-31', '2024-04-01']],
  ] as const)('%s, %s to %s: %j', (kind, from, to, periods) => {
    expect(planBackfill(tick(kind), null, range(from, to), NOW).periods).toEqual(periods);
  });

  it('leaves out what is not over', () => {
    const plan = planBackfill(tick('daily'), null, range('2024-06-13', '2024-06-15'), NOW);
    expect(plan.periods).toEqual(['2024-06-13', '2024-06-14']);
    expect(plan.end).toBe(NOW);
  });

  it('refuses days on which nothing ends', () => {
    const plan = () => planBackfill(tick('monthly'), null, range('2024-01-01', '2024-01-30'), NOW);
    expect(plan).toThrow(UsageError);
    expect(plan).toThrow('No monthly period ends from 2024-01-01 to 2024-01-30');
  });

  it('refuses a schedule that collects changes: it has no days', () => {
    expect(() =>
      planBackfill({ kind: 'collect', timezone: 'UTC' }, null, range('2024-01-01', '2024-01-31'), NOW),
    ).toThrow('collect --start-date 2024-01-01 --end-date 2024-01-31');
  });

  it('collects on the days themselves, and refuses too many firings', () => {
    const collect: TickInput = { kind: 'collect', timezone: 'UTC', overlapDays: 1 };
    const plan = planBackfill(collect, null, range('2024-01-01', '2024-01-31'), NOW);
    expect(plan.periods).toBeNull();
    expect(iso(plan)).toEqual(['2024-01-01T00:00:00.000Z', '2024-02-02T00:00:00.000Z']);
    expect(() => planBackfill(collect, 300_000, range('2024-01-01', '2024-01-31'), NOW)).toThrow(
      'would fire 9216 times',
    );
  });
});
