import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EXIT } from '../../src/client/exit-codes.js';
import type { CollectReport } from '../../src/client/report.js';
import type { CollectSummary } from '../../src/domain/collection.js';
import { cacheDirectory } from '../../src/devstack/paths.js';

const MAIN = resolve('dist/client/main.js');
/** Two days of the sample for each test, whose runs must not be one. */
const RANGE = ['--start-date', '2026-03-10', '--end-date', '2026-03-11'];
const OTHER_RANGE = ['--start-date', '2026-03-12', '--end-date', '2026-03-13'];
/** Some dozens of batches, one after another: far from their end when the first line of progress appears. */
const SLOW = { MAX_WORKERS: '1', BATCH_SIZE: '4' };
let dir: string;

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error('dist is missing: run npm run build');
  dir = mkdtempSync(join(tmpdir(), 'interrupt-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

function command(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: dir,
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      CONVERSATION_ANALYTICS_CACHE: cacheDirectory(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const said = (pattern: RegExp) =>
    new Promise<void>((done, fail) => {
      const look = () => {
        if (pattern.test(output.stderr)) done();
      };
      child.stderr.on('data', look);
      child.once('close', () => fail(new Error(`It ended without saying ${pattern}:\n${output.stderr}`)));
      look();
    });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  // Later than its exit: all that it wrote has arrived.
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output, said, exited, ended };
}

describe('Ctrl-C in a collection that carries its own stack', () => {
  it('drains, stops the stack, prints the line that resumes it; and that line ends the run', async () => {
    const first = command(SLOW, 'collect', ...RANGE);
    await first.said(/[1-9]\d*\/\d+ batches/);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(EXIT.interrupted);
    const resume = /Resume it: conversation-analytics (.*)/.exec(first.output.stderr)?.[1];
    expect(resume).toBe(`collect ${RANGE.join(' ')}`);
    expect(first.output.stdout).toBe('');
    expect(readdirSync(join(dir, '.data', 'run'))).toEqual([]);

    const second = command({}, ...resume!.split(' '), '--json');
    const code = await second.ended;
    expect({ code, stderr: code === 0 ? '' : second.output.stderr }).toEqual({ code: 0, stderr: '' });
    expect(second.output.stderr).toContain('already being collected');
    const { summary } = JSON.parse(second.output.stdout) as CollectReport & { summary: CollectSummary };
    expect(summary.days).toEqual({ total: 2, done: 2, incomplete: 0 });
    expect(summary.batches.failed).toBe(0);
    expect(summary.mismatches).toEqual([]);
  }, 300_000);

  it('a second one ends it at once, and leaves no engine behind', async () => {
    const run = command(SLOW, 'collect', ...OTHER_RANGE);
    await run.said(/[1-9]\d*\/\d+ batches/);
    run.child.kill('SIGINT');
    await run.said(/Letting what is under way/);
    const pressed = Date.now();
    run.child.kill('SIGINT');
    expect(await run.exited).toBe(EXIT.interrupted);
    // Draining is granted 20 s.
    expect(Date.now() - pressed).toBeLessThan(15_000);
    // The supervisor of the engines sees the end of the command by itself.
    const again = command({}, 'collect', ...RANGE, '--limit', '1', '--json');
    expect(await again.ended).toBe(EXIT.complete);
    expect(again.output.stderr).not.toContain('already runs on');
  }, 300_000);
});
