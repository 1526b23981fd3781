import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { provide, type Engine, type Source } from '../../src/devstack/engines/provide.js';
import { acceptMongodVersion } from '../../src/devstack/engines/mongodb.js';
import { acceptServerVersion } from '../../src/devstack/engines/temporal.js';

let dir: string;
let cacheDir: string;
const lines: string[] = [];
const log = (line: string) => lines.push(line);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'provide-'));
  cacheDir = join(dir, 'cache');
  lines.length = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A program that prints its version. */
async function writeProgram(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'engine'), `#!/bin/sh\necho "engine ${version}"\n`);
  await chmod(join(folder, 'engine'), 0o755);
}

const source = (label: string, install: Source['install']): Source => ({
  kind: 'engine',
  label,
  key: 'engine-2.0',
  program: 'engine',
  versionArgs: [],
  install,
});
const failing = (label: string, reason: string) => source(label, () => Promise.reject(new Error(reason)));
const working = (label: string) => source(label, (folder) => writeProgram(folder, '2.0'));

const engine = (...sources: Source[]): Engine => ({
  name: 'Test Engine',
  onPath: [
    {
      kind: 'engine',
      program: 'engine',
      versionArgs: [],
      accept: (version) => {
        if (version === 'engine 0.1') throw new Error('0.1 is too old');
      },
    },
  ],
  sources,
  advice: 'Set ENGINE_ADDRESS.',
});

test('PATH comes before the cache and the sources', async () => {
  await writeProgram(join(dir, 'bin'), '1.5');
  await writeProgram(join(cacheDir, 'engines', 'engine-2.0'), '2.0');
  const found = await provide(engine(working('download')), { cacheDir, log, path: join(dir, 'bin') });
  expect(found).toEqual({
    kind: 'engine',
    path: join(dir, 'bin', 'engine'),
    from: 'PATH',
    version: 'engine 1.5',
  });
});

test('a program on PATH that is too old is passed over', async () => {
  await writeProgram(join(dir, 'bin'), '0.1');
  const found = await provide(engine(working('download')), { cacheDir, log, path: join(dir, 'bin') });
  expect(found).toMatchObject({ from: 'download', version: 'engine 2.0' });
});

test('sources are tried in order; the second time the cache has it', async () => {
  const sources = engine(failing('download', 'host does not answer'), working('build'));
  expect(await provide(sources, { cacheDir, log, path: '' })).toMatchObject({ from: 'build' });
  expect(lines[0]).toBe('Test Engine: download not possible: host does not answer');
  expect(await provide(sources, { cacheDir, log, path: '' })).toMatchObject({ from: 'cache' });
});

test('the error names every way that was tried, its reason, and what to do', async () => {
  const sources = engine(failing('download', 'host does not answer'), failing('build', 'no go on PATH'));
  const error = await provide(sources, { cacheDir, log, path: '' }).catch(
    (thrown: unknown) => thrown as Error,
  );
  const { message } = error as Error;
  for (const part of ['PATH: no engine', 'cache', 'download: host does not answer', 'build: no go on PATH']) {
    expect(message).toContain(part);
  }
  expect(message).toMatch(/Set ENGINE_ADDRESS\.$/);
});

test('a half installed engine is never used and leaves nothing behind', async () => {
  const half = source('download', async (folder) => {
    await writeProgram(folder, '2.0');
    throw new Error('connection lost');
  });
  await expect(provide(engine(half), { cacheDir, log, path: '' })).rejects.toThrow('connection lost');
  expect(await readdir(join(cacheDir, 'engines'))).toEqual([]);
});

test('what a killed installation left is not used, and is removed by the next one', async () => {
  await writeProgram(join(cacheDir, 'engines', 'engine-2.0.installing-abc'), '1.9');
  expect(await provide(engine(working('download')), { cacheDir, log, path: '' })).toMatchObject({
    version: 'engine 2.0',
  });
  expect(await readdir(join(cacheDir, 'engines'))).toEqual(['engine-2.0']);
});

test('an engine that was installed but does not run is an error, not a result', async () => {
  const broken = source('download', async (folder) => {
    await writeFile(join(folder, 'engine'), '#!/bin/sh\nexit 1\n');
    await chmod(join(folder, 'engine'), 0o755);
  });
  await expect(provide(engine(broken), { cacheDir, log, path: '' })).rejects.toThrow(/could not be found/);
});

test('a cached engine that runs no more is installed anew', async () => {
  const cached = join(cacheDir, 'engines', 'engine-2.0');
  await mkdir(cached, { recursive: true });
  await writeFile(join(cached, 'engine'), '#!/bin/sh\nexit 1\n');
  await chmod(join(cached, 'engine'), 0o755);
  expect(await provide(engine(working('download')), { cacheDir, log, path: '' })).toMatchObject({
    from: 'download',
    version: 'engine 2.0',
  });
});

test('asked for several times at once, it is installed once', async () => {
  let installs = 0;
  const slow = source('download', async (folder) => {
    installs += 1;
    await sleep(100);
    await writeProgram(folder, '2.0');
  });
  const results = await Promise.all(
    Array.from({ length: 4 }, () => provide(engine(slow), { cacheDir, log, path: '' })),
  );
  expect(installs).toBe(1);
  expect(results.map(({ from }) => from).sort()).toEqual(['cache', 'cache', 'cache', 'download']);
  expect(lines).toContainEqual(expect.stringMatching(/is installing it, waiting/));
});

test.each([
  ['temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)', true],
  ['temporal version 2.0.0 (Server 2.0.1, UI 3.0.0)', true],
  ['temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)', false],
  ['something else', false],
])('Temporal CLI on PATH: %s', (version, good) => {
  if (good) expect(() => acceptServerVersion(version)).not.toThrow();
  else expect(() => acceptServerVersion(version)).toThrow(/older than 1\.28|unreadable/);
});

test.each([
  ['db version v7.0.14', true],
  ['db version v4.4.29', false],
  ['nonsense', false],
])('mongod on PATH: %s', (version, good) => {
  if (good) expect(() => acceptMongodVersion(version)).not.toThrow();
  else expect(() => acceptMongodVersion(version)).toThrow(/older than 5|unreadable/);
});
