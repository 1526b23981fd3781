import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { optionsOf } from '../../src/client/cli-command.js';
import { completionScript } from '../../src/client/completion.js';
import { everyCommand } from '../../src/client/examples.js';
import { buildProgram } from '../../src/client/program.js';
import { ioOf } from './support.js';

const program = buildProgram(ioOf({}).io);
const bash = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash'].find((path) => existsSync(path));

(bash === undefined ? describe.skip : describe)('in a real bash', () => {
  let dir: string;
  let script: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'completion-'));
    script = join(dir, 'completion.bash');
    writeFileSync(script, completionScript(program, 'bash'));
    writeFileSync(join(dir, 'some-model'), '');
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  /** What bash offers for a line, its last word being the one under the cursor. */
  function offered(...words: string[]): string[] {
    const line = ['conversation-analytics', ...words];
    const code = `
      source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      function=$(complete -p conversation-analytics | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
      "$function"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const output = execFileSync(bash ?? '', ['--norc', '-c', code, 'bash', script, ...line], {
      cwd: dir,
      encoding: 'utf8',
    });
    return output.split('\n').filter((word) => word !== '');
  }

  it.each([
    [['coll'], ['collect']],
    [['co'], ['collect', 'config', 'completion']],
    [['config', ''], ['show']],
    [['mongo', 're'], ['rebuild']],
    [['mongo', 'rebuild', '--st'], ['--start-date']],
    [['collect', '--end'], ['--end-date']],
    [
      ['open', ''],
      ['ui', 'lake', 'report'],
    ],
    [['completion', 'f'], ['fish']],
    [['--log'], ['--log-level']],
    [['collect', '--start-date', ''], []],
    [['train', '--out', 'some-'], ['some-model']],
    [['nonsense-', ''], program.commands.map((command) => command.name())],
  ])('%j offers %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  it('offers every option of every command, and no other', () => {
    for (const command of everyCommand(program)) {
      const path: string[] = [];
      for (let at = command; at.parent !== null; at = at.parent) path.unshift(at.name());
      const flags = optionsOf(command).flatMap(({ long, short }) => [long, short]);
      const expected = flags.filter((flag) => flag !== undefined);
      expect([path, offered(...path, '-').sort()]).toEqual([path, [...new Set(expected)].sort()]);
    }
  });
});

describe('every shell', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('%s hears of every command and long option', (shell) => {
    const script = completionScript(program, shell);
    for (const command of everyCommand(program)) {
      expect(script).toContain(command.name());
      for (const { long } of optionsOf(command)) {
        if (typeof long === 'string')
          expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
      }
    }
  });

  it.each(['zsh', 'fish'] as const)('%s gets balanced quotes', (shell) => {
    for (const line of completionScript(program, shell).split('\n')) {
      expect([line, [...line.matchAll(/'/g)].length % 2]).toEqual([line, 0]);
    }
  });
});
