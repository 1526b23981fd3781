import { ALL_APPS, encodeKeyPart } from '../../names.js';
import type { AppCoverage, CommitDayInput } from '../../ports/lake.js';

/** Key of a run's scope in a manifest's coverage. */
export function coverageKey(appId: string | null): string {
  return appId === null ? ALL_APPS : encodeKeyPart(appId);
}

/**
 * Coverage after one more reading. An incomplete reading takes nothing away from what a complete one has established:
 * all rows up to then are still there. Of two alike the one that reaches further stands, or the later one.
 */
export function mergeCoverage(
  committed: Readonly<Record<string, AppCoverage>>,
  input: CommitDayInput,
  complete: boolean,
): Record<string, AppCoverage> {
  const key = coverageKey(input.appId);
  const before = committed[key];
  const now: AppCoverage = {
    covered_until: input.coveredUntil,
    complete,
    source_count: input.sourceCount,
    run_id: input.runId,
  };
  const keep =
    before !== undefined &&
    (before.complete === complete ? before.covered_until > now.covered_until : before.complete);
  return { ...committed, [key]: keep ? before : now };
}
