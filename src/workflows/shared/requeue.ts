import { batchName, type CollectState, type DayState, type PlannedBatch } from '../../domain/collection.js';

/** Failed batches that are run again, as plain bookkeeping: what is counted as failed becomes planned once more. */

/** Names of the failed batches that can be run again, oldest first. */
export function failedBatches(state: CollectState): string[] {
  return [...(state.incompleteDays ?? []), ...state.openDays]
    .flatMap((day) => (day.failedBatches ?? []).map(({ batch }) => ({ day: day.day, batch })))
    .sort((a, b) => (a.day === b.day ? a.batch - b.batch : a.day < b.day ? -1 : 1))
    .map(batchName);
}

/**
 * Puts failed batches back into the queues of their days, which are opened again where they had been committed without
 * them. Names that did not fail are passed over.
 * @returns how many there are
 */
export function requeue(state: CollectState, names: readonly string[]): number {
  const wanted = new Set(names);
  let count = 0;
  for (const day of [...(state.incompleteDays ?? []), ...state.openDays]) {
    const again: PlannedBatch[] = [];
    const stay: PlannedBatch[] = [];
    for (const failed of day.failedBatches ?? [])
      (wanted.has(batchName({ day: day.day, batch: failed.batch })) ? again : stay).push(failed);
    if (again.length === 0) continue;
    day.failedBatches = stay;
    day.failed -= again.length;
    day.queue.unshift(...again.map((range) => ({ ...range, again: true as const })));
    state.progress.batches.failed -= again.length;
    count += again.length;
    reopen(state, day);
  }
  return count;
}

/** Keeps a batch that a cancellation stopped: it is neither done nor failed. */
export function putBack(state: CollectState, day: DayState, range: PlannedBatch): void {
  day.queue.unshift({ ...range, again: true });
  state.progress.batches.running--;
}

/** Where a retry is cancelled, its batches are failed ones as before, and can be retried again. */
export function giveUp(state: CollectState): void {
  for (const day of state.openDays) {
    const left = day.queue
      .splice(0)
      .map(({ idFrom, idTo, count, batch }) => ({ idFrom, idTo, count, batch }));
    day.failedBatches = [...(day.failedBatches ?? []), ...left];
    day.failed += left.length;
    state.progress.batches.failed += left.length;
    state.progress.days.done++;
    state.progress.days.incomplete++;
  }
  state.incompleteDays = [...(state.incompleteDays ?? []), ...state.openDays];
  state.openDays = [];
}

/** Opens the days again whose batches are all done, but which a cancelled retry had no time to commit. */
export function reopenUncommitted(state: CollectState): number {
  const days = (state.incompleteDays ?? []).filter((day) => day.failed === 0);
  for (const day of days) reopen(state, day);
  return days.length;
}

/** Opens a committed day once more. */
function reopen(state: CollectState, day: DayState): void {
  if (!state.incompleteDays?.includes(day)) return;
  state.incompleteDays = state.incompleteDays.filter((other) => other !== day);
  // Oldest day first, as it was planned.
  state.openDays = [...state.openDays, day].sort((a, b) => (a.day < b.day ? -1 : 1));
  state.progress.days.done--;
  state.progress.days.incomplete--;
}
