import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/client/main.js', import.meta.url));

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Only what a program needs to start: no setting of the machine that runs the tests reaches the command line. */
export function bareEnvironment(settings: Record<string, string>): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), NO_COLOR: '1', ...settings };
}

/** Starts the built command line as a user does. */
export function spawnCli(args: string[], settings: Record<string, string>, cwd?: string): ChildProcess {
  if (!existsSync(MAIN)) throw new Error('dist is missing: run `npm run build` first');
  return spawn(process.execPath, [MAIN, ...args], {
    env: bareEnvironment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs the command line to its end. */
export async function runCli(
  args: string[],
  settings: Record<string, string>,
  cwd?: string,
): Promise<CliResult> {
  return outputOf(spawnCli(args, settings, cwd));
}

/** What a command that has been started writes until its end. */
export async function outputOf(child: ChildProcess): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}
