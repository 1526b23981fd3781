import { readFileSync } from 'node:fs';

import { CommanderError } from 'commander';
import { describe, expect, it } from '@jest/globals';

import { pathOf } from '../../src/client/cli-command.js';
import { everyCommand } from '../../src/client/examples.js';
import { buildProgram } from '../../src/client/program.js';
import { ioOf } from './support.js';

async function run(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const { io, stdout, stderr } = ioOf({});
  const error = await buildProgram(io)
    .parseAsync(['node', 'conversation-analytics', ...args])
    .then(() => undefined)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof CommanderError))
    throw new Error(`expected the end of commander, not ${String(error)}`);
  return { stdout: stdout(), stderr: stderr(), code: error.exitCode };
}

const commands = everyCommand(buildProgram(ioOf({}).io)).map((command) =>
  pathOf(command).split(' ').slice(1),
);

describe('help', () => {
  it.each(commands.map((path) => [path.join(' '), path] as const))(
    'of "%s" has examples',
    async (_, path) => {
      const { stdout, code } = await run(...path, '--help');
      expect(code).toBe(0);
      const examples = stdout.slice(stdout.indexOf('Examples:'));
      expect(examples).toMatch(/^Examples:\n/);
      expect(examples).toContain(`$ ${['conversation-analytics', ...path].join(' ')}`);
    },
  );
});

describe('--version', () => {
  it.each(['--version', '-V'])('%s names the package first, then what it runs on', async (flag) => {
    const { stdout, code } = await run(flag);
    expect(code).toBe(0);
    const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      version: string;
      dependencies: Record<string, string>;
    };
    const model = JSON.parse(readFileSync('models/default/model.json', 'utf8')) as { version: string };
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(`conversation-analytics ${version}`);
    expect(lines).toContain(`Temporal SDK ${dependencies['@temporalio/client'] ?? ''}`);
    expect(lines).toContain(`model ${model.version}`);
    expect(stdout).toContain(`Node ${process.versions.node}`);
    expect(stdout).toMatch(/DuckDB \d+\.\d+\.\d+/);
    expect(stdout).toMatch(/Temporal CLI \d+\.\d+\.\d+, mongod \d+\.\d+\.\d+/);
    expect(stdout).not.toContain('unknown');
  });
});
