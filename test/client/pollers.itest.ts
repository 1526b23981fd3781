import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { collect } from '../../src/client/collect.js';
import { startCollection } from '../../src/client/collection.js';
import {
  connectTemporal,
  ensureSearchAttributes,
  type TemporalConnection,
} from '../../src/client/connection.js';
import { CliError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { queuesWithoutPollers } from '../../src/client/pollers.js';
import { QUEUES, SEARCH_ATTRIBUTES } from '../../src/names.js';
import { ioOf } from './support.js';

let server: TestWorkflowEnvironment;
let temporal: TemporalConnection;
const target = () => ({
  address: server.address,
  namespace: 'default',
  connectionOptions: { address: server.address },
});

beforeAll(async () => {
  const path = process.env['TEST_TEMPORAL_BINARY'];
  if (path === undefined) throw new Error('TEST_TEMPORAL_BINARY is not set: run npm test');
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
  temporal = await connectTemporal(target());
}, 120_000);

afterAll(async () => {
  await temporal.close();
  await server.teardown();
});

async function errorOf(action: Promise<unknown>): Promise<CliError> {
  const error = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CliError)) throw new Error(`expected a CliError, not ${String(error)}`);
  return error;
}

describe('search attributes', () => {
  it('are registered where they are missing, and again without harm', async () => {
    await ensureSearchAttributes(temporal, 'default');
    await ensureSearchAttributes(temporal, 'default');
    const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)),
    );
  });
});

describe('a queue without a worker', () => {
  it('is named within 5 s, with the worker command, and nothing is started', async () => {
    const { io } = ioOf({ TEMPORAL_ADDRESS: server.address });
    const started = Date.now();
    const error = await errorOf(
      collect(
        { startDate: '2026-03-01', endDate: '2026-03-02', mongodb: true, detach: false, json: false },
        { logLevel: 'silent' },
        io,
      ),
    );
    // The wait is 5 s at most; a busy machine takes some more for the rest.
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(error.exitCode).toBe(EXIT.unreachable);
    for (const queue of Object.values(QUEUES)) expect(error.message).toContain(queue);
    expect(error.message).toContain('conversation-analytics worker');
    expect(error.message.split('\n').length).toBeLessThanOrEqual(3);
    await expect(server.client.workflow.count()).resolves.toMatchObject({ count: 0 });
  }, 20_000);

  it('is told from one that has a worker', async () => {
    const connection = await NativeConnection.connect({ address: server.address });
    const activities = { nothing: () => Promise.resolve() };
    const workers = await Promise.all(
      [QUEUES.source, QUEUES.process].map((taskQueue) =>
        Worker.create({ connection, taskQueue, activities }),
      ),
    );
    const runs = workers.map((worker) => worker.run());
    try {
      const missing = await queuesWithoutPollers(temporal, 'default', {
        roles: ['source', 'process'],
        graceMs: 5_000,
      });
      expect(missing).toEqual([]);
      await expect(queuesWithoutPollers(temporal, 'default')).resolves.toEqual(['main', 'categorize']);
    } finally {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await connection.close();
    }
  }, 120_000);

  it('does not keep --detach from starting, but is told', async () => {
    const { io, stdout, stderr } = ioOf({ TEMPORAL_ADDRESS: server.address });
    const code = await collect(
      { startDate: '2026-03-01', endDate: '2026-03-02', mongodb: true, detach: true, json: true },
      { logLevel: 'silent' },
      io,
    );
    expect(code).toBe(EXIT.complete);
    expect(JSON.parse(stdout())).toEqual({
      workflowId: 'collect/_all/2026-03-01..2026-03-02',
      attached: false,
    });
    expect(stderr()).toContain('No worker polls');
  }, 20_000);
});

describe('the same range', () => {
  it('is attached to while it runs, and its search attributes are set', async () => {
    const input = {
      startDate: '2026-01-01',
      endDate: '2026-01-03',
      appId: 'shop 1',
      batchSize: 10,
      concurrency: 1,
      mongodb: false,
    };
    const first = await startCollection(temporal, input);
    const second = await startCollection(temporal, { ...input, batchSize: 20 });
    expect([first.attached, second.attached]).toEqual([false, true]);
    expect(second.handle.workflowId).toBe('collect/shop%201/2026-01-01..2026-01-03');
    const description = await second.handle.describe();
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.appId)).toBe('shop 1');
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.periodStart)).toEqual(
      new Date('2026-01-01'),
    );
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.periodEnd)).toEqual(
      new Date('2026-01-04'),
    );
    await new Client({ connection: temporal.connection }).workflow
      .getHandle(second.handle.workflowId)
      .terminate();
  });
});

describe('an address that nobody answers at', () => {
  it('is named with what to check', async () => {
    const started = Date.now();
    const error = await errorOf(
      connectTemporal({
        address: '127.0.0.1:1',
        namespace: 'ns',
        connectionOptions: { address: '127.0.0.1:1' },
      }),
    );
    expect(error.exitCode).toBe(EXIT.unreachable);
    expect(error.message).toContain('127.0.0.1:1, namespace ns');
    expect(error.message).toContain('TEMPORAL_ADDRESS');
    expect(Date.now() - started).toBeLessThan(18_000);
  }, 20_000);

  it('or a namespace that does not exist', async () => {
    const error = await errorOf(connectTemporal({ ...target(), namespace: 'no-such-namespace' }));
    expect(error.message).toContain('no-such-namespace');
  }, 20_000);
});
