import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';

import { mergeCoverage } from '../../src/adapters/lake/coverage.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import { createClient, type Client } from '../../src/client/client.js';
import type { ProcessingState } from '../../src/client/state-file.js';
import { readManifests } from '../../src/client/lake-store.js';
import { loadConfig } from '../../src/config.js';
import { collectWorkflowId } from '../../src/names.js';
import type { CommitDayInput } from '../../src/ports/lake.js';
import { FakePipeline } from '../support/fake-activities.js';
import { allActivities } from '../support/fake-reports.js';
import { startTemporal, startWorkersOn } from '../support/temporal.js';
import { manifestOf } from './support.js';

jest.setTimeout(180_000);

/** The fake pipeline, but days are committed to a real lake's manifests. */
class CommittingPipeline extends FakePipeline {
  constructor(private readonly lakeDir: string) {
    super();
    const commit = this.process.finalizeDay;
    this.process.finalizeDay = async (input) => {
      const result = await commit(input);
      await this.commit(input);
      return result;
    };
  }

  private async commit(input: CommitDayInput): Promise<void> {
    const store = createFileObjectStore(this.lakeDir);
    const config = loadConfig({ env: { LAKE_DIR: this.lakeDir }, dotenvPath: null });
    const [before] = await readManifests(config, { start: input.day, end: input.day });
    const coverage = mergeCoverage(before?.coverage ?? {}, input, input.complete);
    const key = `_days/${input.day}/manifest.json`;
    await store.delete([key]);
    await store.put(key, Buffer.from(JSON.stringify(manifestOf(input.day, coverage))));
  }
}

let env: TestWorkflowEnvironment;
let dir: string;
let pipeline: CommittingPipeline;
let stop: () => Promise<void>;
let client: Client;
const told: string[] = [];

beforeAll(async () => {
  env = await startTemporal();
});
afterAll(async () => {
  await env.teardown();
});

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'resume-'));
  pipeline = new CommittingPipeline(join(dir, 'lake'));
  stop = await startWorkersOn(env, allActivities(pipeline));
  told.length = 0;
  client = await createClient({
    // Never connected to: only the workers write to it, and these are made up.
    env: {
      TEMPORAL_ADDRESS: env.address,
      LAKE_DIR: join(dir, 'lake'),
      MONGODB_URI: 'mongodb://localhost:1',
      HOME: dir,
    },
    dotenvPath: null,
    start: false,
  });
});
afterEach(async () => {
  await client.close();
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

const onNotice = (line: string) => void told.push(line);
const resume = (more: { appId?: string; stateFile?: string } = {}) =>
  client.collect({ resume: true, onNotice, ...more });

/** What a run says of itself is listed a moment later. */
async function listedAs(range: { startDate: string; endDate: string; appId?: string }, status: string) {
  for (let n = 0; n < 200; n++) {
    const { runs } = await client.status();
    const newest = runs.find((run) => run.workflowId === collectWorkflowId(range));
    if (newest?.status === status || newest?.state === status) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the run is not listed as ${status}`);
}

describe('resume', () => {
  it('goes on with the days that a partial run has left, with its settings; then there is nothing to resume', async () => {
    expect(await resume({ appId: 'a' })).toBeNull();
    expect(told.at(-1)).toContain('Nothing to resume: no collection of app a');

    const range = { startDate: '2024-01-01', endDate: '2024-01-04', appId: 'a' };
    pipeline.days = { '2024-01-01': 20, '2024-01-02': 20, '2024-01-03': 20, '2024-01-04': 5 };
    pipeline.broken = {
      '2024-01-02/1': { type: 'SourceRequest' },
      '2024-01-03/0': { type: 'SourceRequest' },
    };
    const first = await client.collect({ ...range, batchSize: 7, stateFile: join(dir, 'state.json') });
    expect(first).toMatchObject({ status: 'partial', exitCode: 3 });
    const state = JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')) as ProcessingState;
    expect(state).toMatchObject({
      run: { workflowId: first.workflowId, status: 'partial', settings: { batchSize: 7, mongodb: true } },
      days: { done: 4, incomplete: 2, committed: { '2024-01-01': 'complete', '2024-01-02': 'partly' } },
      counts: { batches: { failed: 2 } },
    });
    await listedAs(range, 'partial');

    pipeline.broken = {};
    pipeline.fetched.length = 0;
    const second = await resume({ appId: 'a' });
    expect(second).toMatchObject({
      status: 'complete',
      summary: { startDate: '2024-01-02', endDate: '2024-01-03' },
    });
    expect(pipeline.fetched.map(({ day }) => day).sort()).toEqual([
      '2024-01-02',
      '2024-01-02',
      '2024-01-02',
      '2024-01-03',
      '2024-01-03',
      '2024-01-03',
    ]);
    expect(Math.max(...pipeline.fetched.map(({ count }) => count))).toBe(7);
    expect(told.at(-1)).toContain('ended as partial');

    await listedAs({ startDate: '2024-01-02', endDate: '2024-01-03', appId: 'a' }, 'complete');
    expect(await resume({ appId: 'a' })).toBeNull();
    expect(await resume({ appId: 'b' })).toBeNull();
  });

  it('attaches to the run that is running, whoever has left it', async () => {
    const range = { startDate: '2024-02-01', endDate: '2024-02-01' };
    pipeline.days = { '2024-02-01': 30 };
    pipeline.held = new Set(['2024-02-01/0']);
    const leaving = new AbortController();
    const left = client.collect({
      ...range,
      batchSize: 10,
      signal: leaving.signal,
      onProgress: ({ batches }) => {
        if (batches.done === 2) leaving.abort(new Error('enough seen'));
      },
    });
    await expect(left).rejects.toThrow('enough seen');

    const resumed = resume({ stateFile: join(dir, 'state.json') });
    pipeline.release('2024-02-01/0');
    expect(await resumed).toMatchObject({
      workflowId: collectWorkflowId(range),
      status: 'complete',
      summary: { batches: { done: 3 } },
    });
    expect(told).toContainEqual(expect.stringContaining('it is running'));
    expect(pipeline.fetched).toHaveLength(3);
  });

  it('reads all days of a run again that was broken off, for MongoDB may lack what the lake has', async () => {
    const range = { startDate: '2024-03-01', endDate: '2024-03-02' };
    pipeline.days = { '2024-03-01': 10, '2024-03-02': 10 };
    pipeline.held = new Set(['2024-03-02/0']);
    const leaving = new AbortController();
    const left = client.collect({
      ...range,
      signal: leaving.signal,
      onProgress: ({ days }) => {
        if (days.done === 1) leaving.abort(new Error('enough seen'));
      },
    });
    await expect(left).rejects.toThrow('enough seen');
    await env.client.workflow.getHandle(collectWorkflowId(range)).terminate();
    await listedAs(range, 'TERMINATED');
    pipeline.held.clear();
    expect(await resume()).toMatchObject({ status: 'complete', summary: { ...range, days: { done: 2 } } });
    expect(told.at(-1)).toContain('ended as terminated');
  });

  it('is not drawn to a run that was refused, and takes the run that a state names first', async () => {
    await expect(
      client.collect({ startDate: '2024-04-01', endDate: '2024-04-01', appId: 'nobody' }),
    ).rejects.toMatchObject({ exitCode: 2 });
    await listedAs({ startDate: '2024-04-01', endDate: '2024-04-01', appId: 'nobody' }, 'FAILED');
    expect(await resume({ appId: 'nobody' })).toBeNull();

    pipeline.days = { '2024-05-01': 5, '2024-05-02': 5 };
    pipeline.broken = {
      '2024-05-01/0': { type: 'SourceRequest' },
      '2024-05-02/0': { type: 'SourceRequest' },
    };
    const older = { startDate: '2024-05-01', endDate: '2024-05-01', appId: 'c' };
    const newer = { startDate: '2024-05-02', endDate: '2024-05-02', appId: 'c' };
    const stateFile = join(dir, 'state.json');
    await client.collect({ ...older, stateFile });
    await client.collect(newer);
    await listedAs(newer, 'partial');
    pipeline.broken = {};
    expect(await resume({ appId: 'c', stateFile })).toMatchObject({ summary: { startDate: '2024-05-01' } });
    await listedAs(older, 'complete');
    expect(await resume({ appId: 'c' })).toMatchObject({ summary: { startDate: '2024-05-02' } });
  });
});

describe('status', () => {
  it('shows runs, coverage and failures; the schedule once there is one', async () => {
    const range = { startDate: '2024-06-01', endDate: '2024-06-02' };
    pipeline.days = { '2024-06-01': 5, '2024-06-02': 5 };
    pipeline.broken = { '2024-06-02/0': { type: 'SourceRequest' } };
    const { workflowId } = await client.collect(range);
    await listedAs(range, 'partial');
    await env.client.schedule.create({
      scheduleId: 'nightly',
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'tick', taskQueue: 'none' },
    });
    await env.client.schedule.create({
      scheduleId: 'of one’s own',
      spec: { intervals: [{ every: '7 days' }] },
      action: { type: 'startWorkflow', workflowType: 'reconcile', taskQueue: 'none' },
    });
    await env.client.schedule.create({
      scheduleId: 'of somebody else',
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: 'other', taskQueue: 'none' },
    });
    for (let n = 0; n < 200 && (await client.status()).schedules?.length !== 2; n++) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    const { runs, coverage, schedules } = await client.status();
    expect(runs.find((run) => run.workflowId === workflowId)).toMatchObject({
      ...range,
      appId: null,
      failedBatches: 1,
      state: 'COMPLETED',
    });
    expect(coverage.problem).toBeNull();
    expect(coverage.apps).toMatchObject([
      {
        appId: null,
        days: [
          { day: '2024-06-01', state: 'complete' },
          { day: '2024-06-02', state: 'partly' },
        ],
      },
    ]);
    const listed = [...(schedules ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(listed).toMatchObject([
      { id: 'nightly', workflowType: 'tick', paused: false },
      { id: 'of one’s own', workflowType: 'reconcile', paused: false },
    ]);
    expect(Date.parse(schedules?.[0]?.nextAt ?? '')).toBeGreaterThan(Date.now());
    expect(await client.status(workflowId)).toMatchObject({
      status: 'partial',
      data: { mongodb: { database: 'conversation_analytics' } },
    });
  });
});
