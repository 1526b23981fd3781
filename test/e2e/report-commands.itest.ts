import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { standingQuery } from '../../src/workflows/messages.js';
import type { buildReport } from '../../src/workflows/index.js';
import { commitDays, lakeOf, threadOf } from '../adapters/report-data/talks.js';
import type { ObjectStore } from '../../src/ports/object-store.js';
import { runCli, spawnCli } from '../support/cli.js';
import { ScheduleRig } from '../support/schedule-rig.js';

jest.setTimeout(600_000);

const SECRET = 'a secret of the receiver';
const DAILY = 'daily/2024-01-30';
const WEEKLY = 'weekly/2024-W05';
const talk = (id: string, day: string) =>
  threadOf({ id, at: `${day}T10:00:00Z`, script: 'u0 a60', app: 'shop', topic: 'billing_payment' });

interface Message {
  key: string | undefined;
  isSigned: boolean;
  body: { report: string; status: string; revision: number };
}

/** A Temporal server, a worker and a receiver; reports are made, approved and sent by commands in processes of their own. */
const rig = new ScheduleRig(null);
const received: Message[] = [];
let receiver: Server;
let dir: string;
let store: ObjectStore;
let worker: ChildProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'report-commands-'));
  const days = { startDate: '2024-01-29', endDate: '2024-02-04' };
  store = await lakeOf(dir, [talk('a', '2024-01-30'), talk('b', '2024-01-30')], days);
  receiver = createServer((request, response) => {
    void read(request).then((message) => {
      received.push(message);
      response.end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  await rig.start();
  worker = spawnCli(['worker', '--queues', 'main,process'], settings());
  // Nobody reads its log: it must not wait for that.
  worker.stdout?.resume();
  worker.stderr?.resume();
});
afterAll(async () => {
  if (worker.exitCode === null && worker.signalCode === null) {
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  }
  await rig.stop();
  receiver.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  received.length = 0;
});

async function read(request: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return {
    key: request.headers['idempotency-key'] as string | undefined,
    isSigned:
      request.headers['x-signature-256'] ===
      `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    body: JSON.parse(body.toString('utf8')) as Message['body'],
  };
}

function settings(): Record<string, string> {
  const { port } = receiver.address() as AddressInfo;
  return {
    TEMPORAL_ADDRESS: rig.address,
    LAKE_DIR: join(dir, 'lake'),
    CONVERSATION_ANALYTICS_DATA: join(dir, 'data'),
    NOCODB_BASE_URL: 'http://127.0.0.1:1',
    NOCODB_API_TOKEN: 'not used',
    NOCODB_PROJECT_ID: 'base',
    REPORT_WEBHOOK_URLS: `http://127.0.0.1:${port}/reports`,
    REPORT_WEBHOOK_SECRET: SECRET,
    REPORT_APPROVAL: 'weekly',
  };
}

async function report<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await runCli(['report', ...args, '--json'], settings());
  if (code !== 0) throw new Error(`report ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

const build = (kind: string, period: string) =>
  report<{ reportKey: string; status: string; workflowId: string }>(
    'build',
    '--kind',
    kind,
    '--period',
    period,
    '--deliver',
  );
const workflowOf = (workflowId: string) => rig.client.workflow.getHandle<typeof buildReport>(workflowId);

it('report build --deliver has a worker send what it has built, once', async () => {
  const built = await build('daily', '2024-01-30');
  expect(built).toMatchObject({ reportKey: `${DAILY}/_all/r1`, status: 'final' });
  expect(built.workflowId).toBe(`report/${DAILY}/_all`);
  expect(await workflowOf(built.workflowId).result()).toMatchObject({
    phase: 'done',
    reportKey: built.reportKey,
    deliveries: [{ state: 'sent' }],
  });
  expect(received).toMatchObject([
    { isSigned: true, body: { report: built.reportKey, status: 'final', revision: 1 } },
  ]);
  expect(received[0]!.key).toBeTruthy();

  const again = await build('daily', '2024-01-30');
  expect(again.reportKey).toBe(built.reportKey);
  expect(await workflowOf(again.workflowId).result()).toMatchObject({ phase: 'done', deliveries: [] });
  expect(received).toHaveLength(1);
});

it('report approve lets go what waits for it: not before, once, and a later revision only when it is approved too', async () => {
  const built = await build('weekly', '2024-W05');
  const waiting = workflowOf(built.workflowId);
  await untilPhase('waiting for approval');
  expect(received).toEqual([]);

  const approved = await report<{ reportKey: string; approvedAt: string; workflowId: string }>(
    'approve',
    WEEKLY,
  );
  expect(approved).toMatchObject({ reportKey: `${WEEKLY}/_all/r1`, workflowId: built.workflowId });
  expect(await waiting.result()).toMatchObject({ phase: 'done', deliveries: [{ state: 'sent' }] });
  expect(received).toMatchObject([{ isSigned: true, body: { report: `${WEEKLY}/_all/r1` } }]);

  // Approved again: it was sent, and the first approval stands.
  const again = await report<{ approvedAt: string; workflowId: string }>('approve', WEEKLY);
  expect(again.approvedAt).toBe(approved.approvedAt);
  expect(await workflowOf(again.workflowId).result()).toMatchObject({ deliveries: [] });
  expect(received).toHaveLength(1);

  // Twice as many conversations: a revision that waits for an approval of its own.
  const more = ['a', 'b', 'c', 'd'].map((id) => talk(id, '2024-01-30'));
  await commitDays(
    store,
    join(dir, 'temp'),
    more,
    { startDate: '2024-01-30', endDate: '2024-01-30' },
    'later',
  );
  expect(await build('weekly', '2024-W05')).toMatchObject({
    reportKey: `${WEEKLY}/_all/r2`,
    status: 'restated',
  });
  await untilPhase('waiting for approval');
  expect(received).toHaveLength(1);
  const next = await report<{ workflowId: string }>('approve', WEEKLY);
  expect(await workflowOf(next.workflowId).result()).toMatchObject({ deliveries: [{ state: 'sent' }] });
  expect(received.map(({ body }) => body.report)).toEqual([`${WEEKLY}/_all/r1`, `${WEEKLY}/_all/r2`]);
  expect(new Set(received.map(({ key }) => key)).size).toBe(2);

  async function untilPhase(phase: string): Promise<void> {
    const end = Date.now() + 120_000;
    for (;;) {
      const handle = workflowOf(built.workflowId);
      const { status } = await handle.describe();
      const standing = status.name === 'RUNNING' ? await handle.query(standingQuery) : null;
      if (standing?.phase === phase) return;
      if (Date.now() > end) throw new Error(`not ${phase}: ${status.name} ${JSON.stringify(standing)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
