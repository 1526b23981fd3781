import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import ts from 'typescript';

import { EXIT } from '../../src/client/exit-codes.js';
import { chooseOnInterrupt } from '../../src/client/interrupt.js';
import { askLeaveOrCancel, canAsk } from '../../src/client/prompt.js';

describe('what the first Ctrl-C means', () => {
  it('drains where only this command carries the run, and asks nobody', async () => {
    const ask = jest.fn(() => Promise.resolve('cancel' as const));
    await expect(chooseOnInterrupt('SIGINT', { workerOutlives: false, ask })).resolves.toBe('drain');
    expect(ask).not.toHaveBeenCalled();
  });

  it('asks where a worker outlives the command', async () => {
    const situation = (answer: 'leave' | 'cancel') => ({
      workerOutlives: true,
      ask: () => Promise.resolve(answer),
    });
    await expect(chooseOnInterrupt('SIGINT', situation('cancel'))).resolves.toBe('cancel');
    await expect(chooseOnInterrupt('SIGINT', situation('leave'))).resolves.toBe('leave');
  });

  it('leaves the run running without a terminal, and on SIGTERM', async () => {
    const ask = jest.fn(() => Promise.resolve('cancel' as const));
    await expect(chooseOnInterrupt('SIGINT', { workerOutlives: true, ask: null })).resolves.toBe('leave');
    await expect(chooseOnInterrupt('SIGTERM', { workerOutlives: true, ask })).resolves.toBe('leave');
    expect(ask).not.toHaveBeenCalled();
  });
});

describe('the question', () => {
  it.each([
    ['\n', 'leave'],
    ['y\n', 'leave'],
    ['what?\n', 'leave'],
    ['n\n', 'cancel'],
    ['NO\n', 'cancel'],
    ['cancel\n', 'cancel'],
  ])('answered with %j means %s', async (typed, meaning) => {
    const input = new PassThrough();
    const answer = askLeaveOrCancel(input, new PassThrough());
    input.write(typed);
    await expect(answer).resolves.toBe(meaning);
  });

  it('means leave where the input ends', async () => {
    const input = new PassThrough();
    const answer = askLeaveOrCancel(input, new PassThrough());
    input.end();
    await expect(answer).resolves.toBe('leave');
  });

  it('is only put where both ends are a terminal', () => {
    expect(canAsk({ isTTY: true }, { isTTY: true })).toBe(true);
    expect(canAsk({ isTTY: true }, {})).toBe(false);
    expect(canAsk({}, { isTTY: true })).toBe(false);
  });
});

describe('signals', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'interrupt-'));
    for (const name of ['interrupt', 'exit-codes']) {
      const source = readFileSync(`src/client/${name}.ts`, 'utf8');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
      });
      writeFileSync(join(dir, `${name}.js`), outputText);
    }
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    // A command whose draining takes the given time.
    writeFileSync(
      join(dir, 'command.js'),
      `import { onInterrupt } from './interrupt.js';
       import { EXIT } from './exit-codes.js';
       const alive = setInterval(() => {}, 1000);
       const stop = onInterrupt((signal) => {
         console.log('draining after ' + signal);
         setTimeout(() => { stop(); clearInterval(alive); process.exitCode = EXIT.interrupted; console.log('drained'); },
           Number(process.argv[2]));
       });
       console.log('ready');`,
    );
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function command(drainMs: number) {
    const child: ChildProcess = spawn(process.execPath, [join(dir, 'command.js'), String(drainMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    const said = (word: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (output.includes(word)) resolve();
        };
        child.stdout!.on('data', look);
        look();
      });
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await said('ready');
    return {
      child,
      said,
      output: () => output,
      ended: once(child, 'exit') as Promise<[number | null, string | null]>,
    };
  }

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'the first %s drains, then the command ends as interrupted',
    async (signal) => {
      const { child, ended, output } = await command(50);
      child.kill(signal);
      await expect(ended).resolves.toEqual([EXIT.interrupted, null]);
      expect(output()).toContain(`draining after ${signal}`);
      expect(output()).toContain('drained');
    },
  );

  it('the second ends it at once', async () => {
    const { child, said, ended, output } = await command(60_000);
    child.kill('SIGINT');
    await said('draining');
    child.kill('SIGINT');
    await expect(ended).resolves.toEqual([EXIT.interrupted, null]);
    expect(output()).not.toContain('drained');
  });
});
