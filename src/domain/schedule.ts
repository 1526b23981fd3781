import { dayOf } from './period.js';
import {
  addDays,
  lastPeriodBefore,
  localDay,
  localDayStart,
  type ReportCalendar,
  type ReportKind,
} from './report/period.js';

/** What a Schedule does when it fires: one of these, and nothing but names and numbers. */
export type ScheduleKind = 'collect' | ReportKind;

interface TickScope {
  /** Only this app; absent: all apps together. */
  appId?: string;
}

/** Collects what has changed since the last time; or, with `overlapDays`, whole days. */
export interface CollectTick extends TickScope {
  kind: 'collect';
  /** IANA zone whose days are meant. */
  timezone: string;
  /** Read the local day of the firing whole, and so many days before it. */
  overlapDays?: number;
}

/** Builds the report of the last period that was over at the firing. */
export interface ReportTick extends TickScope, ReportCalendar {
  kind: ReportKind;
}

/** Argument of the `tick` workflow. */
export type TickInput = CollectTick | ReportTick;

/**
 * Inclusive UTC days that a collection is about which was scheduled for an instant: each that the local days touch.
 * @param scheduledAt epoch ms, of the schedule and not of a clock: a run that is late covers the same days
 */
export function collectDays(
  { timezone, overlapDays = 0 }: CollectTick,
  scheduledAt: number,
): { startDate: string; endDate: string } {
  const first = addDays(localDay(scheduledAt, timezone), -overlapDays);
  return { startDate: dayOf(localDayStart(first, timezone)), endDate: dayOf(scheduledAt) };
}

/** Name of the period that a report which was scheduled for an instant is about: `2024-01-31`, `2024-W05`, `2024-01`. */
export function reportPeriod(tick: ReportTick, scheduledAt: number): string {
  return lastPeriodBefore(tick.kind, scheduledAt, tick).name;
}
