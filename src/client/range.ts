import { dayOf, nextDay } from '../domain/period.js';
import type { Config } from '../config.js';
import type { DateRange } from './arguments.js';
import { coverageOf, type CoveredDay } from '../adapters/lake/covered-days.js';
import { describeError, UsageError } from './errors.js';
import { readManifests } from './lake-store.js';

/** A range that was chosen for the person, and why. */
export interface ChosenRange extends DateRange {
  why: string;
  /** Earlier days that were collected, but not whole: they are not part of the range. */
  unfinished: string[];
}

/**
 * Where a collection goes on: at the day after the last one that is collected completely, or at that day again where it
 * was still running then. null: nothing is, so the oldest row decides.
 */
export function rangeAfter(days: readonly CoveredDay[], now: number): ChosenRange | null {
  const last = days.findLast(({ whole }) => whole);
  if (last === undefined) return null;
  const today = dayOf(now);
  const next = last.state === 'complete' ? nextDay(last.day) : last.day;
  // A clock that was ahead must not make a range that begins after its end.
  const startDate = next > today ? today : next;
  return {
    startDate,
    endDate: today,
    why:
      last.state === 'complete'
        ? `${last.day} is the last day that is collected completely`
        : `${last.day} is collected until ${new Date(last.coveredUntil).toISOString().slice(11, 16)} UTC`,
    unfinished: days
      .filter(({ day, state }) => state !== 'complete' && day < startDate)
      .map(({ day }) => day),
  };
}

/**
 * The range of a `collect` without dates: from where the app (or all apps) was last collected to today; the first time
 * from the oldest row.
 * @throws UsageError where neither the lake nor the source can be asked from here
 */
export async function chooseRange(
  config: Config,
  appId: string | undefined,
  now: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<ChosenRange> {
  const days = coverageOf(await committed(config, signal), appId ?? null);
  return rangeAfter(days, now) ?? fromOldestRow(config, appId, now, signal);
}

async function committed(config: Config, signal: AbortSignal) {
  try {
    return await readManifests(config, {}, signal);
  } catch (error) {
    throw new UsageError(
      `Without dates the lake says where to go on, and it cannot be read from here: ${describeError(error).lines[0] ?? ''}\n` +
        'Put that right, or name the days: --start-date <day> --end-date <day>',
    );
  }
}

async function fromOldestRow(
  config: Config,
  appId: string | undefined,
  now: number,
  signal: AbortSignal,
): Promise<ChosenRange> {
  if (config.nocodb === null) {
    throw new UsageError(
      'Nothing is collected yet, and without dates the oldest row of NocoDB is where to begin; NocoDB is not configured here.\n' +
        'Set NOCODB_BASE_URL, NOCODB_API_TOKEN and NOCODB_PROJECT_ID,\n' +
        'or name the days: --start-date <day> --end-date <day>',
    );
  }
  const { createNocoDbSource } = await import('../adapters/nocodb/index.js');
  const source = createNocoDbSource(config.nocodb);
  const today = dayOf(now);
  try {
    const oldest = await source.firstDay(appId, signal);
    return {
      startDate: oldest ?? today,
      endDate: today,
      why:
        oldest === null
          ? 'no row has a date yet'
          : 'nothing is collected yet, and the oldest row is of that day',
      unfinished: [],
    };
  } finally {
    await source.close();
  }
}
