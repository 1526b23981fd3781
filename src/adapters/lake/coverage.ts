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
  if (input.rowsKey !== undefined) return mergePart(committed, key, input, complete);
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

/**
 * Coverage after a reading of what has changed. It says nothing of the conversations that were not read: what was
 * established of them before is extended where the reading covers the day, and only then.
 */
function mergePart(
  committed: Readonly<Record<string, AppCoverage>>,
  key: string,
  input: CommitDayInput,
  complete: boolean,
): Record<string, AppCoverage> {
  const before = committed[key];
  const counted = { source_count: input.sourceCount };
  if (!complete || before?.complete === false) return { ...committed };
  if (input.covers !== true) {
    const whole = before ?? { covered_until: input.coveredUntil, complete: false, run_id: input.runId };
    return { ...committed, [key]: { ...whole, ...counted } };
  }
  const reach = Math.max(before?.covered_until ?? 0, input.coveredUntil);
  // The run that has read the whole day stays named: whoever goes on with an unfinished run asks for it.
  const run = before?.run_id ?? input.runId;
  return { ...committed, [key]: { covered_until: reach, complete: true, ...counted, run_id: run } };
}
