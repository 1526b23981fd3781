import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Runtime, Worker } from '@temporalio/worker';
import pino from 'pino';

import { createClient } from '../../src/client/client.js';
import { loadConfig, type Config } from '../../src/config.js';
import { QUEUE_ROLES, QUEUES } from '../../src/names.js';
import { slots, startWorkers } from '../../src/workers/index.js';
import { FakePipeline } from '../support/fake-activities.js';
import { allActivities } from '../support/fake-reports.js';
import { startTemporal, startWorkersOn } from '../support/temporal.js';

/** MAX_WORKERS, IO_THREADS, PROCESSING_THREADS and ENABLE_MULTITHREADING, by what they make happen. */

jest.setTimeout(180_000);

const BATCHES = 6;
let env: TestWorkflowEnvironment;
let dir: string;
let day = 0;

beforeAll(async () => {
  env = await startTemporal();
  dir = mkdtempSync(join(tmpdir(), 'settings-'));
});
afterAll(async () => {
  await env.teardown();
  rmSync(dir, { recursive: true, force: true });
});
afterEach(() => {
  jest.restoreAllMocks();
});

function settings(more: Record<string, string>): Record<string, string> {
  return { TEMPORAL_ADDRESS: env.address, LAKE_DIR: join(dir, 'lake'), HOME: dir, ...more };
}

/** Counts what is inside at once. Opens when as many are inside as are expected, and a while later: for more. */
class Gate {
  peak = 0;
  private inside = 0;
  constructor(private readonly expected: number) {}

  async pass(): Promise<void> {
    this.peak = Math.max(this.peak, ++this.inside);
    const until = Date.now() + 60_000;
    while (this.peak < this.expected && Date.now() < until) await Context.current().sleep(20);
    await Context.current().sleep(200);
    this.inside--;
  }
}

interface AtOnce {
  reading: number;
  processing: number;
  labelling: number;
}

/** Collects a day of six batches with workers as the settings make them; answers the most that was seen at once. */
async function observe(
  given: Record<string, string>,
  expected: AtOnce,
): Promise<AtOnce & { batches: number }> {
  const config = loadConfig({ env: settings(given), dotenvPath: null });
  const pipeline = new FakePipeline();
  const name = `2024-07-${String(++day).padStart(2, '0')}`;
  pipeline.days = { [name]: BATCHES * 10 };
  const gates = {
    source: new Gate(expected.reading),
    process: new Gate(expected.processing),
    categorize: new Gate(expected.labelling),
  };
  const { fetchBatch } = pipeline.source;
  const { processBatch } = pipeline.process;
  const { categorizeBatch } = pipeline.categorize;
  pipeline.source.fetchBatch = async (batch) => {
    await gates.source.pass();
    return fetchBatch(batch);
  };
  pipeline.process.processBatch = async (input) => {
    await gates.process.pass();
    return processBatch(input);
  };
  pipeline.categorize.categorizeBatch = async (input) => {
    await gates.categorize.pass();
    return categorizeBatch(input);
  };
  const stop = await startWorkersOn(env, allActivities(pipeline), (role) => slots(config, role));
  const client = await createClient({ env: settings(given), dotenvPath: null, start: false });
  let batches = 0;
  try {
    const { summary } = await client.collect({
      startDate: name,
      endDate: name,
      batchSize: 10,
      onProgress: (progress) => (batches = Math.max(batches, progress.batches.running)),
    });
    expect(summary?.batches.done).toBe(BATCHES);
  } finally {
    await client.close();
    await stop();
  }
  const { source: reading, process: processing, categorize: labelling } = gates;
  return { batches, reading: reading.peak, processing: processing.peak, labelling: labelling.peak };
}

describe('settings change what happens', () => {
  // That there can be more is shown below, where MAX_WORKERS is 6.
  it('MAX_WORKERS=2: batches in flight', async () => {
    const expected = { reading: 2, processing: 1, labelling: 1 };
    const wide = { IO_THREADS: '10', PROCESSING_THREADS: '10' };
    const seen = await observe({ ...wide, MAX_WORKERS: '2' }, expected);
    expect(seen.reading).toBe(2);
    expect(seen.processing).toBeLessThanOrEqual(2);
    expect(seen.batches).toBeLessThanOrEqual(2);
  });

  it.each([
    [3, 2],
    [6, 5],
  ])(
    'IO_THREADS=%d, PROCESSING_THREADS=%d: so many are read at once, as many as cores allow processed, and one labelled',
    async (io, cpu) => {
      const expected = { reading: io, processing: Math.min(cpu, availableParallelism()), labelling: 1 };
      const given = { MAX_WORKERS: '6', IO_THREADS: String(io), PROCESSING_THREADS: String(cpu) };
      expect(await observe(given, expected)).toMatchObject(expected);
    },
  );

  it('ENABLE_MULTITHREADING=false: one at a time, whatever the others say', async () => {
    const expected = { reading: 1, processing: 1, labelling: 1, batches: 1 };
    const given = { MAX_WORKERS: '6', IO_THREADS: '6', PROCESSING_THREADS: '5' };
    expect(await observe({ ...given, ENABLE_MULTITHREADING: 'false' }, expected)).toEqual(expected);
  });

  it('and the real workers get these slots', async () => {
    const create = jest.spyOn(Worker, 'create');
    // This process has its runtime already.
    jest.spyOn(Runtime, 'install').mockReturnValue(Runtime.instance());
    const config: Config = loadConfig({
      env: settings({
        IO_THREADS: '7',
        PROCESSING_THREADS: '3',
        NOCODB_BASE_URL: 'http://127.0.0.1:1',
        NOCODB_API_TOKEN: 't',
        NOCODB_PROJECT_ID: 'p',
      }),
      dotenvPath: null,
    });
    // The main queue needs the bundle of the build, and is as the source queue.
    const workers = await startWorkers(config, {
      temporal: { connectionOptions: { address: env.address }, namespace: 'default' },
      roles: QUEUE_ROLES.filter((role) => role !== 'main'),
      log: pino({ level: 'silent' }),
    });
    workers.shutdown();
    await workers.done;
    const made = create.mock.calls.map(([{ taskQueue, maxConcurrentActivityTaskExecutions }]) => [
      taskQueue,
      maxConcurrentActivityTaskExecutions,
    ]);
    expect(made).toEqual([
      [QUEUES.source, 7],
      [QUEUES.process, Math.min(3, availableParallelism())],
      [QUEUES.categorize, 1],
    ]);
  });
});

describe('threads for CPU work', () => {
  /** Threads that a worker's pool has started after more tasks than it may have threads; all in one process of its own. */
  function threadsOf(...given: Record<string, string>[]): number[] {
    const script = `
      import { Dependencies } from ${JSON.stringify(resolve('dist/workers/dependencies.js'))};
      import { loadConfig } from ${JSON.stringify(resolve('dist/config.js'))};
      import { gzipSync } from 'node:zlib';
      let threads = 0;
      process.on('worker', () => threads++);
      const counts = [];
      for (const env of ${JSON.stringify(given.map(settings))}) {
        const before = threads;
        const deps = new Dependencies(loadConfig({ env, dotenvPath: null }), console);
        const { pool } = deps;
        const task = () => pool.process(gzipSync(''), { source: 's', runId: 'r' }, new AbortController().signal);
        await Promise.all(Array.from({ length: 12 }, task));
        await deps.close();
        counts.push(threads - before);
      }
      process.stdout.write(JSON.stringify(counts));
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: dir,
    });
    return JSON.parse(output) as number[];
  }

  it('are PROCESSING_THREADS, but never more than cores; none without multithreading', () => {
    expect(
      threadsOf(
        { PROCESSING_THREADS: '1' },
        { PROCESSING_THREADS: '128' },
        { PROCESSING_THREADS: '2', ENABLE_MULTITHREADING: 'false' },
      ),
    ).toEqual([1, Math.min(128, availableParallelism()), 0]);
  });
});
