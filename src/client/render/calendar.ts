import { dayOf, dayStart } from '../../domain/period.js';
import type { DayListing } from '../overview.js';
import type { Colors } from './colors.js';

/** One character a day. */
const MARKS = { complete: '█', partly: '▒', none: '·' } as const;
/** Months of one app that are drawn; `--json` has all days. */
const MONTHS_SHOWN = 12;

/** What the characters mean. */
export function calendarLegend(colors: Colors): string {
  return `${colors.green(MARKS.complete)} complete  ${colors.yellow(MARKS.partly)} partly  ${MARKS.none} not collected`;
}

/** Months from the first to the last day that is collected, one line a month: `2026-03  ·····█████▒`. */
export function calendarLines(days: readonly DayListing[], colors: Colors, now: number): string[] {
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  if (first === undefined || last === undefined) return [];
  const states = new Map(days.map(({ day, state }) => [day, state]));
  const months = monthsBetween(first.slice(0, 7), last.slice(0, 7));
  const hidden = months.slice(0, -MONTHS_SHOWN);
  const today = dayOf(now);
  const shown = months.slice(-MONTHS_SHOWN).map((month) => {
    const marks = daysOf(month)
      .filter((day) => day <= today)
      .map((day) => mark(states.get(day), colors));
    return `${month}  ${marks.join('')}`;
  });
  const collected = days.filter(({ day }) => hidden.includes(day.slice(0, 7))).length;
  return hidden.length === 0
    ? shown
    : [`${hidden[0] ?? ''} … ${collected} earlier days (--json lists them)`, ...shown];
}

function mark(state: DayListing['state'] | undefined, colors: Colors): string {
  if (state === 'complete') return colors.green(MARKS.complete);
  return state === 'partly' ? colors.yellow(MARKS.partly) : MARKS.none;
}

function monthsBetween(first: string, last: string): string[] {
  const months: string[] = [];
  for (let month = first; month <= last; month = nextMonth(month)) months.push(month);
  return months;
}

function nextMonth(month: string): string {
  const start = new Date(dayStart(`${month}-01`));
  return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)).toISOString().slice(0, 7);
}

function daysOf(month: string): string[] {
  const start = new Date(dayStart(`${month}-01`));
  const count = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  return Array.from({ length: count }, (_, n) => `${month}-${String(n + 1).padStart(2, '0')}`);
}
