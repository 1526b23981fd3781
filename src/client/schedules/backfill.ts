import { addDays, localDayStart, periodAt } from '../../domain/report/period.js';
import type { TickInput } from '../../domain/schedule.js';
import type { DateRange } from '../arguments.js';
import { UsageError } from '../errors.js';

/** Firings of a Schedule to be made up for. */
export interface BackfillPlan {
  /** Half-open range of scheduled times, epoch ms. */
  start: number;
  end: number;
  /** Names of the periods whose reports are built; null: a collection. */
  periods: string[] | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Temporal keeps so many firings waiting. */
const MAX_FIRINGS = 1_000;

/**
 * What has to fire for a range of local days: a report fires after its period, so the firings of a day are those of the
 * day after.
 * @param everyMs null: once a day or more seldom
 * @throws UsageError where no period ends in the range
 */
export function planBackfill(
  tick: TickInput,
  everyMs: number | null,
  { startDate, endDate }: DateRange,
  now: number,
): BackfillPlan {
  const { kind, timezone } = tick;
  const dayStart = (day: string) => localDayStart(day, timezone);
  const end = Math.min(dayStart(addDays(endDate, 2)), now);
  if (kind === 'collect') {
    if (tick.overlapDays === undefined) throw onlyChanges({ startDate, endDate });
    const start = dayStart(startDate);
    const firings = Math.ceil((end - start) / (everyMs ?? DAY_MS));
    if (firings > MAX_FIRINGS) throw tooMany(firings, { startDate, endDate });
    return { start, end, periods: null };
  }
  const periods: string[] = [];
  for (let day = startDate; day <= endDate; day = addDays(day, 1)) {
    const period = periodAt(kind, dayStart(day) + HOUR_MS, tick);
    if (period.lastDay === day && period.end < now) periods.push(period.name);
  }
  if (periods.length > 0) return { start: dayStart(addDays(startDate, 1)), end, periods };
  throw new UsageError(
    `No ${kind} period ends from ${startDate} to ${endDate} (${timezone}) and is over.\n` +
      'Allowed are days of which at least one is the last of its period.\n' +
      'A period by itself: conversation-analytics report build --help',
  );
}

function onlyChanges({ startDate, endDate }: DateRange): UsageError {
  return new UsageError(
    'The schedule collects what has changed since the last time: it has no days to make up for.\n' +
      'Allowed are schedules of reports, and of collections with overlap_days.\n' +
      `Those days, read again: conversation-analytics collect --start-date ${startDate} --end-date ${endDate}`,
  );
}

function tooMany(firings: number, { startDate, endDate }: DateRange): UsageError {
  return new UsageError(
    `From ${startDate} to ${endDate} the schedule would fire ${firings} times.\n` +
      `Allowed are ${MAX_FIRINGS} firings at once.\n` +
      `One run collects all of it: conversation-analytics collect --start-date ${startDate} --end-date ${endDate}`,
  );
}
