import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock, withLock, type Lock } from '../../src/devstack/lock-file.js';
import { identify, isRunning } from '../../src/devstack/process-identity.js';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lock-'));
  file = join(dir, 'a.lock');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The identity of a process that has ended. */
async function dead(): Promise<string> {
  const child = spawn('sleep', ['30']);
  const identity = identify(child.pid!);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return JSON.stringify(identity);
}

test('a held lock names its holder; released, it is free, and nothing is left', async () => {
  const lock = (await tryLock(file)) as Lock;
  expect(await tryLock(file)).toMatchObject({ heldBy: { pid: process.pid, host: hostname() } });
  await lock.release();
  expect('release' in (await tryLock(file))).toBe(true);
  await rm(file);
  expect(await readdir(dir)).toEqual([]);
});

test('the lock of a process that has ended is taken over', async () => {
  await writeFile(file, await dead());
  const lock = await tryLock(file);
  expect('release' in lock).toBe(true);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid });
});

test('a holder on another host is judged by its heartbeat alone', async () => {
  await writeFile(file, JSON.stringify({ pid: 1, host: 'elsewhere', birth: 'x' }));
  expect('release' in (await tryLock(file))).toBe(false);
  const old = new Date(Date.now() - 120_000);
  await utimes(file, old, old);
  expect('release' in (await tryLock(file))).toBe(true);
});

test('of many that find a stale lock, exactly one gets it', async () => {
  for (let round = 0; round < 10; round += 1) {
    await writeFile(file, await dead());
    const results = await Promise.all(Array.from({ length: 8 }, () => tryLock(file)));
    const locks = results.filter((result): result is Lock => 'release' in result);
    expect(locks).toHaveLength(1);
    await locks[0]!.release();
  }
});

test('tasks under a lock never overlap', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 5 }, () =>
      withLock(file, async () => {
        most = Math.max(most, (inside += 1));
        await sleep(5);
        inside -= 1;
      }),
    ),
  );
  expect(most).toBe(1);
});

test('a process is told from a later one with the same pid', () => {
  const self = identify(process.pid)!;
  expect(isRunning(self)).toBe(true);
  expect(isRunning({ ...self, birth: `${self.birth}0` })).toBe(false);
  expect(isRunning({ ...self, host: 'elsewhere' })).toBe(false);
});
