import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { buildProgram } from '../../src/client/program.js';
import { ioOf } from '../client/support.js';
import { commandsOf, PAGES, RUNS } from './documented.js';

interface Workflow {
  jobs: Record<string, { steps: { run?: string }[] }>;
}
const workflow = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as Workflow;
const steps = Object.values(workflow.jobs).flatMap(({ steps }) => steps.map(({ run }) => run));

describe.each(PAGES)('the commands of %s', (page) => {
  const commands = commandsOf(page);

  it('are found', () => {
    expect(commands.length).toBeGreaterThan(3);
  });

  it.each(commands)('%s is run on every change', (command) => {
    const run = RUNS[command];
    if (run === undefined)
      throw new Error(
        `nothing runs "${command}": say in test/docs/documented.ts what does, or let it be run there`,
      );
    if (run.by === 'ci') expect(steps).toContain(command);
    if (run.by === 'test')
      expect(existsSync(run.file) ? readFileSync(run.file, 'utf8') : '').toContain(run.says);
  });
});

it('what newcomers are told to install is what CI installs', () => {
  const ci = readFileSync('.ci/run', 'utf8');
  expect(ci).toContain('npm ci');
  expect(ci).toContain('npm test');
});

/** Commands in running text and tables are not run; they must at least exist, with these options. */
describe('commands named in the text of the documentation', () => {
  const program = buildProgram(ioOf({}).io);
  const pages = [...PAGES, 'docs/temporal.md'];
  const named = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/`(?:npx )?conversation-analytics ([^`]+)`/g)].map(
      ([, words]) => [page, words!] as const,
    ),
  );

  it.each(named)('%s: conversation-analytics %s', (_, words) => {
    const parts = words.split(/\s+/).filter((part) => part !== '…');
    let command = program;
    for (const part of parts) command = command.commands.find((c) => c.name() === part) ?? command;
    expect(command.name()).not.toBe(program.name());
    const options = ['--help', ...command.options.flatMap(({ long, short }) => [long, short])];
    expect(parts.filter((part) => part.startsWith('-') && !options.includes(part))).toEqual([]);
  });
});
