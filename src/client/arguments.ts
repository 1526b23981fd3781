import { statSync } from 'node:fs';

import { dayOf, dayStart } from '../domain/period.js';
import { ALL_APPS, NO_APP, QUEUE_ROLES, type QueueRole } from '../names.js';
import { UsageError } from './errors.js';

/** Inclusive UTC days, `YYYY-MM-DD`. */
export interface DateRange {
  startDate: string;
  endDate: string;
}

/** Rows dated earlier are taken for wrong clocks, and match no range. */
const FIRST_DAY = '2000-01-01';

/** Flags that name a first and a last day, and what those are days of. */
interface RangeFlags {
  start: string;
  end: string;
  day: string;
}

const UTC_DAYS: RangeFlags = { start: '--start-date', end: '--end-date', day: 'a UTC day' };

/**
 * Checks the days given by a person. A running day may be collected; a later one holds nothing yet.
 * @throws UsageError naming the value, what is allowed and what to do next
 */
export function parseRange(start: string, end: string, now: number, flags = UTC_DAYS): DateRange {
  const today = dayOf(now);
  const startDate = parseDay(flags.start, start, today, flags.day);
  const endDate = parseDay(flags.end, end, today, flags.day);
  if (startDate > endDate) {
    throw new UsageError(
      `${flags.start} ${startDate} is after ${flags.end} ${endDate}.\n` +
        'Both days are inclusive; the start may not be after the end.\n' +
        `Did you mean ${flags.start} ${endDate} ${flags.end} ${startDate}?`,
    );
  }
  return { startDate, endDate };
}

/**
 * As `parseRange`, where days may be left out: a start alone means up to today, none at all that the range is chosen
 * later (null).
 * @throws UsageError
 */
export function parseOptionalRange(
  start: string | undefined,
  end: string | undefined,
  now: number,
): DateRange | null {
  if (start !== undefined) return parseRange(start, end ?? dayOf(now), now);
  if (end === undefined) return null;
  throw new UsageError(
    `--end-date ${end} is given without --start-date.\n` +
      'Allowed are both days, a start alone (up to today), or none: then it reads what has changed.\n' +
      `For example: --start-date ${end} --end-date ${end}`,
  );
}

function parseDay(flag: string, value: string, today: string, day: string): string {
  const allowed = `Allowed is ${day} YYYY-MM-DD from ${FIRST_DAY} to today, ${today}.`;
  const wrong = (what: string, next: string) =>
    new UsageError(`${flag} ${JSON.stringify(value)} ${what}.\n${allowed}\n${next}`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) throw wrong('is not a day', `For example: ${flag} ${today}`);
  try {
    dayStart(value);
  } catch {
    throw wrong('does not exist in the calendar', `Check month and day; for example: ${flag} ${today}`);
  }
  if (value > today) throw wrong('is in the future', `To collect up to now: ${flag} ${today}`);
  if (value < FIRST_DAY) throw wrong('is too early', `To collect from the beginning: ${flag} ${FIRST_DAY}`);
  return value;
}

/** A positive whole number. @throws UsageError */
export function parseCount(flag: string, value: string, max: number): number {
  const count = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (count >= 1 && count <= max) return count;
  throw new UsageError(
    `${flag} ${JSON.stringify(value)} cannot be used.\nAllowed is a whole number from 1 to ${max}.\nFor example: ${flag} 100`,
  );
}

/** An app id as the source knows it. @throws UsageError where it is empty or reserved */
export function parseAppId(value: string): string {
  if (value.trim() !== '' && value !== ALL_APPS && value !== NO_APP) return value;
  throw new UsageError(
    `--app-id ${JSON.stringify(value)} cannot be used.\n` +
      `Allowed is the id of an app in the source; ${ALL_APPS} and ${NO_APP} are reserved.\n` +
      'Leave --app-id out to collect every app.',
  );
}

/** Queues of a worker: `main,source`. @throws UsageError */
export function parseQueues(value: string): QueueRole[] {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.filter((name) => !(QUEUE_ROLES as string[]).includes(name));
  if (names.length === 0 || unknown.length > 0) {
    throw new UsageError(
      `--queues ${JSON.stringify(value)} cannot be used${unknown.length > 0 ? `: ${unknown.join(', ')} unknown` : ''}.\n` +
        `Allowed are ${QUEUE_ROLES.join(', ')}, separated by commas.\n` +
        'Leave --queues out to poll all of them.',
    );
  }
  return QUEUE_ROLES.filter((role) => names.includes(role));
}

/** A directory that is there. @param holds what must lie in it @throws UsageError */
export function parseDirectory(flag: string, value: string, holds: string): string {
  if (statSync(value, { throwIfNoEntry: false })?.isDirectory() === true) return value;
  throw new UsageError(
    `${flag} ${JSON.stringify(value)} is no directory.\n` +
      `Allowed is an existing directory with ${holds}.\n` +
      'What must lie in it, and where to get it: docs/categorizer.md',
  );
}
