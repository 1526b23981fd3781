import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { CollectInput } from '../../src/domain/collection.js';
import {
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  retryFailedBatchesUpdate,
} from '../../src/workflows/messages.js';
import { causes, until, WorkflowTests } from './harness.js';

const tests = new WorkflowTests({ executions: 60 });

/** Every batch of a day fails with this type. */
function breakAll(day: string, type: string, batches = 20): void {
  for (let n = 0; n < batches; n++) tests.fake.broken[`${day}/${n}`] = { type };
}

const lastCommit = (day: string) => tests.fake.committed.filter((commit) => commit.day === day).at(-1);
const fetchedNames = () => tests.fake.fetched.map(({ day, batch }) => `${day}/${batch}`).sort();

describe('the circuit breaker', () => {
  it('pauses at the first failure that all others would share; resume takes those batches up again', async () => {
    const { fake } = tests;
    fake.days = { '2025-01-01': 100 };
    breakAll('2025-01-01', 'SourceAuth');
    const handle = await tests.start('breaker', '2025-01-01');
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    await until(async () => (await handle.query(progressQuery)).batches.running === 0);
    const paused = await handle.query(progressQuery);
    expect(paused.pauseReason).toMatch(/^SourceAuth: broken 2025-01-01\/[012]$/);
    // Only what was under way has failed; seven batches were not tried.
    expect(paused.batches).toMatchObject({ done: 0, failed: 3 });
    await until(() => fake.failures.length === 3);
    await until(async () => {
      const { typedSearchAttributes } = await handle.describe();
      return typedSearchAttributes.getAll().some(({ value }) => value === 'paused');
    });

    // Not healed: it pauses once more, and none of the batches is lost.
    await handle.executeUpdate(resumeUpdate);
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    fake.broken = {};
    await handle.executeUpdate(resumeUpdate);
    expect(await handle.result()).toMatchObject({
      status: 'complete',
      pauseReason: null,
      batches: { planned: 10, done: 10, failed: 0 },
      conversations: { received: 100, stored: 100 },
      failuresKey: null,
    });
    expect(fetchedNames()).toHaveLength(10);
    expect(new Set(fetchedNames()).size).toBe(10);
    expect(fake.failures).toEqual([]);
    expect(lastCommit('2025-01-01')).toMatchObject({ complete: true, plannedBatches: 10 });
  });

  it('takes up again what was under way at a pause and fails after the resume, without another pause', async () => {
    const { fake } = tests;
    fake.days = { '2025-01-29': 100 };
    fake.held.add('2025-01-29/2');
    fake.broken['2025-01-29/0'] = { type: 'SourceAuth', once: true };
    fake.broken['2025-01-29/2'] = { type: 'SourceAuth', once: true };
    const handle = await tests.start('late-failure', '2025-01-29');
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    await handle.executeUpdate(resumeUpdate);
    fake.release('2025-01-29/2');
    expect(await handle.result()).toMatchObject({
      status: 'complete',
      batches: { planned: 10, done: 10, failed: 0 },
      conversations: { received: 100, stored: 100 },
    });
    expect(fetchedNames()).toHaveLength(10);
  });

  it('pauses when the same type fails three times in a row, not when other batches succeed between', async () => {
    const { fake } = tests;
    fake.days = { '2025-01-02': 120 };
    for (const n of [1, 3, 5]) fake.broken[`2025-01-02/${n}`] = { type: 'InvalidInput' };
    expect(await tests.collect('accidents', '2025-01-02', { concurrency: 1 })).toMatchObject({
      status: 'partial',
      batches: { done: 9, failed: 3 },
    });

    fake.days = { '2025-01-03': 120 };
    for (const n of [4, 5, 6]) fake.broken[`2025-01-03/${n}`] = { type: 'MongoUnavailable' };
    const handle = await tests.start('three-in-a-row', '2025-01-03', { concurrency: 1 });
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    expect(await handle.query(progressQuery)).toMatchObject({
      pauseReason: '3 batches in a row have failed with MongoUnavailable: broken 2025-01-03/6',
      batches: { done: 4, failed: 3 },
    });
    fake.broken = {};
    await handle.executeUpdate(resumeUpdate);
    expect(await handle.result()).toMatchObject({ status: 'complete', batches: { done: 12, failed: 0 } });
  });

  it.each(['planDay', 'finalizeDay', 'closeRun'] as const)(
    'pauses where %s fails for good, and resume tries it again',
    async (step) => {
      const { fake } = tests;
      const day = { planDay: '2025-01-04', finalizeDay: '2025-01-05', closeRun: '2025-01-06' }[step];
      fake.days = { [day]: 20 };
      fake.brokenStep = { [step]: 'LakeAccess' };
      const handle = await tests.start(`${step}-fails`, day);
      await until(async () => (await handle.query(progressQuery)).status === 'paused');
      expect((await handle.query(progressQuery)).pauseReason).toBe(`LakeAccess: broken ${step}`);
      fake.brokenStep = {};
      await handle.executeUpdate(resumeUpdate);
      expect(await handle.result()).toMatchObject({ status: 'complete', batches: { done: 2, failed: 0 } });
      expect(fake.closed).toHaveLength(1);
      expect(fake.committed).toHaveLength(1);
    },
  );

  it('survives a failure that cannot even be recorded, and a cancellation while it is paused', async () => {
    const { fake } = tests;
    fake.days = { '2025-01-07': 50 };
    breakAll('2025-01-07', 'LakeAccess');
    fake.brokenStep = { recordFailure: 'LakeAccess' };
    const handle = await tests.start('cannot-record', '2025-01-07', { concurrency: 1 });
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    fake.broken = {};
    fake.brokenStep = {};
    await handle.executeUpdate(resumeUpdate);
    expect(await handle.result()).toMatchObject({ status: 'complete', batches: { done: 5, failed: 0 } });

    breakAll('2025-01-08', 'ModelUnavailable');
    fake.days = { '2025-01-08': 50 };
    const second = await tests.start('cancelled-while-paused', '2025-01-08');
    await until(async () => (await second.query(progressQuery)).status === 'paused');
    await second.cancel();
    const failed: unknown = await second.result().catch((err: unknown) => err);
    expect(causes(failed).map(({ name }) => name)).toContain('CancelledFailure');
    expect(fake.closed.at(-1)).toMatchObject({ status: 'cancelled', pauseReason: null });
  });

  it('carries what it holds back over a continuation', async () => {
    const { fake } = tests;
    fake.days = { '2025-01-09': 60, '2025-01-10': 60, '2025-01-11': 60 };
    fake.broken = { '2025-01-09/1': { type: 'SourceRequest' } };
    breakAll('2025-01-11', 'SourceAuth');
    const handle = await tests.start('continued-with-failures', '2025-01-09..2025-01-11', {
      maxHistoryLength: 60,
    });
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    fake.broken = {};
    await handle.executeUpdate(pauseUpdate, { args: ['still looking'] });
    // The day of the first failure was committed long ago, by an earlier execution.
    const { batches } = await handle.executeUpdate(retryFailedBatchesUpdate, {
      args: [{ batches: ['2025-01-09/1'] }],
    });
    expect(batches).toBe(1);
    await handle.executeUpdate(resumeUpdate);
    expect(await handle.result()).toMatchObject({
      status: 'complete',
      days: { total: 3, done: 3, incomplete: 0 },
      batches: { planned: 18, done: 18, failed: 0 },
      conversations: { received: 180 },
    });
    expect(lastCommit('2025-01-09')).toMatchObject({ complete: true });
  });
});

describe('failed batches', () => {
  it('run again on a running run, and their committed days are committed once more', async () => {
    const { fake } = tests;
    fake.days = { '2025-02-01': 30, '2025-02-02': 30 };
    fake.broken = { '2025-02-01/0': { type: 'SourceRequest' }, '2025-02-01/2': { type: 'InvalidInput' } };
    for (const name of ['2025-02-01/0', '2025-02-01/2', '2025-02-02/2']) fake.held.add(name);
    const handle = await tests.start('retried-while-running', '2025-02-01..2025-02-02');
    await expect(handle.executeUpdate(retryFailedBatchesUpdate, { args: [{}] })).rejects.toBeInstanceOf(
      WorkflowUpdateFailedError,
    );
    for (const name of ['2025-02-01/0', '2025-02-01/2']) fake.release(name);
    await until(async () => (await handle.query(progressQuery)).days.incomplete === 1);
    expect(lastCommit('2025-02-01')).toMatchObject({ complete: false });
    const refused: unknown = await handle
      .executeUpdate(retryFailedBatchesUpdate, { args: [{ batches: ['2025-02-01/1'] }] })
      .catch((err: unknown) => err);
    expect(causes(refused).at(-1)?.message).toBe(
      'not among the failed batches: 2025-02-01/1; those are 2025-02-01/0, 2025-02-01/2',
    );

    fake.broken = { '2025-02-01/2': { type: 'InvalidInput' } };
    const accepted = await handle.executeUpdate(retryFailedBatchesUpdate, { args: [{}] });
    expect(accepted).toMatchObject({
      batches: 2,
      progress: { batches: { failed: 0 }, days: { incomplete: 0 } },
    });
    await until(async () => (await handle.query(progressQuery)).days.incomplete === 1);
    // What healed is no longer listed, though the run goes on.
    await until(() => fake.failures.length === 1);
    expect(fake.failures).toMatchObject([{ day: '2025-02-01', batch: 2, type: 'InvalidInput' }]);
    fake.broken = {};
    await handle.executeUpdate(retryFailedBatchesUpdate, { args: [{ batches: ['2025-02-01/2'] }] });
    await until(async () => (await handle.query(progressQuery)).days.done === 1);
    expect(lastCommit('2025-02-01')).toMatchObject({ complete: true, plannedBatches: 3 });
    fake.release('2025-02-02/2');
    expect(await handle.result()).toMatchObject({
      status: 'complete',
      days: { done: 2, incomplete: 0 },
      batches: { done: 6, failed: 0 },
      conversations: { received: 60 },
      failuresKey: null,
    });
    expect(fetchedNames()).toHaveLength(6);
  });

  it('run again after the run has closed: some, then the rest, and the sums are those of the whole', async () => {
    const { fake } = tests;
    fake.days = { '2025-03-01': 30, '2025-03-02': 20, '2025-03-03': 10 };
    fake.broken = { '2025-03-01/1': { type: 'SourceRequest' }, '2025-03-02/0': { type: 'LakeCorrupt' } };
    const range = '2025-03-01..2025-03-03';
    const first = await tests.collect('retried-when-closed', range);
    expect(first).toMatchObject({ status: 'partial', days: { incomplete: 2 }, batches: { failed: 2 } });
    fake.broken = {};
    const commits = fake.committed.length;
    const again = (batches?: string[]): Partial<CollectInput> => ({
      retry: { runId: first.runId, ...(batches === undefined ? {} : { batches }) },
    });

    const refused: unknown = await tests
      .collect('retried-when-closed', range, again(['2025-03-01/0']))
      .catch((err: unknown) => err);
    expect(causes(refused).at(-1)?.message).toContain('not among the failed batches: 2025-03-01/0');

    const second = await tests.collect('retried-when-closed', range, again(['2025-03-01/1']));
    expect(second).toMatchObject({ status: 'partial', batches: { failed: 1 }, failuresKey: 'failures.json' });
    expect(fake.failures).toMatchObject([{ day: '2025-03-02', batch: 0 }]);

    const third = await tests.collect('retried-when-closed', range, again());
    expect(third).toMatchObject({
      status: 'complete',
      runId: first.runId,
      days: { total: 3, done: 3, incomplete: 0 },
      batches: { planned: 6, running: 0, done: 6, failed: 0 },
      conversations: { received: 60, stored: 60 },
      failuresKey: null,
    });
    // Rows, staging and commits are those of the run that failed; the day that was whole is left alone.
    expect(new Set(fake.fetched.map(({ runId }) => runId))).toEqual(new Set([first.runId]));
    expect(fake.committed.slice(commits)).toMatchObject([
      { day: '2025-03-01', runId: first.runId, complete: true, plannedBatches: 3 },
      { day: '2025-03-02', runId: first.runId, complete: true, plannedBatches: 2 },
    ]);
    expect(fetchedNames()).toHaveLength(6);
    expect(fake.states.size).toBe(0);
    const nothing: unknown = await tests
      .collect('retried-when-closed', range, again())
      .catch((err: unknown) => err);
    expect(causes(nothing).at(-1)).toMatchObject({ type: 'InvalidInput' });
  });

  it('are still there after a retry that was cancelled', async () => {
    const { fake } = tests;
    fake.days = { '2025-04-01': 40 };
    fake.broken = { '2025-04-01/1': { type: 'SourceRequest' }, '2025-04-01/3': { type: 'InvalidInput' } };
    const first = await tests.collect('retry-cancelled', '2025-04-01');
    fake.broken = {};
    fake.held.add('2025-04-01/3');
    const retry = { retry: { runId: first.runId } };
    const handle = await tests.start('retry-cancelled', '2025-04-01', retry);
    await until(async () => (await handle.query(progressQuery)).batches.done === 3);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    expect(fake.closed.at(-1)).toMatchObject({ status: 'cancelled', batches: { done: 3, failed: 1 } });
    expect(fake.failures).toMatchObject([{ batch: 3 }]);
    fake.release('2025-04-01/3');
    expect(await tests.collect('retry-cancelled', '2025-04-01', retry)).toMatchObject({
      status: 'complete',
      days: { done: 1, incomplete: 0 },
      batches: { done: 4, failed: 0 },
      conversations: { received: 40 },
    });
  });
});
