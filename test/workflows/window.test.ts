import type { CollectInput, CollectState } from '../../src/domain/collection.js';
import * as window from '../../src/workflows/shared/window.js';

const input: CollectInput = {
  startDate: '2024-03-01',
  endDate: '2024-03-03',
  batchSize: 10,
  concurrency: 2,
  mongodb: false,
};
const LATER = Date.parse('2024-06-01T00:00:00Z');

function state(overrides: Partial<CollectInput> = {}): CollectState {
  return window.initialState({ ...input, ...overrides }, 'run');
}

function ranges(...counts: number[]) {
  return counts.map((count, i) => ({ idFrom: `${i}`, idTo: `${i}`, count }));
}

function totals(received: number, rejected = 0) {
  const result = window.emptyTotals();
  result.conversations = { received, stored: received - rejected, rejected };
  if (rejected > 0) result.rejects.invalid_row = rejected;
  result.stageMs.fetch = 5;
  return result;
}

/** Runs a collection to its end without Temporal; `sizes` = conversations of each day. Returns days in commit order. */
function simulate(s: CollectState, sizes: Record<string, number>, batchSize = 10, pageSize = 2): string[] {
  const committed: string[] = [];
  const plan = (
    cursorDay: string,
    cursor: string | null,
    size: { batchSize: number; maxBatches: number },
  ) => {
    const total = sizes[cursorDay] ?? 0;
    let from = cursor === null ? 0 : Number(cursor);
    const batches = [];
    while (from < total && batches.length < Math.min(size.maxBatches, pageSize)) {
      const count = Math.min(size.batchSize, total - from);
      batches.push({ idFrom: `${from}`, idTo: `${from + count - 1}`, count });
      from += count;
    }
    return { batches, cursor: from < total ? `${from}` : null, sourceCount: total };
  };
  for (let steps = 0; !window.isFinished(s); steps++) {
    if (steps > 10_000) throw new Error('the window does not end');
    const day = window.dayToPlan(s, LATER);
    const size = window.planPageSize(s, batchSize);
    if (day !== null && size !== null) window.applyPlan(s, day, plan(day.day, day.cursor, size));
    for (let next = window.takeBatch(s, input); next !== null; next = window.takeBatch(s, input)) {
      window.batchDone(s, next.day, totals(next.batch.count));
    }
    for (const open of [...s.openDays]) {
      if (window.isDayEnded(open)) {
        committed.push(open.day);
        window.dayDone(s, open);
      }
    }
  }
  return committed;
}

describe('the window of a collection', () => {
  it('plans every day once, in order, and commits days without conversations too', () => {
    const s = state();
    expect(simulate(s, { '2024-03-01': 35, '2024-03-03': 1 })).toEqual([
      '2024-03-01',
      '2024-03-02',
      '2024-03-03',
    ]);
    expect(s.progress.batches).toEqual({ planned: 5, running: 0, done: 5, failed: 0 });
    expect(s.progress.conversations).toEqual({ received: 36, stored: 36, rejected: 0 });
    expect(s.progress.days).toEqual({ total: 3, done: 3, incomplete: 0 });
    expect(window.finalStatus(s.progress)).toBe('complete');
  });

  it.each([
    { limit: 1, received: 1, incomplete: 1 },
    { limit: 10, received: 10, incomplete: 1 },
    { limit: 25, received: 25, incomplete: 1 },
    { limit: 35, received: 35, incomplete: 0 },
    { limit: 40, received: 40, incomplete: 1 },
    { limit: 999, received: 55, incomplete: 0 },
  ])('a limit of $limit takes exactly $received of 55', ({ limit, received, incomplete }) => {
    const s = state({ limit });
    simulate(s, { '2024-03-01': 35, '2024-03-02': 20 });
    expect(s.progress.conversations.received).toBe(received);
    expect(s.progress.days.incomplete).toBe(incomplete);
  });

  it('keeps at most `concurrency` batches in flight and takes the oldest day first', () => {
    const s = state();
    const day = window.dayToPlan(s, LATER)!;
    window.applyPlan(s, day, { batches: ranges(10, 10, 10), cursor: null, sourceCount: 30 });
    const first = window.takeBatch(s, input)!;
    expect(first.batch).toMatchObject({
      day: '2024-03-01',
      batch: 0,
      count: 10,
      runId: 'run',
      mongodb: false,
    });
    expect(window.takeBatch(s, input)!.batch.batch).toBe(1);
    expect(window.takeBatch(s, input)).toBeNull();
    s.progress.concurrency = 3;
    expect(window.takeBatch(s, input)!.batch.batch).toBe(2);
  });

  it('does not plan further while enough is queued', () => {
    const s = state();
    const day = window.dayToPlan(s, LATER)!;
    window.applyPlan(s, day, { batches: ranges(10, 10), cursor: 'more', sourceCount: 90 });
    expect(window.dayToPlan(s, LATER)).toBeNull();
    window.takeBatch(s, input);
    expect(window.dayToPlan(s, LATER)).toBe(day);
  });

  it('a failed batch ends the day as incomplete and the run as partial', () => {
    const s = state({ endDate: '2024-03-01' });
    const day = window.dayToPlan(s, LATER)!;
    window.applyPlan(s, day, { batches: ranges(10, 5), cursor: null, sourceCount: 15 });
    window.takeBatch(s, input);
    window.takeBatch(s, input);
    window.batchDone(s, day, totals(10, 2));
    expect(window.isDayEnded(day)).toBe(false);
    window.batchFailed(s, day, { batch: 1, idFrom: '1', idTo: '1', count: 5 });
    expect(window.isDayEnded(day)).toBe(true);
    expect(window.isDayComplete(day)).toBe(false);
    window.dayDone(s, day);
    expect(s.progress).toMatchObject({
      days: { done: 1, incomplete: 1 },
      batches: { running: 0, done: 1, failed: 1 },
      rejects: { invalid_row: 2 },
      mismatches: [],
    });
    expect(window.finalStatus(s.progress)).toBe('partial');
  });

  it.each([
    { plannedAt: LATER, received: 9, mismatch: true, why: 'a closed day that lacks a row' },
    { plannedAt: LATER, received: 10, mismatch: false, why: 'a closed day with all rows' },
    {
      plannedAt: Date.parse('2024-03-01T12:00:00Z'),
      received: 11,
      mismatch: false,
      why: 'a running day that grew',
    },
  ])('$why: mismatch $mismatch', ({ plannedAt, received, mismatch }) => {
    const s = state({ endDate: '2024-03-01' });
    const day = window.dayToPlan(s, plannedAt)!;
    window.applyPlan(s, day, { batches: ranges(10), cursor: null, sourceCount: 10 });
    window.takeBatch(s, input);
    window.batchDone(s, day, totals(received));
    expect(window.hasMismatch(day)).toBe(mismatch);
    window.dayDone(s, day);
    expect(window.finalStatus(s.progress)).toBe(mismatch ? 'partial' : 'complete');
  });
});
