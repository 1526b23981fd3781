import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify } from '../../src/devstack/process-identity.js';
import {
  engineEnvironment,
  runToEnd,
  startProcess,
  stopLeftovers,
  waitUntilReady,
  type ProcessSpec,
} from '../../src/devstack/supervisor.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'supervisor-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const shell = (script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name: 'test program',
  command: '/bin/sh',
  args: ['-c', script],
  logFile: join(dir, 'log'),
  graceSeconds: 1,
  ...more,
});

/** A zombie that nobody has reaped yet does not count: a container may lack an init process. */
const isAlive = (pid: number): boolean => identify(pid) !== undefined;

async function numberIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await sleep(10);
  }
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (!isAlive(pid)) return true;
    await sleep(20);
  }
  return false;
}

test('delivers the exit code and writes both outputs to the log', async () => {
  const running = await startProcess(shell('echo out; echo err >&2; exit 7'));
  expect(await running.exited).toEqual({ code: 7, signal: null });
  expect(await readFile(running.logFile, 'utf8')).toBe('out\nerr\n');
  expect(running.exit).toEqual({ code: 7, signal: null });
});

test('stop lets a program end by itself on SIGTERM', async () => {
  const running = await startProcess(
    shell(`trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done`),
  );
  await waitUntilReady(running, async () => (await readFile(running.logFile, 'utf8')).includes('up'), 2_000);
  await running.stop();
  await running.stop();
  expect(await readFile(running.logFile, 'utf8')).toBe('up\nbye\n');
  expect(running.exit?.code).toBe(0);
});

test('stop kills a program that ignores SIGTERM after the grace period, and its children', async () => {
  const script = `trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & echo $! > child.pid; echo $$ > own.pid
    while :; do sleep 0.05; done`;
  const running = await startProcess(shell(script, { cwd: dir }));
  const [own, child] = [await numberIn(join(dir, 'own.pid')), await numberIn(join(dir, 'child.pid'))];
  const start = Date.now();
  await running.stop();
  expect(Date.now() - start).toBeGreaterThan(900);
  expect(await goneWithin(own, 1_000)).toBe(true);
  expect(await goneWithin(child, 1_000)).toBe(true);
});

test.each(['SIGKILL', 'uncaught exception', 'exit'])(
  'nothing is left when the parent ends by %s',
  async (how) => {
    // From dist: the parent has to be a Node process of its own.
    const module = new URL('../../dist/devstack/supervisor.js', import.meta.url).href;
    const program = `
    import { startProcess } from ${JSON.stringify(module)};
    await startProcess({ name: 'p', command: '/bin/sh', graceSeconds: 1, logFile: ${JSON.stringify(join(dir, 'log'))},
      args: ['-c', 'echo $$ > own.pid; while :; do sleep 0.05; done'], cwd: ${JSON.stringify(dir)} });
    process.stdin.once('data', (how) => {
      if (String(how) === 'exit') process.exit(3);
      throw new Error('boom');
    });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const own = await numberIn(join(dir, 'own.pid'));
    expect(isAlive(own)).toBe(true);
    if (how === 'SIGKILL') parent.kill('SIGKILL');
    else parent.stdin.write(how);
    expect(await goneWithin(own, 5_000)).toBe(true);
  },
);

test('waitUntilReady names the exit code and the end of the log when the program ends first', async () => {
  const running = await startProcess(shell('echo cannot bind >&2; exit 4'));
  await expect(waitUntilReady(running, () => Promise.resolve(false), 5_000)).rejects.toThrow(
    /test program ended at once \(exit code 4\).*cannot bind/s,
  );
});

test('waitUntilReady gives up after its time and names the last reason', async () => {
  const running = await startProcess(shell('sleep 30'));
  const probe = () => Promise.reject(new Error('connection refused'));
  await expect(waitUntilReady(running, probe, 200)).rejects.toThrow(/within 0.2 s \(connection refused\)/);
  await running.stop();
});

test('runToEnd stops what takes too long', async () => {
  await expect(runToEnd(shell('echo $$ > own.pid; exec sleep 30', { cwd: dir }), 300)).rejects.toThrow(
    /longer than/,
  );
  expect(await goneWithin(await numberIn(join(dir, 'own.pid')), 1_000)).toBe(true);
});

test('a command that does not exist is an error with its name', async () => {
  await expect(runToEnd({ ...shell(''), command: '/nonexistent/tool' }, 5_000)).rejects.toThrow(
    /exit code 127/,
  );
});

test('an engine sees none of the settings of the user', async () => {
  process.env['TEMPORAL_ADDRESS'] = 'trap:1';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  try {
    await (
      await startProcess(shell('env', { env: engineEnvironment({ OWN: 'x' }) }))
    ).exited;
  } finally {
    delete process.env['TEMPORAL_ADDRESS'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
  }
  const seen = await readFile(join(dir, 'log'), 'utf8');
  expect(seen).toContain('OWN=x');
  expect(seen).toContain('PATH=');
  expect(seen).not.toMatch(/TEMPORAL_|AWS_/);
});

test('leftovers of an earlier process are ended, strangers with a recycled pid are not', async () => {
  const runDirectory = join(dir, 'run');
  const running = await startProcess(shell(`trap '' TERM; while :; do sleep 0.05; done`, { runDirectory }));
  const [file] = await readdir(runDirectory);
  expect(file).toBe(`${running.groupId}.json`);
  const stranger = spawn('sleep', ['30']);
  await writeFile(
    join(runDirectory, 'stranger.json'),
    JSON.stringify({ pid: stranger.pid, host: 'another', birth: 'long ago' }),
  );
  expect(await stopLeftovers(runDirectory, 100)).toBe(1);
  expect(await goneWithin(running.groupId, 1_000)).toBe(true);
  expect(stranger.exitCode).toBeNull();
  expect(isAlive(stranger.pid!)).toBe(true);
  stranger.kill();
  expect(await readdir(runDirectory)).toEqual([]);
});
