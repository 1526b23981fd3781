import { jest } from '@jest/globals';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { CollectInput, CollectSummary } from '../../src/domain/collection.js';
import { collectWorkflowId, QUEUES } from '../../src/names.js';
import type { collectConversations } from '../../src/workflows/index.js';
import {
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  setConcurrencyUpdate,
} from '../../src/workflows/messages.js';
import { FakePipeline } from '../support/fake-activities.js';
import { recordHistories } from '../support/histories.js';
import { replayAll, startTemporal, startWorkersOn } from '../support/temporal.js';

jest.setTimeout(60_000);

let env: TestWorkflowEnvironment;
let fake: FakePipeline;
let stop: () => Promise<void>;

beforeAll(async () => {
  env = await startTemporal();
});

beforeEach(async () => {
  fake = new FakePipeline();
  const { main, source, process, categorize } = fake;
  stop = await startWorkersOn(env, { main, source, process, categorize });
});

afterEach(async () => {
  await stop();
});

afterAll(async () => {
  // Every execution of these tests, continued ones and batches included, replays with the code as it is.
  const replayed = await replayAll(env);
  await recordHistories(env, scenarios);
  await env.teardown();
  expect(replayed).toBeGreaterThan(20);
});

const defaults = { batchSize: 10, concurrency: 3, mongodb: true };

/** Scenario → workflow id, for the recorded histories that later releases must replay. */
const scenarios = new Map<string, string>();

async function start(scenario: string, range: string, overrides: Partial<CollectInput> = {}) {
  const [startDate = '', endDate = startDate] = range.split('..');
  const input: CollectInput = { startDate, endDate, ...defaults, ...overrides };
  scenarios.set(scenario, collectWorkflowId(input));
  return env.client.workflow.start<typeof collectConversations>('collectConversations', {
    args: [input],
    workflowId: collectWorkflowId(input),
    taskQueue: QUEUES.main,
  });
}

async function collect(
  scenario: string,
  range: string,
  overrides: Partial<CollectInput> = {},
): Promise<CollectSummary> {
  return (await start(scenario, range, overrides)).result();
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the condition did not come true');
}

function causes(err: unknown): { name: string; type?: string; message: string }[] {
  const chain = [];
  for (let e = err; e instanceof Error; e = e.cause) {
    chain.push({ name: e.name, message: e.message, ...('type' in e ? { type: String(e.type) } : {}) });
  }
  return chain;
}

describe('collectConversations', () => {
  it('collects every batch of every day once and commits each day', async () => {
    fake.days = { '2024-01-01': 95, '2024-01-03': 7 };
    const summary = await collect('complete', '2024-01-01..2024-01-03');
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
    expect(fake.fetched.map((b) => `${b.day}/${b.batch}`).sort()).toEqual(
      [...Array(10).keys()].map((n) => `2024-01-01/${n}`).concat('2024-01-03/0'),
    );
    expect(fake.committed.map((c) => c.day).sort()).toEqual(['2024-01-01', '2024-01-02', '2024-01-03']);
    expect(fake.committed[0]).toMatchObject({ complete: true, appId: null, runId: summary.runId });
    expect(fake.maxInFlight).toBeGreaterThan(1);
    expect(fake.maxInFlight).toBeLessThanOrEqual(3);
  });

  it('continues as new at a low threshold and loses or repeats nothing', async () => {
    fake.days = { '2024-02-01': 100, '2024-02-02': 100, '2024-02-03': 30 };
    const handle = await start('continued-as-new', '2024-02-01..2024-02-03', { maxHistoryLength: 60 });
    const summary = await handle.result();
    expect(summary.conversations).toEqual({ received: 230, stored: 230, rejected: 0 });
    expect(summary.batches).toMatchObject({ planned: 23, done: 23 });
    const names = fake.fetched.map((b) => `${b.day}/${b.batch}`);
    expect(new Set(names).size).toBe(23);
    expect(names).toHaveLength(23);
    expect(fake.committed).toHaveLength(3);
    const described = await env.client.workflow.getHandle(handle.workflowId).describe();
    expect(described.runId).not.toBe(handle.firstExecutionRunId);
    // Staging and rows carry one run id, whichever execution wrote them.
    expect(new Set(fake.fetched.map((b) => b.runId))).toEqual(new Set([handle.firstExecutionRunId]));
  });

  it('goes on past failed batches, lists them and ends as partial', async () => {
    fake.days = { '2024-03-01': 30, '2024-03-02': 10 };
    fake.broken = {
      '2024-03-01/1': { type: 'SourceRequest' },
      '2024-03-02/0': { type: 'SourceUnavailable', healAfter: 2 },
    };
    const summary = await collect('partial', '2024-03-01..2024-03-02');
    expect(summary).toMatchObject({
      status: 'partial',
      batches: { done: 3, failed: 1 },
      days: { done: 2, incomplete: 1 },
      conversations: { received: 30 },
      failuresKey: 'failures.json',
    });
    expect(fake.failures).toEqual([
      {
        day: '2024-03-01',
        batch: 1,
        idFrom: '10',
        idTo: '19',
        count: 10,
        activity: 'fetchBatch',
        type: 'SourceRequest',
        message: 'broken 2024-03-01/1',
      },
    ]);
    expect(fake.committed.find((c) => c.day === '2024-03-01')).toMatchObject({
      complete: false,
      plannedBatches: 3,
    });
    expect(fake.committed.find((c) => c.day === '2024-03-02')).toMatchObject({ complete: true });
  });

  it('names a day that does not hold what the source counts', async () => {
    fake.days = { '2024-04-01': 20 };
    fake.missing = { '2024-04-01': 2 };
    const summary = await collect('mismatch', '2024-04-01');
    expect(summary.status).toBe('partial');
    expect(summary.mismatches).toEqual([{ day: '2024-04-01', expected: 22, received: 20 }]);
    expect(fake.committed[0]).toMatchObject({ complete: false, sourceCount: 22 });
  });

  it('fails before the first batch where the app is unknown', async () => {
    const failed = await collect('unknown-app', '2024-05-01', { appId: 'nobody' }).catch(
      (err: unknown) => err,
    );
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    expect(causes(failed).at(-1)).toMatchObject({
      type: 'UnknownApp',
      message: 'no app nobody; the apps are: a, b',
    });
    expect(fake.fetched).toHaveLength(0);
  });

  it('pauses, resumes and changes its concurrency while it runs', async () => {
    fake.days = { '2024-06-01': 60 };
    fake.held.add('2024-06-01/0');
    const handle = await start('paused', '2024-06-01', { concurrency: 1 });
    await until(async () => (await handle.query(progressQuery)).batches.running === 1);

    await expect(handle.executeUpdate(resumeUpdate)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    await expect(handle.executeUpdate(setConcurrencyUpdate, { args: [0] })).rejects.toBeInstanceOf(
      WorkflowUpdateFailedError,
    );
    const paused = await handle.executeUpdate(pauseUpdate, { args: ['disk is full'] });
    expect(paused).toMatchObject({ status: 'paused', pauseReason: 'disk is full' });
    fake.release('2024-06-01/0');
    await until(async () => (await handle.query(progressQuery)).batches.done === 1);
    // Nothing starts while paused, though five batches are left.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await handle.query(progressQuery)).batches).toMatchObject({ running: 0, done: 1 });

    fake.held = new Set(['2024-06-01/1', '2024-06-01/2']);
    await handle.executeUpdate(setConcurrencyUpdate, { args: [2] });
    await handle.executeUpdate(resumeUpdate);
    await until(() => fake.maxInFlight === 2);
    expect((await handle.query(progressQuery)).batches.running).toBe(2);
    for (const name of fake.held) fake.release(name);
    expect(await handle.result()).toMatchObject({ status: 'complete', batches: { done: 6 } });
    expect(fake.maxInFlight).toBe(2);
  });

  it('hands a cancellation down to the activities and closes the run as cancelled', async () => {
    fake.days = { '2024-07-01': 40 };
    fake.held = new Set(['2024-07-01/0', '2024-07-01/1', '2024-07-01/2', '2024-07-01/3']);
    const handle = await start('cancelled', '2024-07-01', { concurrency: 2 });
    await until(async () => (await handle.query(progressQuery)).batches.running === 2);
    await handle.cancel();
    const failed: unknown = await handle.result().catch((err: unknown) => err);
    expect(causes(failed).map((c) => c.name)).toContain('CancelledFailure');
    expect(fake.cancelled.sort()).toEqual(['2024-07-01/0', '2024-07-01/1']);
    expect(fake.closed).toHaveLength(1);
    expect(fake.closed[0]).toMatchObject({ status: 'cancelled', batches: { done: 0 } });
    expect(fake.committed).toHaveLength(0);
  });

  it('tells its story by typed search attributes', async () => {
    fake.days = { '2024-08-01': 10 };
    const handle = await start('search-attributes', '2024-08-01');
    await handle.result();
    await until(async () => {
      const found = await env.client.workflow.count("RunStatus = 'complete' AND RejectedCount = 1");
      return found.count >= 1;
    });
    const described = await handle.describe();
    expect(described.typedSearchAttributes.getAll().map((pair) => pair.key.name)).toEqual(
      expect.arrayContaining(['RunStatus', 'RejectedCount', 'FailedBatches']),
    );
  });
});
