import {
  STAGES,
  type BatchInput,
  type BatchTotals,
  type CollectInput,
  type CollectProgress,
  type CollectState,
  type DayPart,
  type DayState,
  type PlannedBatch,
} from '../../domain/collection.js';
import { countDays, dayEnd, nextDay } from '../../domain/period.js';

/**
 * The window of a collection as plain bookkeeping: which day to plan, which batches to start, which day to finish.
 * Pure but for the state it is given to change, so that it is unit-tested without Temporal.
 */

/** Descriptors a planning page may hold: keeps an activity's result to some kilobytes. */
export const MAX_BATCHES_PER_PAGE = 200;
/** Mismatching days listed in progress; the manifests hold all. */
const MAX_MISMATCHES = 20;

export function emptyTotals(): BatchTotals {
  return {
    conversations: { received: 0, stored: 0, rejected: 0 },
    messages: { received: 0, stored: 0, rejected: 0 },
    rejects: {},
    stageMs: { fetch: 0, process: 0, categorize: 0, store: 0 },
  };
}

export function initialState(input: CollectInput, runId: string): CollectState {
  return {
    nextDay: input.startDate,
    openDays: [],
    remaining: input.limit ?? null,
    incompleteDays: [],
    streak: null,
    progress: {
      ...emptyTotals(),
      runId,
      startDate: input.startDate,
      endDate: input.endDate,
      appId: input.appId ?? null,
      status: 'running',
      pauseReason: null,
      days: { total: countDays(input.startDate, input.endDate), done: 0, incomplete: 0 },
      batches: { planned: 0, running: 0, done: 0, failed: 0 },
      plannedConversations: 0,
      undatedConversations: 0,
      mismatches: [],
      concurrency: input.concurrency,
      ...(input.mode === undefined ? {} : { mode: input.mode }),
    },
  };
}

/** How to ask for the next page of a day's plan, respecting a limit; null where no more may be planned. */
export function planPageSize(
  state: CollectState,
  batchSize: number,
): { batchSize: number; maxBatches: number } | null {
  if (state.remaining === null) return { batchSize, maxBatches: MAX_BATCHES_PER_PAGE };
  if (state.remaining === 0) return null;
  if (state.remaining < batchSize) return { batchSize: state.remaining, maxBatches: 1 };
  return { batchSize, maxBatches: Math.min(MAX_BATCHES_PER_PAGE, Math.floor(state.remaining / batchSize)) };
}

/**
 * The day whose plan should be read next, opening one where needed; null where enough is queued or all is planned.
 * Plans ahead by one window, so that a slot never waits for a plan.
 */
export function dayToPlan(state: CollectState, now: number): DayState | null {
  const queued = state.openDays.reduce((sum, day) => sum + day.queue.length, 0);
  if (queued >= state.progress.concurrency) return null;
  const open = state.openDays.find((day) => day.planning !== 'done');
  if (open !== undefined) return open;
  if (state.nextDay === null || state.remaining === 0) return null;
  const day: DayState = {
    day: state.nextDay,
    cursor: null,
    planning: 'unplanned',
    // Rows are as old as the sweep that read them.
    plannedAt: state.swept?.startedAt ?? now,
    planned: 0,
    done: 0,
    failed: 0,
    sourceCount: 0,
    received: 0,
    queue: [],
    cut: false,
    failedBatches: [],
  };
  state.openDays.push(day);
  // Which changed day comes next, the plan of this one says.
  const isLast = state.changed !== undefined || day.day >= state.progress.endDate;
  state.nextDay = isLast ? null : nextDay(day.day);
  return day;
}

/** Takes a page of a day's plan into the books. */
export function applyPlan(
  state: CollectState,
  day: DayState,
  page: {
    batches: { idFrom: string; idTo: string; count: number }[];
    cursor: string | null;
    sourceCount: number;
    part?: DayPart;
    nextDay?: string | null;
  },
): void {
  if (day.planning === 'unplanned') {
    if (page.part !== undefined) {
      day.part = page.part;
      state.nextDay = page.nextDay ?? null;
    }
    day.sourceCount = page.sourceCount;
    state.progress.plannedConversations += page.sourceCount;
  }
  for (const range of page.batches) {
    day.queue.push({ ...range, batch: day.planned++ });
    state.progress.batches.planned++;
    if (state.remaining !== null) state.remaining = Math.max(0, state.remaining - range.count);
  }
  day.cursor = page.cursor;
  day.planning = page.cursor === null ? 'done' : 'partly';
  if (day.planning === 'partly' && state.remaining === 0) {
    day.planning = 'done';
    day.cut = true;
  }
}

/** Takes the next range to start, or null where the window is full or nothing is queued. Oldest day first. */
export function takeBatch(
  state: CollectState,
  input: Pick<CollectInput, 'appId' | 'mongodb'>,
): { day: DayState; batch: BatchInput; again: boolean } | null {
  if (state.progress.batches.running >= state.progress.concurrency) return null;
  const day = state.openDays.find((candidate) => candidate.queue.length > 0);
  const next = day?.queue.shift();
  if (day === undefined || next === undefined) return null;
  const { again, ...range } = next;
  state.progress.batches.running++;
  return {
    day,
    again: again ?? false,
    batch: {
      ...range,
      runId: state.progress.runId,
      day: day.day,
      mongodb: input.mongodb,
      ...(state.swept ? { swept: state.swept.prefix } : {}),
      ...(input.appId === undefined ? {} : { appId: input.appId }),
      ...(day.part === undefined ? {} : { rowsKey: day.part.key }),
    },
  };
}

export function batchDone(state: CollectState, day: DayState, totals: BatchTotals): void {
  day.done++;
  day.received += totals.conversations.received;
  state.progress.batches.running--;
  state.progress.batches.done++;
  addTotals(state.progress, totals);
}

export function batchFailed(state: CollectState, day: DayState, range: PlannedBatch): void {
  day.failed++;
  day.failedBatches = [...(day.failedBatches ?? []), range];
  state.progress.batches.running--;
  state.progress.batches.failed++;
}

/** Whether every batch of the day has ended. */
export function isDayEnded(day: DayState): boolean {
  return day.planning === 'done' && day.queue.length === 0 && day.done + day.failed === day.planned;
}

/** Whether the day's rows are all there: nothing failed, nothing left out by a limit. */
export function isDayComplete(day: DayState): boolean {
  return day.failed === 0 && !day.cut;
}

/**
 * Whether the received rows differ from what the source counts, though nothing was left out. A day that was still
 * running when it was planned goes on growing: there a difference says nothing.
 */
export function hasMismatch(day: DayState): boolean {
  // What has changed since a list was made, the next one holds.
  if (day.part !== undefined) return false;
  return isDayComplete(day) && day.plannedAt >= dayEnd(day.day) && day.received !== day.sourceCount;
}

/** Closes the books of a committed day. */
export function dayDone(state: CollectState, day: DayState): void {
  state.openDays = state.openDays.filter((open) => open !== day);
  state.progress.days.done++;
  if (!isDayComplete(day)) state.progress.days.incomplete++;
  if (day.failed > 0) state.incompleteDays = [...(state.incompleteDays ?? []), day];
  if (hasMismatch(day) && state.progress.mismatches.length < MAX_MISMATCHES) {
    state.progress.mismatches.push({ day: day.day, expected: day.sourceCount, received: day.received });
  }
}

export function isFinished(state: CollectState): boolean {
  return state.openDays.length === 0 && (state.nextDay === null || state.remaining === 0);
}

/** Final status: partial where a batch failed or a day does not hold what the source counts. */
export function finalStatus(progress: CollectProgress): 'complete' | 'partial' {
  return progress.batches.failed > 0 || progress.mismatches.length > 0 ? 'partial' : 'complete';
}

function addTotals(into: BatchTotals, totals: BatchTotals): void {
  for (const table of ['conversations', 'messages'] as const) {
    into[table].received += totals[table].received;
    into[table].stored += totals[table].stored;
    into[table].rejected += totals[table].rejected;
  }
  for (const [reason, n] of Object.entries(totals.rejects) as [keyof BatchTotals['rejects'], number][]) {
    into.rejects[reason] = (into.rejects[reason] ?? 0) + n;
  }
  for (const stage of STAGES) {
    into.stageMs[stage] += totals.stageMs[stage];
  }
}
