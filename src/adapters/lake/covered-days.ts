import { dayEnd } from '../../domain/period.js';
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
 * better one stands.
 */
export function coverageOf(manifests: readonly DayManifest[], appId: string | null): CoveredDay[] {
  const keys = appId === null ? [ALL_APPS] : [encodeKeyPart(appId), ALL_APPS];
  return manifests.flatMap(({ day, coverage }) => {
    const found = keys.flatMap((key) => coverage[key] ?? []);
    const best = found.reduce<AppCoverage | null>(
      (known, next) => (known === null || isBetter(next, known) ? next : known),
      null,
    );
    return best === null ? [] : [coveredDay(day, best)];
  });
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
