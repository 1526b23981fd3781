import type { Watermark } from '../../domain/changes.js';
import { dayEnd, dayOf, nextDay } from '../../domain/period.js';
import { ALL_APPS, encodeKeyPart } from '../../names.js';
import type { AppCoverage, DayManifest } from '../../ports/lake.js';

/** How far one day is collected, for one app or for all. */
export interface CoveredDay {
  day: string;
  /** complete: every row of the day; partly: rows were left out, or the day was still running. */
  state: 'complete' | 'partly';
  /** Whether anything was left out of what the source held then. */
  whole: boolean;
  /** Rows are known up to here, epoch ms. */
  coveredUntil: number;
  /** Conversations that the source counted. */
  sourceCount: number;
  /** The run that established it. */
  runId: string;
}

/**
 * Days of one app (null: all apps together) in order. A reading of all apps covers each of them; of two readings the
 * better one stands. A watermark covers every day from its first one on: those in which nothing has changed are not
 * committed again, and those without a conversation not at all.
 */
export function coverageOf(
  manifests: readonly DayManifest[],
  appId: string | null,
  watermarks: readonly Watermark[] = [],
): CoveredDay[] {
  const keys = appId === null ? [ALL_APPS] : [encodeKeyPart(appId), ALL_APPS];
  const covered = manifests.flatMap(({ day, coverage }) => {
    const found = keys.flatMap((key) => coverage[key] ?? []);
    const best = found.reduce<AppCoverage | null>(
      (known, next) => (known === null || isBetter(next, known) ? next : known),
      null,
    );
    return best === null ? [] : [coveredDay(day, best)];
  });
  return watermarks
    .filter((watermark) => watermark.appId === null || watermark.appId === appId)
    .reduce(extend, covered);
}

/** Days as a watermark says; what was read and is not whole stays as it is. */
function extend(covered: CoveredDay[], { from, checkedAt, runId }: Watermark): CoveredDay[] {
  const days = new Map(covered.map((day) => [day.day, day]));
  for (let day = from; day <= dayOf(checkedAt); day = nextDay(day)) {
    const known = days.get(day);
    if (known?.whole === false) continue;
    const coveredUntil = Math.max(known?.coveredUntil ?? 0, Math.min(checkedAt, dayEnd(day)));
    const state = coveredUntil >= dayEnd(day) ? 'complete' : 'partly';
    days.set(day, { ...(known ?? { day, sourceCount: 0, runId }), whole: true, coveredUntil, state });
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Apps that a lake covers by readings of their own, as the source names them. */
export function appsOf(manifests: readonly DayManifest[]): string[] {
  const keys = new Set(manifests.flatMap(({ coverage }) => Object.keys(coverage)));
  keys.delete(ALL_APPS);
  return [...keys].map((key) => decodeURIComponent(key)).sort();
}

function isBetter(a: AppCoverage, b: AppCoverage): boolean {
  return a.complete === b.complete ? a.covered_until > b.covered_until : a.complete;
}

function coveredDay(day: string, coverage: AppCoverage): CoveredDay {
  return {
    day,
    state: coverage.complete && coverage.covered_until >= dayEnd(day) ? 'complete' : 'partly',
    whole: coverage.complete,
    coveredUntil: coverage.covered_until,
    sourceCount: coverage.source_count,
    runId: coverage.run_id,
  };
}
