import { z } from 'zod';
import { DAY_MS, dayStart } from '../period.js';
import { wallToUtc } from '../zones.js';
import { addDays, isTimezone, localDay, weekdayIndex, WEEKDAYS, type Weekday } from './period.js';

const SPAN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/** `09:00-17:00`; `22:00-06:00` goes on to the next day, `00:00-24:00` is the whole day. */
const span = z
  .string()
  .trim()
  .refine(
    (text) => SPAN.test(text) && !/-24:(?!00)/.test(text) && text.slice(0, 5) !== text.slice(6),
    'is not a span of hours such as 09:00-17:00',
  );

const Calendar = z.strictObject({
  /** Default: REPORT_TIMEZONE. */
  timezone: z.string().refine(isTimezone, 'is not an IANA time zone such as Europe/Berlin').optional(),
  /** A day that is not named is closed. */
  hours: z.partialRecord(z.enum(WEEKDAYS), z.array(span)),
  /** Days on which no span begins. */
  holidays: z.array(z.iso.date()).default([]),
});
export type BusinessCalendar = z.infer<typeof Calendar>;

/** The file that REPORT_BUSINESS_HOURS names: calendars by app id, and one for the apps that are not named. */
export const BusinessHours = z.strictObject({
  default: Calendar.optional(),
  apps: z.record(z.string(), Calendar).default({}),
});
export type BusinessHours = z.infer<typeof BusinessHours>;

/** The calendar of an app; null: it has none, and its figures in business hours are null. */
export function calendarOf(hours: BusinessHours, appId: string | null): BusinessCalendar | null {
  return (appId === null ? undefined : hours.apps[appId]) ?? hours.default ?? null;
}

/** When an app is open between two instants: half-open ranges of epoch ms, in order, without overlap. */
export function openSpans(
  calendar: BusinessCalendar,
  from: number,
  to: number,
  timezone: string,
): [number, number][] {
  const zone = calendar.timezone ?? timezone;
  const holidays = new Set(calendar.holidays);
  const spans: [number, number][] = [];
  const last = localDay(to, zone);
  // A span of the day before may reach into the first day.
  for (let day = addDays(localDay(from, zone), -1); day <= last; day = addDays(day, 1)) {
    if (holidays.has(day)) continue;
    const weekday = WEEKDAYS[weekdayIndex(day)] as Weekday;
    for (const text of calendar.hours[weekday] ?? []) {
      const [opens, closes] = minutesOf(text);
      const midnight = dayStart(day);
      const end = closes <= opens ? midnight + DAY_MS + closes * 60_000 : midnight + closes * 60_000;
      spans.push([wallToUtc(midnight + opens * 60_000, zone), wallToUtc(end, zone)]);
    }
  }
  return merged(spans).flatMap(([start, end]) => {
    const cut: [number, number] = [Math.max(start, from), Math.min(end, to)];
    return cut[0] < cut[1] ? [cut] : [];
  });
}

function minutesOf(text: string): [number, number] {
  const [, h1, m1, h2, m2] = SPAN.exec(text) ?? [];
  return [Number(h1) * 60 + Number(m1), Number(h2) * 60 + Number(m2)];
}

function merged(spans: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start < end) result.push([start, end]);
  }
  return result;
}
