import { dayStart } from '../period.js';
import { weekdayIndex } from './period.js';
import type { ReportHead } from './document.js';

/** Periods and instants in words, in English and the report's zone. */

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `Wednesday, 31 January 2024` · `Week 5, 2024` · `January 2024` */
export function periodTitle({ kind, period, firstDay }: ReportHead): string {
  if (kind === 'daily') return `${DAYS[weekdayIndex(firstDay)] ?? ''}, ${dayInWords(firstDay)}`;
  if (kind === 'monthly') return dayInWords(firstDay).replace(/^\d+ /, '');
  const [year = '', week = ''] = period.split('-W');
  return `Week ${Number(week)}, ${year}`;
}

/** The days of a period: `29 January – 4 February 2024`; empty for one day or a calendar month. */
export function periodDays({ kind, firstDay, lastDay }: ReportHead): string {
  return kind === 'weekly' ? `${dayInWords(firstDay).replace(/ \d{4}$/, '')} – ${dayInWords(lastDay)}` : '';
}

/** `31 January 2024` */
export function dayInWords(day: string): string {
  const date = new Date(dayStart(day));
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `31 Jan` */
export function shortDay(day: string): string {
  const date = new Date(dayStart(day));
  return `${date.getUTCDate()} ${(MONTHS[date.getUTCMonth()] ?? '').slice(0, 3)}`;
}

/** `Wed` */
export function shortWeekday(day: string): string {
  return (DAYS[weekdayIndex(day)] ?? '').slice(0, 3);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `31 Jan 2024, 17:05` by the clocks of a zone. */
export function instant(epochMs: number, timezone: string): string {
  let clock = clocks.get(timezone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    clocks.set(timezone, clock);
  }
  return clock.format(epochMs);
}

/** What the period before is called. */
export const BEFORE = {
  daily: 'the day before',
  weekly: 'the week before',
  monthly: 'the month before',
} as const;

/** What the baseline is called. */
export const BASELINE = {
  daily: 'mean of this weekday in the four weeks before',
  weekly: 'mean of the four weeks before',
  monthly: 'the same month of the year before',
} as const;
