import { describe, expect, it } from '@jest/globals';
import { budgetFor, RequestBudget } from '../../../src/adapters/nocodb/request-budget.js';

const signal = new AbortController().signal;

describe('RequestBudget', () => {
  it('spaces the requests of all readers evenly', async () => {
    const budget = new RequestBudget();
    budget.join(50);
    const times: number[] = [];
    const reader = async () => {
      for (let n = 0; n < 5; n++) {
        await budget.slot(signal);
        times.push(Date.now());
      }
    };
    await Promise.all([reader(), reader(), reader()]);
    expect(times).toHaveLength(15);
    // 14 gaps of 20 ms; timers may fire a millisecond early.
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(14 * 19);
  });

  it('goes at the pace of its slowest present user', () => {
    const budget = new RequestBudget();
    budget.join(10);
    const leave = budget.join(4);
    expect(budget.intervalMs).toBe(250);
    leave();
    expect(budget.intervalMs).toBe(100);
  });

  it('waits out a pause that comes while readers wait', async () => {
    const budget = new RequestBudget();
    budget.join(100);
    await budget.slot(signal);
    const waiting = budget.slot(signal).then(() => Date.now());
    const paused = Date.now();
    budget.pause(200);
    budget.pause(50);
    expect((await waiting) - paused).toBeGreaterThanOrEqual(198);
  });

  it('stops waiting when the reader is aborted', async () => {
    const budget = new RequestBudget();
    budget.pause(60_000);
    const abort = new AbortController();
    const waiting = budget.slot(abort.signal);
    abort.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow();
  });

  it('is one for all sources of a server', () => {
    expect(budgetFor('https://a.example')).toBe(budgetFor('https://a.example'));
    expect(budgetFor('https://a.example')).not.toBe(budgetFor('https://b.example'));
  });
});
