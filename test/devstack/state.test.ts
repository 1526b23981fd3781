import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, type Lock } from '../../src/devstack/lock-file.js';
import { silent } from '../../src/devstack/log.js';
import { PortBook } from '../../src/devstack/port-book.js';
import { freePort } from '../../src/devstack/ports.js';
import { identify } from '../../src/devstack/process-identity.js';
import { resetStack, startStack } from '../../src/devstack/stack.js';
import { findRunningDev, splitAddress, writeDevState, type DevState } from '../../src/devstack/state.js';

let dataDir: string;
let listener: Server;
let address: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'state-'));
  listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
});
afterEach(async () => {
  listener.close();
  await rm(dataDir, { recursive: true, force: true });
});

const state = (changes: Partial<DevState> = {}): DevState => ({
  temporal: { address, namespace: 'default', uiUrl: 'http://127.0.0.1:8233' },
  mongodb: { uri: 'mongodb://127.0.0.1:27017', engine: 'nx-27017' },
  lakeDir: join(dataDir, 'lake'),
  env: { TEMPORAL_ADDRESS: address },
  process: identify(process.pid)!,
  startedAt: '2025-01-01T00:00:00.000Z',
  ...changes,
});

describe('findRunningDev', () => {
  test('finds a stack whose process lives and whose Temporal accepts connections', async () => {
    await writeDevState(dataDir, state());
    expect(await findRunningDev(dataDir)).toEqual(state());
  });

  test('finds none where there is no file, or nonsense in it', async () => {
    expect(await findRunningDev(dataDir)).toBeUndefined();
    await writeFile(join(dataDir, 'dev.json'), '{"temporal":');
    expect(await findRunningDev(dataDir)).toBeUndefined();
  });

  test('ignores the file of a process that crashed and whose pid is another process now', async () => {
    await writeDevState(dataDir, state({ process: { ...identify(process.pid)!, birth: 'earlier' } }));
    expect(await findRunningDev(dataDir)).toBeUndefined();
  });

  test('ignores a stack whose Temporal does not answer', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    await writeDevState(dataDir, state({ temporal: { address: dead, namespace: 'default' } }));
    expect(await findRunningDev(dataDir)).toBeUndefined();
  });
});

test.each([
  ['127.0.0.1:7233', ['127.0.0.1', 7233]],
  ['host.example:443', ['host.example', 443]],
  ['[::1]:7233', ['::1', 7233]],
])('splits %s', (text, parts) => expect(splitAddress(text)).toEqual(parts));

describe('resetStack', () => {
  test('removes what the stack made and nothing else', async () => {
    for (const name of ['lake', 'temporal', 'mongodb-nx', 'logs', 'demo']) {
      await mkdir(join(dataDir, name));
      await writeFile(join(dataDir, name, 'file'), 'x');
    }
    await writeFile(join(dataDir, 'notes.txt'), 'mine');
    await resetStack(dataDir);
    expect((await readdir(dataDir)).sort()).toEqual(['demo', 'notes.txt']);
  });

  test('refuses while a stack runs, and touches nothing', async () => {
    await writeDevState(dataDir, state());
    const lock = (await tryLock(join(dataDir, 'dev.lock'))) as Lock;
    await expect(resetStack(dataDir)).rejects.toThrow(
      new RegExp(`process ${process.pid} already runs on .*Web UI http://127.0.0.1:8233`),
    );
    await expect(startStack({ dataDir, log: silent })).rejects.toThrow(/already runs/);
    expect(await findRunningDev(dataDir)).toBeDefined();
    await lock.release();
  });
});

describe('startStack with engines that the environment names', () => {
  test('starts nothing of its own and says what a worker needs', async () => {
    const options = { dataDir, cacheDir: join(dataDir, 'no-cache'), log: silent };
    const stack = await startStack({
      ...options,
      temporalAddress: address,
      mongodbUri: 'mongodb://db.example',
    });
    expect(stack.env).toEqual({
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: 'default',
      MONGODB_URI: 'mongodb://db.example',
      LAKE_DIR: join(dataDir, 'lake'),
    });
    expect((await findRunningDev(dataDir))?.env).toEqual(stack.env);
    await stack.stop();
    await stack.stop();
    expect(await findRunningDev(dataDir)).toBeUndefined();
    expect(await readdir(dataDir)).not.toContain('dev.lock');
  });

  test('goes without MongoDB where told so', async () => {
    const stack = await startStack({ dataDir, temporalAddress: address, mongodbUri: false, log: silent });
    expect(stack.mongodb).toBeNull();
    expect(stack.env).not.toHaveProperty('MONGODB_URI');
    await stack.stop();
  });
});

describe('PortBook', () => {
  test('keeps a port over restarts while it is free, and takes another when it is not', async () => {
    const first = new PortBook(dataDir);
    const port = await first.use(['mongodb'], ([chosen]) => Promise.resolve(chosen));
    await first.save();
    expect(JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8'))).toEqual({ mongodb: port });
    expect(await new PortBook(dataDir).use(['mongodb'], ([chosen]) => Promise.resolve(chosen))).toBe(port);

    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    const other = await new PortBook(dataDir).use(['mongodb'], ([chosen]) => Promise.resolve(chosen));
    expect(other).not.toBe(port);
    taken.close();
  });

  test('tries again when another program was faster, and passes other errors on', async () => {
    const seen: number[] = [];
    const port = await new PortBook(dataDir).use(['sample'], ([chosen]) => {
      seen.push(chosen);
      if (seen.length < 3) throw new Error('listen EADDRINUSE: address already in use');
      return Promise.resolve(chosen);
    });
    expect(seen).toHaveLength(3);
    expect(port).toBe(seen[2]);
    await expect(
      new PortBook(dataDir).use(['sample'], () => Promise.reject(new Error('disk full'))),
    ).rejects.toThrow('disk full');
  });
});
