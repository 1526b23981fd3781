import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { MongoClient } from 'mongodb';
import { silent } from '../../src/devstack/log.js';
import { isRunning, processIdentity, type ProcessIdentity } from '../../src/devstack/process-identity.js';
import { resetStack, startStack, type Stack } from '../../src/devstack/stack.js';
import { findRunningDev, type StackAddresses } from '../../src/devstack/state.js';
import { SEARCH_ATTRIBUTES } from '../../src/names.js';
import { temporalBinary } from '../support/engines.js';

// The stack itself, on the engines that it finds: the Temporal CLI under test first on PATH, MongoDB from wherever the
// test runner got it.
let root: string;
let dataDir: string;
const originalPath = process.env['PATH'];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stack-'));
  dataDir = join(root, 'data');
  await mkdir(join(root, 'bin'));
  await symlink(temporalBinary(), join(root, 'bin', 'temporal'));
  process.env['PATH'] = `${join(root, 'bin')}${delimiter}${originalPath ?? ''}`;
});
afterAll(async () => {
  process.env['PATH'] = originalPath;
  await rm(root, { recursive: true, force: true });
});

async function engines(): Promise<ProcessIdentity[]> {
  const files = await readdir(join(dataDir, 'run'));
  return Promise.all(
    files.map(async (file) =>
      processIdentity.parse(JSON.parse(await readFile(join(dataDir, 'run', file), 'utf8'))),
    ),
  );
}

/** Whether any process of the groups is left: on Linux by the group in /proc, elsewhere by signal 0 to the group. */
async function groupsLeft(groups: readonly number[]): Promise<number> {
  if (process.platform !== 'linux') return groups.filter(canSignal).length;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.filter((stat) => {
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== undefined && state !== 'Z' && groups.includes(Number(group));
  }).length;
}

function canSignal(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts the stack in a Node process of its own, from dist, as `dev` does. */
async function startInChild(): Promise<{ child: ChildProcess; stack: StackAddresses }> {
  const module = new URL('../../dist/devstack/stack.js', import.meta.url).href;
  const program = `
    import { startStack } from ${JSON.stringify(module)};
    const stack = await startStack({ dataDir: ${JSON.stringify(dataDir)}, sample: true, log: () => {} });
    console.log(JSON.stringify(stack));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, stack: JSON.parse(line) as StackAddresses };
  }
  throw new Error('the child ended before the stack was ready');
}

async function withTemporal<T>(stack: StackAddresses, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    return await use(new Client({ connection, namespace: stack.temporal.namespace }));
  } finally {
    await connection.close();
  }
}

async function withMongo<T>(stack: StackAddresses, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(stack.mongodb?.uri ?? '');
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

test('after kill -9 no engine is left; a restart has the data, on the same ports', async () => {
  const { child, stack: before } = await startInChild();
  expect((await findRunningDev(dataDir))?.temporal).toEqual(before.temporal);
  await expect(startStack({ dataDir, log: silent })).rejects.toThrow(/already runs/);
  await expect(resetStack(dataDir)).rejects.toThrow(/already runs/);

  await withTemporal(before, (client) =>
    client.workflow.start('anything', {
      workflowId: 'kept',
      taskQueue: 'nobody-polls',
      // Refused unless the product's search attributes are registered.
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.appId, value: 'shop' },
        { key: SEARCH_ATTRIBUTES.periodStart, value: new Date(0) },
        { key: SEARCH_ATTRIBUTES.rejectedCount, value: 3 },
      ],
    }),
  );
  await withMongo(before, (client) =>
    client.db('kept').collection<{ _id: string }>('c').insertOne({ _id: 'a' }),
  );

  const groups = await engines();
  expect(groups).toHaveLength(2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const killed = Date.now();
  const pids = groups.map(({ pid }) => pid);
  while ((await groupsLeft(pids)) > 0 && Date.now() - killed < 15_000) await sleep(50);
  expect(await groupsLeft(pids)).toBe(0);
  expect(await findRunningDev(dataDir)).toBeUndefined();

  const after: Stack = await startStack({ dataDir, sample: true, log: silent });
  try {
    expect(after.temporal).toEqual(before.temporal);
    expect(after.mongodb).toEqual(before.mongodb);
    expect(after.sample).toEqual(before.sample);
    expect(after.env).toEqual(before.env);
    const tables = await fetch(
      `${after.env['NOCODB_BASE_URL']}/api/v2/meta/bases/${after.env['NOCODB_PROJECT_ID']}/tables`,
      {
        headers: { 'xc-token': after.env['NOCODB_API_TOKEN'] ?? '' },
      },
    );
    expect(tables.status).toBe(200);
    const found = await withTemporal(after, (client) => client.workflow.getHandle('kept').describe());
    expect(found.status.name).toBe('RUNNING');
    expect(found.typedSearchAttributes.get(SEARCH_ATTRIBUTES.appId)).toBe('shop');
    const documents = await withMongo(after, (client) => client.db('kept').collection('c').countDocuments());
    expect(documents).toBe(1);
    const ui = await fetch(after.temporal.uiUrl ?? '');
    expect([ui.status, ui.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  } finally {
    await after.stop();
  }
  expect((await engines()).filter(isRunning)).toEqual([]);

  await resetStack(dataDir);
  expect(await readdir(dataDir)).toEqual([]);
}, 120_000);

test('an engine that dies is reported, once, with its log', async () => {
  const told: string[] = [];
  const stack = await startStack({
    dataDir: join(root, 'second'),
    mongodbUri: false,
    log: silent,
    onEngineExit: (message) => told.push(message),
  });
  const [file] = await readdir(join(root, 'second', 'run'));
  process.kill(-Number(file?.replace('.json', '')), 'SIGKILL');
  while (told.length === 0) await sleep(50);
  expect(told[0]).toMatch(/^Temporal ended unexpectedly \(SIGKILL\)\. Log .*temporal\.log /);
  await stack.stop();
  expect(told).toHaveLength(1);
}, 120_000);
