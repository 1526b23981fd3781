import type { CollectInput, CollectState, DayState } from '../../src/domain/collection.js';
import { FAILURE_TYPES, remedyOf } from '../../src/domain/errors.js';
import * as breaker from '../../src/workflows/shared/breaker.js';
import * as requeue from '../../src/workflows/shared/requeue.js';
import * as window from '../../src/workflows/shared/window.js';

const LATER = Date.parse('2024-06-01T00:00:00Z');
const DAY = '2024-03-01';
const input: CollectInput = { startDate: DAY, endDate: DAY, batchSize: 10, concurrency: 9, mongodb: false };

/** One day of so many batches, all of them in flight. */
function inFlight(
  batches: number,
  endDate = DAY,
): { state: CollectState; day: DayState; fail(n: number): void } {
  const state = window.initialState({ ...input, endDate }, 'run');
  const day = window.dayToPlan(state, LATER)!;
  const ranges = [...Array(batches).keys()].map((n) => ({ idFrom: `${n}`, idTo: `${n}`, count: 10 }));
  window.applyPlan(state, day, { batches: ranges, cursor: null, sourceCount: batches * 10 });
  state.progress.concurrency = batches;
  while (window.takeBatch(state, input) !== null);
  const fail = (n: number) => window.batchFailed(state, day, { ...ranges[n]!, batch: n });
  return { state, day, fail };
}

function totals(received: number) {
  const result = window.emptyTotals();
  result.conversations = { received, stored: received, rejected: 0 };
  return result;
}

describe('failed batches that run again', () => {
  it('are queued once more, and open their committed day again', () => {
    const { state, day, fail } = inFlight(4);
    fail(3);
    fail(1);
    window.batchDone(state, day, totals(10));
    window.batchDone(state, day, totals(10));
    window.dayDone(state, day);
    expect(window.finalStatus(state.progress)).toBe('partial');
    expect(requeue.failedBatches(state)).toEqual([`${DAY}/1`, `${DAY}/3`]);

    expect(requeue.requeue(state, [`${DAY}/1`, `${DAY}/2`, 'nonsense'])).toBe(1);
    expect(state.progress).toMatchObject({
      days: { done: 0, incomplete: 0 },
      batches: { failed: 1, done: 2 },
    });
    expect(window.isFinished(state)).toBe(false);
    const taken = window.takeBatch(state, input)!;
    expect(taken).toMatchObject({
      again: true,
      batch: { day: DAY, batch: 1, idFrom: '1', idTo: '1', count: 10 },
    });
    expect(taken.batch).not.toHaveProperty('again');
    window.batchDone(state, day, totals(10));
    expect(window.isDayEnded(day)).toBe(true);
    expect(window.isDayComplete(day)).toBe(false);
    window.dayDone(state, day);

    requeue.requeue(state, requeue.failedBatches(state));
    window.takeBatch(state, input);
    window.batchDone(state, day, totals(10));
    expect(window.isDayComplete(day) && !window.hasMismatch(day)).toBe(true);
    window.dayDone(state, day);
    expect(state.progress).toMatchObject({
      days: { done: 1, incomplete: 0 },
      batches: { planned: 4, running: 0, done: 4, failed: 0 },
      conversations: { received: 40 },
      mismatches: [],
    });
    expect(window.finalStatus(state.progress)).toBe('complete');
    expect(state.incompleteDays).toEqual([]);
  });

  it('are failed ones again where the retry is given up, as are those that were under way', () => {
    const { state, day, fail } = inFlight(2);
    fail(0);
    fail(1);
    window.dayDone(state, day);
    requeue.requeue(state, requeue.failedBatches(state));
    state.progress.concurrency = 1;
    const taken = window.takeBatch(state, input)!;
    requeue.putBack(state, day, { idFrom: '0', idTo: '0', count: 10, batch: taken.batch.batch });
    requeue.giveUp(state);
    expect(requeue.failedBatches(state)).toEqual([`${DAY}/0`, `${DAY}/1`]);
    expect(state.progress).toMatchObject({
      days: { done: 1, incomplete: 1 },
      batches: { running: 0, failed: 2, done: 0 },
    });
    expect(requeue.reopenUncommitted(state)).toBe(0);
  });

  it('leave a day to be committed where only that was left when a retry was given up', () => {
    const { state, day, fail } = inFlight(1);
    fail(0);
    window.dayDone(state, day);
    requeue.requeue(state, [`${DAY}/0`]);
    window.takeBatch(state, input);
    window.batchDone(state, day, totals(10));
    requeue.giveUp(state);
    expect(requeue.reopenUncommitted(state)).toBe(1);
    expect(state.openDays).toEqual([day]);
    expect(state.progress.days).toMatchObject({ done: 0, incomplete: 0 });
  });

  it('know nothing of what release 0.1.0 did not keep', () => {
    const { state, day } = inFlight(1);
    delete state.incompleteDays;
    delete state.streak;
    delete day.failedBatches;
    expect(requeue.failedBatches(state)).toEqual([]);
    window.batchFailed(state, day, { batch: 0, idFrom: '0', idTo: '0', count: 10 });
    breaker.noteFailure(state, { day: DAY, batch: 0 }, { type: 'SourceRequest', message: '' });
    window.dayDone(state, day);
    expect(requeue.failedBatches(state)).toEqual([`${DAY}/0`]);
  });
});

describe('the circuit breaker', () => {
  const moreToCome = '2024-03-09';
  const note = (state: CollectState, n: number, type: string, message = 'why') =>
    breaker.noteFailure(state, { day: DAY, batch: n }, { type, message });

  it.each(['SourceAuth', 'LakeAccess', 'MongoAuth', 'ModelUnavailable'])('pauses at the first %s', (type) => {
    const { state } = inFlight(3, moreToCome);
    expect(note(state, 0, type, 'first line\nsecond line')).toBe(`${type}: first line`);
  });

  it('pauses at the third failure of a type without a success between', () => {
    const { state } = inFlight(9, moreToCome);
    expect(note(state, 0, 'MongoUnavailable')).toBeNull();
    expect(note(state, 1, 'MongoUnavailable')).toBeNull();
    breaker.noteSuccess(state);
    expect(note(state, 2, 'MongoUnavailable')).toBeNull();
    expect(note(state, 3, 'SourceRequest')).toBeNull();
    expect(note(state, 4, 'MongoUnavailable')).toBeNull();
    expect(note(state, 5, 'MongoUnavailable')).toBeNull();
    expect(note(state, 6, 'MongoUnavailable')).toBe(
      '3 batches in a row have failed with MongoUnavailable: why',
    );
  });

  it('pauses at every thousandth failure, whatever it is', () => {
    const { state } = inFlight(1, moreToCome);
    state.progress.batches.failed = 1_000;
    expect(note(state, 0, 'InvalidInput')).toBe('1000 batches have failed, the last with InvalidInput: why');
  });

  it('lets a run end where a pause would spare nothing', () => {
    const { state } = inFlight(3);
    expect(note(state, 0, 'SourceAuth')).toBeNull();
    state.nextDay = '2024-03-02';
    state.remaining = 0;
    expect(note(state, 1, 'SourceAuth')).toBeNull();
    state.remaining = null;
    expect(note(state, 2, 'SourceAuth')).not.toBeNull();
  });

  it('holds what failed around the pause, other types and later successes included', () => {
    const { state } = inFlight(4, moreToCome);
    expect(note(state, 0, 'SourceAuth')).not.toBeNull();
    state.progress.status = 'paused';
    breaker.noteSuccess(state);
    expect(note(state, 1, 'SourceUnavailable')).toBeNull();
    expect(breaker.takeHeld(state)).toEqual([`${DAY}/0`, `${DAY}/1`]);
    expect(breaker.takeHeld(state)).toEqual([]);
  });
});

describe('what to do about a failure', () => {
  it.each([...Object.keys(FAILURE_TYPES), 'Timeout:HEARTBEAT', 'Unexpected', 'constructor'])(
    'is said for %s in one line',
    (type) => {
      const remedy = remedyOf(type);
      expect(remedy).not.toBe('');
      expect(remedy).not.toContain('\n');
    },
  );
});
