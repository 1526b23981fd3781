import { DAY_MS, dayOf, dayStart } from '../period.js';
import { isZone, offsetAt, wallToUtc } from '../zones.js';

export const REPORT_KINDS = ['daily', 'weekly', 'monthly'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** In the order of ISO 8601. */
export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What turns names of periods into instants. */
export interface ReportCalendar {
  /** IANA zone; never an offset. */
  timezone: string;
  weekStart: Weekday;
}

export interface ReportPeriod {
  kind: ReportKind;
  /** `2024-01-31`, `2024-W05` or `2024-01`. */
  name: string;
  /** Half-open range [start, end), epoch ms. */
  start: number;
  end: number;
  /** First and last local day, both inclusive. */
  firstDay: string;
  lastDay: string;
}

export const PERIOD_FORMS: Record<ReportKind, string> = {
  daily: '2024-01-31',
  weekly: '2024-W05',
  monthly: '2024-01',
};

/**
 * The period of a name. A day may have 23 or 25 hours. A week that does not begin on Monday has the number of the ISO
 * week whose Thursday it holds.
 * @throws RangeError where the name is none of its kind
 */
export function parsePeriod(kind: ReportKind, name: string, calendar: ReportCalendar): ReportPeriod {
  const days =
    kind === 'daily' ? dayNamed(name) : kind === 'weekly' ? weekNamed(name, calendar) : month(name);
  if (days === null) throw new RangeError(`not a ${kind} period: ${name}`);
  return periodOf(kind, name, days.first, days.length, calendar);
}

/** The period of a kind that an instant lies in. */
export function periodAt(kind: ReportKind, epochMs: number, calendar: ReportCalendar): ReportPeriod {
  return parsePeriod(kind, nameOf(kind, localDay(epochMs, calendar.timezone), calendar), calendar);
}

/** The last period that is over at an instant. */
export function lastPeriodBefore(kind: ReportKind, epochMs: number, calendar: ReportCalendar): ReportPeriod {
  return shiftPeriod(periodAt(kind, epochMs, calendar), -1, calendar);
}

/** The period so many periods later, or earlier. */
export function shiftPeriod(period: ReportPeriod, by: number, calendar: ReportCalendar): ReportPeriod {
  const { kind, name, firstDay } = period;
  if (kind === 'monthly') {
    const [year = 0, monthOfYear = 1] = name.split('-').map(Number);
    return parsePeriod(kind, dayOf(Date.UTC(year, monthOfYear - 1 + by, 1)).slice(0, 7), calendar);
  }
  const day = addDays(firstDay, by * (kind === 'weekly' ? 7 : 1));
  return parsePeriod(kind, nameOf(kind, day, calendar), calendar);
}

export function previousPeriod(period: ReportPeriod, calendar: ReportCalendar): ReportPeriod {
  return shiftPeriod(period, -1, calendar);
}

/**
 * What a period is measured against besides the one before, latest first: a day against the same weekday of the four
 * weeks before, a week against the four before, a month against the same month of the year before.
 */
export function baselinePeriods(period: ReportPeriod, calendar: ReportCalendar): ReportPeriod[] {
  const shifts = { daily: [-7, -14, -21, -28], weekly: [-1, -2, -3, -4], monthly: [-12] }[period.kind];
  return shifts.map((by) => shiftPeriod(period, by, calendar));
}

/** First and last UTC day that a period overlaps, both inclusive: what must be collected for it. */
export function utcDays({ start, end }: Pick<ReportPeriod, 'start' | 'end'>): {
  startDate: string;
  endDate: string;
} {
  return { startDate: dayOf(start), endDate: dayOf(end - 1) };
}

/** The local days of a period, in order. */
export function localDays({ firstDay, lastDay }: Pick<ReportPeriod, 'firstDay' | 'lastDay'>): string[] {
  const days: string[] = [];
  for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) days.push(day);
  return days;
}

/** The day that the clocks of a zone show, `YYYY-MM-DD`. */
export function localDay(epochMs: number, timezone: string): string {
  return dayOf(epochMs + offsetAt(epochMs, timezone));
}

/** First instant of a local day, epoch ms; where midnight is left out, the first moment after it. */
export function localDayStart(day: string, timezone: string): number {
  return wallToUtc(dayStart(day), timezone);
}

export function addDays(day: string, count: number): string {
  return dayOf(dayStart(day) + count * DAY_MS);
}

/** The first day of the week that a local day lies in. */
export function weekStartOf(day: string, weekStart: Weekday): string {
  return addDays(day, -((weekdayIndex(day) - WEEKDAYS.indexOf(weekStart) + 7) % 7));
}

/** 0 = Monday. */
export function weekdayIndex(day: string): number {
  return (new Date(dayStart(day)).getUTCDay() + 6) % 7;
}

export function isTimezone(name: string): boolean {
  return !/^[+-]/.test(name) && isZone(name);
}

function periodOf(
  kind: ReportKind,
  name: string,
  firstDay: string,
  length: number,
  { timezone }: ReportCalendar,
): ReportPeriod {
  return {
    kind,
    name,
    start: localDayStart(firstDay, timezone),
    end: localDayStart(addDays(firstDay, length), timezone),
    firstDay,
    lastDay: addDays(firstDay, length - 1),
  };
}

interface Days {
  first: string;
  length: number;
}

function dayNamed(name: string): Days | null {
  try {
    return { first: dayOf(dayStart(name)), length: 1 };
  } catch {
    return null;
  }
}

function weekNamed(name: string, { weekStart }: ReportCalendar): Days | null {
  const [, year, week] = /^(\d{4})-W(\d{2})$/.exec(name) ?? [];
  if (year === undefined || week === undefined) return null;
  // The fourth of January always lies in week 1.
  const firstThursday = addDays(weekStartOf(`${year}-01-04`, 'monday'), 3);
  const thursday = addDays(firstThursday, (Number(week) - 1) * 7);
  const exists = Number(week) >= 1 && thursday.slice(0, 4) === year;
  return exists ? { first: weekStartOf(thursday, weekStart), length: 7 } : null;
}

function month(name: string): Days | null {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(name)) return null;
  const [year = 0, monthOfYear = 1] = name.split('-').map(Number);
  return { first: `${name}-01`, length: new Date(Date.UTC(year, monthOfYear, 0)).getUTCDate() };
}

function nameOf(kind: ReportKind, day: string, { weekStart }: ReportCalendar): string {
  if (kind === 'daily') return day;
  if (kind === 'monthly') return day.slice(0, 7);
  const first = weekStartOf(day, weekStart);
  const thursday = addDays(first, (3 - WEEKDAYS.indexOf(weekStart) + 7) % 7);
  const year = thursday.slice(0, 4);
  const week = Math.floor((dayStart(thursday) - dayStart(`${year}-01-01`)) / (7 * DAY_MS)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
