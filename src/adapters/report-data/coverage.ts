import type { Watermark } from '../../domain/changes.js';
import { dayEnd, dayOf, dayStart, nextDay } from '../../domain/period.js';
import type { MissingRange, ReportCommits, ReportCoverage } from '../../domain/report/document.js';
import { utcDays } from '../../domain/report/period.js';
import type { DayManifest } from '../../ports/lake.js';
import { coverageOf } from '../lake/covered-days.js';
import { overlaps } from './horizon.js';

interface Span {
  start: number;
  end: number;
}

/**
 * Up to where each UTC day is known completely, epoch ms; days of which rows were left out are not. Days in which nothing
 * has changed are not committed again: that they are known is what the watermarks say.
 */
export function knownDays(
  manifests: readonly DayManifest[],
  appId: string | null,
  watermarks: readonly Watermark[],
): Map<string, number> {
  return new Map(
    coverageOf(manifests, appId, watermarks).flatMap(({ day, whole, coveredUntil }) =>
      whole ? [[day, coveredUntil] as const] : [],
    ),
  );
}

/** How far a period is covered, and which UTC days are missing for the rest. */
export function coverageOfPeriod(known: ReadonlyMap<string, number>, { start, end }: Span): ReportCoverage {
  const watermark = Math.max(start, Math.min(end, knownFrom(known, start)));
  const missing: MissingRange[] = [];
  const { startDate, endDate } = utcDays({ start, end });
  for (let day = startDate; day <= endDate; day = nextDay(day)) {
    if ((known.get(day) ?? 0) >= Math.min(dayEnd(day), end)) continue;
    const last = missing.at(-1);
    if (last !== undefined && nextDay(last.endDate) === day) last.endDate = day;
    else missing.push({ startDate: day, endDate: day });
  }
  return { watermark, complete: missing.length === 0, missing };
}

/** The instant up to which everything from a start on is known. */
export function knownFrom(known: ReadonlyMap<string, number>, start: number): number {
  let reached = start;
  for (let day = dayOf(start); ; day = nextDay(day)) {
    const until = known.get(day);
    if (until === undefined || until <= dayStart(day)) return reached;
    reached = Math.max(reached, Math.min(until, dayEnd(day)));
    if (until < dayEnd(day)) return reached;
  }
}

/** The commits that a report is made from, by whether their events lie in its period. */
export function commitsOf(manifests: readonly DayManifest[], { start, end }: Span): ReportCommits {
  const commits: ReportCommits = { period: {}, context: {} };
  for (const manifest of manifests) {
    const part = overlaps(manifest, start, end) ? commits.period : commits.context;
    part[manifest.day] = manifest.commit_id;
  }
  return commits;
}
