import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import {
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  setConcurrencyUpdate,
} from '../../src/workflows/messages.js';
import { causes, until, WorkflowTests } from './harness.js';

const tests = new WorkflowTests({ executions: 20 });

describe('collectConversations', () => {
  it('collects every batch of every day once and commits each day', async () => {
    tests.fake.days = { '2024-01-01': 95, '2024-01-03': 7 };
    const summary = await tests.collect('complete', '2024-01-01..2024-01-03');
    expect(summary).toMatchObject({
      status: 'complete',
      days: { total: 3, done: 3, incomplete: 0 },
      batches: { planned: 11, running: 0, done: 11, failed: 0 },
      conversations: { received: 102, stored: 102, rejected: 0 },
      messages: { received: 408, stored: 397, rejected: 11 },
      rejects: { duplicate_message: 11 },
      undatedConversations: 3,
      stageMs: { fetch: 55, process: 22, categorize: 44, store: 44 },
      failuresKey: null,
    });
    expect(tests.fake.fetched.map((b) => `${b.day}/${b.batch}`).sort()).toEqual(
      [...Array(10).keys()].map((n) => `2024-01-01/${n}`).concat('2024-01-03/0'),
    );
    expect(tests.fake.committed.map((c) => c.day).sort()).toEqual(['2024-01-01', '2024-01-02', '2024-01-03']);
    expect(tests.fake.committed[0]).toMatchObject({ complete: true, appId: null, runId: summary.runId });
    expect(tests.fake.maxInFlight).toBeGreaterThan(1);
    expect(tests.fake.maxInFlight).toBeLessThanOrEqual(3);
  });

  it('continues as new at a low threshold and loses or repeats nothing', async () => {
    tests.fake.days = { '2024-02-01': 100, '2024-02-02': 100, '2024-02-03': 30 };
    const handle = await tests.start('continued-as-new', '2024-02-01..2024-02-03', { maxHistoryLength: 60 });
    const summary = await handle.result();
    expect(summary.conversations).toEqual({ received: 230, stored: 230, rejected: 0 });
    expect(summary.batches).toMatchObject({ planned: 23, done: 23 });
    const names = tests.fake.fetched.map((b) => `${b.day}/${b.batch}`);
    expect(new Set(names).size).toBe(23);
    expect(names).toHaveLength(23);
    expect(tests.fake.committed).toHaveLength(3);
    const described = await tests.env.client.workflow.getHandle(handle.workflowId).describe();
    expect(described.runId).not.toBe(handle.firstExecutionRunId);
    // Staging and rows carry one run id, whichever execution wrote them.
    expect(new Set(tests.fake.fetched.map((b) => b.runId))).toEqual(new Set([handle.firstExecutionRunId]));
  });

  it('goes on past failed batches, lists them and ends as partial', async () => {
    tests.fake.days = { '2024-03-01': 30, '2024-03-02': 10 };
    tests.fake.broken = {
      '2024-03-01/1': { type: 'SourceRequest' },
      '2024-03-02/0': { type: 'SourceUnavailable', healAfter: 2 },
    };
    const summary = await tests.collect('partial', '2024-03-01..2024-03-02');
    expect(summary).toMatchObject({
      status: 'partial',
      batches: { done: 3, failed: 1 },
      days: { done: 2, incomplete: 1 },
      conversations: { received: 30 },
      failuresKey: 'failures.json',
    });
    expect(tests.fake.failures).toEqual([
      {
        day: '2024-03-01',
        batch: 1,
        idFrom: '10',
        idTo: '19',
        count: 10,
        activity: 'fetchBatch',
        stage: 'fetch',
        attempts: 1,
        type: 'SourceRequest',
        message: 'broken 2024-03-01/1',
      },
    ]);
    expect(tests.fake.committed.find((c) => c.day === '2024-03-01')).toMatchObject({
      complete: false,
      plannedBatches: 3,
    });
    expect(tests.fake.committed.find((c) => c.day === '2024-03-02')).toMatchObject({ complete: true });
  });

  it('sweeps first where that is cheaper, and reads its batches from what was staged', async () => {
    tests.fake.days = { '2024-09-01': 25 };
    tests.fake.reading = { strategy: 'sweep', spans: 5 };
    const summary = await tests.collect('swept', '2024-09-01');
    expect(summary).toMatchObject({
      status: 'complete',
      conversations: { received: 25 },
      reading: { strategy: 'sweep', reason: 'it was told to', messages: { read: 100, total: 100 } },
    });
    const steps = tests.fake.swept;
    expect(steps[0]).toBe('conversations');
    expect(steps.slice(1, 6).sort()).toEqual([0, 1, 2, 3, 4].map((span) => `span ${span}`));
    expect(steps[6]).toBe('finish 1,1,1,1,1');
    expect(steps.slice(7)).toEqual(['plan 2024-09-01 from swept/days/', 'drop']);
    expect(tests.fake.fetched.map(({ swept }) => swept)).toEqual(Array(3).fill('swept/days/'));
    // Rows are as old as the sweep: what it has not seen may have come since.
    expect(tests.fake.committed[0]).toMatchObject({ plannedAt: 1_000, coveredUntil: 1_000 });
  });

  it('asks for the rows of batches where what a sweep staged is gone', async () => {
    tests.fake.days = { '2024-09-03': 10 };
    tests.fake.reading = { strategy: 'sweep', spans: 1 };
    tests.fake.sweptGone = true;
    expect(await tests.collect('swept-gone', '2024-09-03')).toMatchObject({
      status: 'complete',
      conversations: { received: 10, stored: 10 },
    });
    expect(tests.fake.fetched.map(({ count }) => count)).toEqual([10]);
  });

  it('pauses where a sweep cannot go on, and does not read again what it has', async () => {
    tests.fake.days = { '2024-09-02': 10 };
    tests.fake.reading = { strategy: 'sweep', spans: 2 };
    tests.fake.brokenStep = { sweepMessages: 'SourceAuth' };
    const handle = await tests.start('sweep-paused', '2024-09-02');
    await until(async () => (await handle.query(progressQuery)).status === 'paused');
    tests.fake.brokenStep = {};
    await handle.executeUpdate(resumeUpdate);
    expect(await handle.result()).toMatchObject({ status: 'complete', conversations: { received: 10 } });
    expect(tests.fake.swept.filter((step) => step === 'conversations')).toHaveLength(1);
  });

  it('names a day that does not hold what the source counts', async () => {
    tests.fake.days = { '2024-04-01': 20 };
    tests.fake.missing = { '2024-04-01': 2 };
    const summary = await tests.collect('mismatch', '2024-04-01');
    expect(summary.status).toBe('partial');
    expect(summary.mismatches).toEqual([{ day: '2024-04-01', expected: 22, received: 20 }]);
    expect(tests.fake.committed[0]).toMatchObject({ complete: false, sourceCount: 22 });
  });

  it('fails before the first batch where the app is unknown', async () => {
    const failed = await tests
      .collect('unknown-app', '2024-05-01', { appId: 'nobody' })
      .catch((err: unknown) => err);
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    expect(causes(failed).at(-1)).toMatchObject({
      type: 'UnknownApp',
      message: 'no app nobody; the apps are: a, b',
    });
    expect(tests.fake.fetched).toHaveLength(0);
  });

  it('pauses, resumes and changes its concurrency while it runs', async () => {
    tests.fake.days = { '2024-06-01': 60 };
    tests.fake.held.add('2024-06-01/0');
    const handle = await tests.start('paused', '2024-06-01', { concurrency: 1 });
    await until(async () => (await handle.query(progressQuery)).batches.running === 1);

    await expect(handle.executeUpdate(resumeUpdate)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    await expect(handle.executeUpdate(setConcurrencyUpdate, { args: [0] })).rejects.toBeInstanceOf(
      WorkflowUpdateFailedError,
    );
    const paused = await handle.executeUpdate(pauseUpdate, { args: ['disk is full'] });
    expect(paused).toMatchObject({ status: 'paused', pauseReason: 'disk is full' });
    tests.fake.release('2024-06-01/0');
    await until(async () => (await handle.query(progressQuery)).batches.done === 1);
    // Nothing starts while paused, though five batches are left.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await handle.query(progressQuery)).batches).toMatchObject({ running: 0, done: 1 });

    tests.fake.held = new Set(['2024-06-01/1', '2024-06-01/2']);
    await handle.executeUpdate(setConcurrencyUpdate, { args: [2] });
    await handle.executeUpdate(resumeUpdate);
    await until(() => tests.fake.maxInFlight === 2);
    expect((await handle.query(progressQuery)).batches.running).toBe(2);
    for (const name of tests.fake.held) tests.fake.release(name);
    expect(await handle.result()).toMatchObject({ status: 'complete', batches: { done: 6 } });
    expect(tests.fake.maxInFlight).toBe(2);
  });

  it('hands a cancellation down to the activities and closes the run as cancelled', async () => {
    tests.fake.days = { '2024-07-01': 40 };
    tests.fake.held = new Set(['2024-07-01/0', '2024-07-01/1', '2024-07-01/2', '2024-07-01/3']);
    const handle = await tests.start('cancelled', '2024-07-01', { concurrency: 2 });
    // Both activities are at work, not only asked for: what is cancelled before a worker took it never runs.
    await until(() => tests.fake.maxInFlight === 2);
    await handle.cancel();
    const failed: unknown = await handle.result().catch((err: unknown) => err);
    expect(causes(failed).map((c) => c.name)).toContain('CancelledFailure');
    expect(tests.fake.cancelled.sort()).toEqual(['2024-07-01/0', '2024-07-01/1']);
    expect(tests.fake.closed).toHaveLength(1);
    expect(tests.fake.closed[0]).toMatchObject({ status: 'cancelled', batches: { done: 0 } });
    expect(tests.fake.committed).toHaveLength(0);
  });

  it('tells its story by typed search attributes', async () => {
    tests.fake.days = { '2024-08-01': 10 };
    const handle = await tests.start('search-attributes', '2024-08-01');
    await handle.result();
    await until(async () => {
      const found = await tests.env.client.workflow.count("RunStatus = 'complete' AND RejectedCount = 1");
      return found.count >= 1;
    });
    const described = await handle.describe();
    expect(described.typedSearchAttributes.getAll().map((pair) => pair.key.name)).toEqual(
      expect.arrayContaining(['RunStatus', 'RejectedCount', 'FailedBatches']),
    );
  });
});
