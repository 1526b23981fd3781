import { batchName, type CollectState } from '../../domain/collection.js';
import { pausesRun } from '../../domain/errors.js';

/**
 * The circuit breaker of a collection as plain bookkeeping: which failures say that the next batch would fail as well.
 * Why these thresholds: docs/adr/0006.
 */

/** Batches that fail with one type, without a success between them, before the run pauses. */
export const SAME_FAILURES = 3;
/** Every so many failed batches the run pauses whatever their types: its state lists them all. */
export const MANY_FAILURES = 1_000;
const MAX_REASON = 300;

/** Takes a failed batch into the books. Returns why the run should pause, or null where it should go on. */
export function noteFailure(
  state: CollectState,
  batch: { day: string; batch: number },
  failure: { type: string; message: string },
): string | null {
  const paused = state.progress.status === 'paused';
  // While the run is paused every failure is of what was under way: all of it is taken up again.
  const streak =
    state.streak && (paused || state.streak.type === failure.type)
      ? state.streak
      : { type: failure.type, batches: [] };
  state.streak = streak;
  streak.batches.push(batchName(batch));
  if (paused || !hasWorkLeft(state)) return null;
  if (pausesRun(failure.type)) return reasonOf(failure);
  const { failed } = state.progress.batches;
  if (failed > 0 && failed % MANY_FAILURES === 0)
    return `${failed} batches have failed, the last with ${reasonOf(failure)}`;
  const n = streak.batches.length;
  return n >= SAME_FAILURES ? `${n} batches in a row have failed with ${reasonOf(failure)}` : null;
}

/** A batch has succeeded: what failed before it were accidents. What failed around a pause is still to be taken up. */
export function noteSuccess(state: CollectState): void {
  if (state.progress.status !== 'paused') state.streak = null;
}

/** The batches that a pause has held back, to be run again. */
export function takeHeld(state: CollectState): string[] {
  const held = state.streak?.batches ?? [];
  state.streak = null;
  return held;
}

/** `SourceAuth: NocoDB answered …`, in one line. Messages hold no text of conversations. */
export function reasonOf({ type, message }: { type: string; message: string }): string {
  const line = `${type}: ${message.split('\n', 1)[0] ?? ''}`;
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}…` : line;
}

/** Whether a pause would spare anything: batches that have not begun, days that are not planned. */
function hasWorkLeft({ nextDay, remaining, openDays }: CollectState): boolean {
  if (nextDay !== null && remaining !== 0) return true;
  return openDays.some((day) => day.queue.length > 0 || (day.planning !== 'done' && remaining !== 0));
}
