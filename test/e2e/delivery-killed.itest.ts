import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { startReport } from '../../src/starting.js';
import type { buildReport } from '../../src/workflows/index.js';
import { spawnCli } from '../support/cli.js';
import { ScheduleRig } from '../support/schedule-rig.js';

jest.setTimeout(600_000);

const SECRET = 'a secret of the receiver';
const REPORT = { kind: 'daily' as const, period: '2024-01-31', appId: null };
const CALENDAR = { timezone: 'UTC', weekStart: 'monday' as const };

interface Message {
  key: string | undefined;
  isSigned: boolean;
}

const rig = new ScheduleRig(null);
const received: Message[] = [];
/** Called for each message once it is here whole, and before the sender gets its answer. */
let onMessage: () => Promise<void> = () => Promise.resolve();
let receiver: Server;
let lakeDir: string;
let worker: ChildProcess;

beforeAll(async () => {
  lakeDir = await mkdtemp(join(tmpdir(), 'delivery-'));
  receiver = createServer((request, response) => {
    void read(request).then(async (message) => {
      received.push(message);
      await onMessage();
      response.end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  await rig.start();
});
afterAll(async () => {
  await kill();
  await rig.stop();
  receiver.close();
  await rm(lakeDir, { recursive: true, force: true });
});

async function read(request: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const signature = `sha256=${createHmac('sha256', SECRET).update(Buffer.concat(chunks)).digest('hex')}`;
  return {
    key: request.headers['idempotency-key'] as string | undefined,
    isSigned: request.headers['x-signature-256'] === signature,
  };
}

function startWorker(): void {
  const { port } = receiver.address() as AddressInfo;
  worker = spawnCli(['worker', '--queues', 'main,process'], {
    TEMPORAL_ADDRESS: rig.address,
    LAKE_DIR: lakeDir,
    NOCODB_BASE_URL: 'http://127.0.0.1:1',
    NOCODB_API_TOKEN: 'not used',
    NOCODB_PROJECT_ID: 'base',
    REPORT_WEBHOOK_URLS: `http://127.0.0.1:${port}/reports`,
    REPORT_WEBHOOK_SECRET: SECRET,
  });
  // Nobody reads its log: it must not wait for that.
  worker.stdout?.resume();
  worker.stderr?.resume();
}

/** As a machine that loses its power. */
async function kill(): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}

async function build() {
  const { workflowId } = await startReport(rig.client, { ...REPORT, deliver: true }, CALENDAR);
  return rig.client.workflow.getHandle<typeof buildReport>(workflowId).result();
}

/** The ledger's line about the receiver. */
async function ledger(): Promise<{ state: string }[]> {
  const folder = join(lakeDir, '_state', 'deliveries', 'daily', REPORT.period, '_all', 'r1');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as { state: string }),
  );
}

it('a report whose worker is killed right after it was sent arrives once', async () => {
  const killed: { done?: Promise<void> } = {};
  onMessage = async () => {
    // The message is here, and the sender will never know: the ledger says that it is being sent.
    killed.done ??= kill();
    await killed.done;
  };
  startWorker();
  const result = build();
  while (killed.done === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  await killed.done;
  expect(await ledger()).toMatchObject([{ state: 'sending' }]);
  onMessage = () => Promise.resolve();

  startWorker();
  expect(await result).toMatchObject({ phase: 'done', deliveries: [{ state: 'sent' }] });
  // It was sent again, for nobody could know better: under the same key, by which the receiver drops it.
  expect(received).toHaveLength(2);
  expect(received.every(({ isSigned }) => isSigned)).toBe(true);
  expect(new Set(received.map(({ key }) => key)).size).toBe(1);
  expect(await ledger()).toMatchObject([{ state: 'sent' }]);

  // Built again, it is known to be there.
  expect(await build()).toMatchObject({ phase: 'done', deliveries: [] });
  expect(received).toHaveLength(2);
});
