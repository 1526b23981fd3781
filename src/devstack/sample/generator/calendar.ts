import type { Random } from './random.js';

export const DAY_MS = 86_400_000;

/** Share of a week's conversations by weekday, Sunday first. */
const WEEKDAYS = [0.5, 1.25, 1.15, 1.1, 1.05, 1, 0.6];
/** Share of a day's by UTC hour: a morning and an evening peak. */
const HOURS = [1, 0.6, 0.4, 0.3, 0.3, 0.6, 1.5, 3, 5, 7, 8, 7, 5.5, 6, 7, 7, 6, 5, 5, 6, 6, 4.5, 3, 1.8];

/** Draws starts of conversations over the days up to `end` (`YYYY-MM-DD`, inclusive), epoch ms on whole seconds. */
export function createCalendar(random: Random, end: string, days: number): () => number {
  const last = Date.parse(`${end}T00:00:00Z`);
  const starts = Array.from({ length: days }, (_, index) => last - (days - 1 - index) * DAY_MS);
  const byDay = starts.map((start) => [start, WEEKDAYS[new Date(start).getUTCDay()] ?? 1] as const);
  const byHour = HOURS.map((weight, hour) => [hour, weight] as const);
  return () => random.weighted(byDay) + random.weighted(byHour) * 3_600_000 + random.int(0, 3599) * 1000;
}

export function dayText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

/** `2026-03-02T10:00:00.000Z`, as a row's time. */
export function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
