import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { cacheDirectory } from '../src/devstack/paths.js';
import { bareEnvironment } from './support/cli.js';

/**
 * The package as somebody else gets it: what `npm pack` makes, unpacked into a project of its own. Dependencies come
 * from this clone, so that nothing is downloaded.
 */
const MODULES = resolve('node_modules');
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'package-'));
  // The build of this clone is what is packed: building again would pull it from under other tests.
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename } = { filename: '' }] = JSON.parse(packed) as { filename: string }[];
  const home = join(project, 'node_modules', 'conversation-analytics');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '-C', home, '--strip-components', '1']);
  for (const name of readdirSync(MODULES)) {
    if (!name.startsWith('.')) symlinkSync(join(MODULES, name), join(project, 'node_modules', name));
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'scratch', type: 'module' }));
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true, maxRetries: 5 }));

function node(file: string): string {
  return execFileSync(process.execPath, [file], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: bareEnvironment({ HOME: project, CONVERSATION_ANALYTICS_CACHE: cacheDirectory() }),
  });
}

const PROGRAM = `
import { collect, createClient, main, status, UsageError, type CollectReport, type StatusReport } from 'conversation-analytics';

const lines: string[] = [];
const progress: number[] = [];
const client = await createClient({ mongodb: false, onNotice: (line) => lines.push(line) });
const report: CollectReport = await client.collect({
  startDate: '2026-03-10',
  endDate: '2026-03-10',
  mongodb: false,
  limit: 20,
  stateFile: 'processing_state.json',
  onProgress: ({ conversations }) => progress.push(conversations.stored),
});
const one: CollectReport = await client.status(report.workflowId);
// A second look, on the stack that this program runs.
const all: StatusReport = await status();
const nothing: CollectReport | null = await client.collect({ resume: true });
await client.close();
const refused: unknown = await collect({ startDate: 'yesterday' }).catch((error: unknown) => error);
const exitCode: number = await main(['--help'], { stdout: process.stderr });
console.log(
  JSON.stringify({
    exitCode,
    nothing,
    status: report.status,
    stored: report.summary?.conversations.stored,
    same: one.summary?.conversations.stored,
    runs: all.runs.length,
    days: all.coverage.apps[0]?.days.map(({ day }) => day),
    usage: refused instanceof UsageError,
    heardOfTheStack: lines.some((line) => line.startsWith('Stack ready')),
    counted: progress.length > 0,
  }),
);
`;

describe('the package', () => {
  it('type-checks in a strict project, and collects the sample through a stack of its own', () => {
    writeFileSync(join(project, 'program.ts'), PROGRAM);
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          module: 'nodenext',
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: true,
          types: ['node'],
        },
        files: ['program.ts'],
      }),
    );
    const tsc = join(MODULES, 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'pipe', encoding: 'utf8' });

    const output: unknown = JSON.parse(node('program.js'));
    expect(output).toEqual({
      exitCode: 0,
      nothing: null,
      status: 'complete',
      stored: expect.any(Number),
      same: (output as { stored: number }).stored,
      runs: 1,
      days: ['2026-03-10'],
      usage: true,
      heardOfTheStack: true,
      counted: true,
    });
    expect((output as { stored: number }).stored).toBeGreaterThan(0);
    expect((output as { stored: number }).stored).toBeLessThanOrEqual(20);
  }, 180_000);

  it('has a command, and shows nothing but its entry', () => {
    const bin = join(project, 'node_modules', 'conversation-analytics', 'dist', 'client', 'main.js');
    expect(execFileSync(process.execPath, [bin, '--help'], { encoding: 'utf8' })).toContain('collect');
    writeFileSync(join(project, 'inner.mjs'), "await import('conversation-analytics/dist/client/main.js')");
    expect(() => node('inner.mjs')).toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  }, 120_000);
});
