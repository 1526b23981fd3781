/** UTC days as `YYYY-MM-DD`, and half-open ranges of epoch milliseconds. */

export const DAY_MS = 86_400_000;

/** Epoch milliseconds of the first instant of a UTC day. Throws RangeError where it is no calendar day. */
export function dayStart(day: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || dayOf(ms) !== day) throw new RangeError(`not a calendar day: ${day}`);
  return ms;
}

/** First instant after a UTC day. */
export function dayEnd(day: string): number {
  return dayStart(day) + DAY_MS;
}

/** The UTC day that an instant belongs to. */
export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

export function nextDay(day: string): string {
  return dayOf(dayEnd(day));
}

/** Number of days from `start` to `end`, both inclusive; 0 where end is before start. */
export function countDays(start: string, end: string): number {
  return Math.max(0, Math.round((dayStart(end) - dayStart(start)) / DAY_MS) + 1);
}

/** `2026-08-01..2026-08-07 (7 days)`, or one day. */
export function describeRange({ startDate, endDate }: { startDate: string; endDate: string }): string {
  if (startDate === endDate) return startDate;
  return `${startDate}..${endDate} (${countDays(startDate, endDate)} days)`;
}
