import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bareEnvironment } from '../support/cli.js';
import { commandsOf, PAGES, RUNS } from './documented.js';

jest.setTimeout(120_000);

/**
 * A folder that is to npx a clone after `npm ci`, and has nothing of this one's settings, data and npm cache: the
 * documented commands are given to a shell there, letter for letter.
 */
let clone: string;
let dev: ChildProcess | undefined;
/** What `init` would ask for: the address and token of the generated source that `dev` serves. */
let answers: Record<string, string> = {};
const { CONVERSATION_ANALYTICS_CACHE: cache } = process.env;
const env = () => ({
  ...bareEnvironment({
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
    npm_config_cache: join(clone, '.npm'),
  }),
  ...(cache === undefined ? {} : { CONVERSATION_ANALYTICS_CACHE: cache }),
});

beforeAll(() => {
  if (!existsSync('dist/client/main.js')) throw new Error('dist is missing: run npm run build');
  clone = mkdtempSync(join(tmpdir(), 'documented-'));
  for (const file of ['package.json', '.env.example']) copyFileSync(file, join(clone, file));
  for (const folder of ['dist', 'engines', 'models', 'node_modules', 'scripts'])
    symlinkSync(resolve(folder), join(clone, folder), 'junction');
});

afterAll(async () => {
  if (dev?.exitCode === null && dev.pid !== undefined) {
    const ended = new Promise((done) => dev?.once('exit', done));
    process.kill(-dev.pid, 'SIGINT');
    await ended;
  }
  rmSync(clone, { recursive: true, force: true });
});

/** Starts `dev` as in another terminal; resolves once it says that it is ready. */
async function startDev(command: string): Promise<void> {
  const child = spawn('sh', ['-c', command], {
    cwd: clone,
    env: env(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  dev = child;
  let said = '';
  await new Promise<void>((ready, fail) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('Ctrl-C stops everything')) ready();
      });
    child.once('exit', (code) => fail(new Error(`${command} ended with ${String(code)}: ${said}`)));
  });
  answers = {
    NOCODB_BASE_URL: /Source +(http:\S+)/.exec(said)![1]!,
    NOCODB_API_TOKEN: readFileSync(join(clone, '.data/sample/token'), 'utf8').trim(),
  };
}

describe('the documented commands, in a shell', () => {
  const documented = new Set(PAGES.flatMap(commandsOf));
  // `dev` gives the others a place to run, so it comes first even where no page has it in a block of its own.
  const shell = Object.keys(RUNS).filter(
    (command) => RUNS[command]?.by === 'shell' && (documented.has(command) || command.endsWith(' dev')),
  );

  it.each(shell)('%s', async (command) => {
    if (command.endsWith(' dev')) return startDev(command);
    const { status, stderr } = spawnSync('sh', ['-c', command], {
      cwd: clone,
      env: { ...env(), ...(command.endsWith(' init') ? answers : {}) },
      encoding: 'utf8',
    });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('leave the rows where the pages say', () => {
    expect(existsSync(join(clone, '.data/lake/_days/2026-08-07/manifest.json'))).toBe(true);
  });

  it('leave a .env that names the source', () => {
    expect(readFileSync(join(clone, '.env'), 'utf8')).toContain(
      `NOCODB_BASE_URL=${answers['NOCODB_BASE_URL']!}`,
    );
  });
});
