import {
  baselinePeriods,
  shiftPeriod,
  type ReportCalendar,
  type ReportPeriod,
} from '../../domain/report/period.js';
import type { DayManifest } from '../../ports/lake.js';
import { dayEnd, dayStart, DAY_MS } from '../../domain/period.js';

/** Periods before the report's own that are computed with it, for comparison and sparklines. */
const BACK = { daily: 28, weekly: 13, monthly: 12 } as const;
/** Sparklines show so many periods, the report's own among them. */
const SPARKS = 14;
/** After the end of a period so much more is read: who comes back or reopens within it matters. */
const MATURES_MS = 7 * DAY_MS;

/** A period and its place: 0 is the report's own, -1 the one before. */
export interface PlacedPeriod extends ReportPeriod {
  seq: number;
}

export interface Horizon {
  own: PlacedPeriod;
  /** Oldest first, without gap, the report's own last. */
  periods: PlacedPeriod[];
  /** The one before them: lifecycles of the oldest depend on it. */
  before: PlacedPeriod;
  /** The places of the periods that the report is compared with. */
  baseline: number[];
  /** Events of this half-open range are read, epoch ms. */
  from: number;
  to: number;
}

export function horizonOf(period: ReportPeriod, calendar: ReportCalendar): Horizon {
  const periods: PlacedPeriod[] = [];
  for (let seq = -BACK[period.kind]; seq <= 0; seq++) {
    periods.push({ ...(seq === 0 ? period : shiftPeriod(period, seq, calendar)), seq });
  }
  const names = new Set(baselinePeriods(period, calendar).map(({ name }) => name));
  const oldest = -BACK[period.kind] - 1;
  const before = { ...shiftPeriod(period, oldest, calendar), seq: oldest };
  return {
    before,
    own: { ...period, seq: 0 },
    periods,
    baseline: periods.flatMap(({ name, seq }) => (names.has(name) ? [seq] : [])).reverse(),
    from: before.start,
    to: period.end + MATURES_MS,
  };
}

/** Places of the periods that figures are compared between: the report's own, the one before, and the baseline. */
export function comparedPlaces({ baseline }: Horizon): ReadonlySet<number> {
  return new Set([0, -1, ...baseline]);
}

/** The periods that sparklines show, oldest first. */
export function sparkPeriods({ periods }: Horizon): PlacedPeriod[] {
  return periods.slice(-SPARKS);
}

/** Places of the periods at whose ends one looks who waits and what is open: those compared, and the sparklines'. */
export function lookedAtPlaces(horizon: Horizon): ReadonlySet<number> {
  return new Set([...comparedPlaces(horizon), ...sparkPeriods(horizon).map(({ seq }) => seq)]);
}

/** Whether a day's partition may hold events of a half-open range: by its event times, and by its own day. */
export function overlaps(manifest: DayManifest, from: number, to: number): boolean {
  const { day, min_event_at: min, max_event_at: max } = manifest;
  const first = Math.min(min ?? Infinity, dayStart(day));
  const last = Math.max(max ?? -Infinity, dayEnd(day) - 1);
  return first < to && last >= from;
}
