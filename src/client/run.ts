import { CommanderError } from 'commander';

import { describeError, isDebug } from './errors.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './globals.js';
import { buildProgram } from './program.js';

/**
 * The command line as a function: runs one command and answers with its exit code. Prints as the command does, never
 * ends the process, and throws nothing.
 * @param args what stands behind the program's name; default: that of this process
 * @param given streams and environment; default: those of this process
 */
export async function main(
  args: readonly string[] = process.argv.slice(2),
  given: Partial<Omit<Io, 'setExitCode'>> = {},
): Promise<number> {
  let exitCode: number = EXIT.complete;
  const io: Io = {
    env: given.env ?? process.env,
    stdin: given.stdin ?? process.stdin,
    stdout: given.stdout ?? process.stdout,
    stderr: given.stderr ?? process.stderr,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  try {
    await buildProgram(io).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message; help and version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage;
    const described = describeError(error);
    for (const line of described.lines) io.stderr.write(`${line}\n`);
    if (isDebug(io.env)) io.stderr.write(`${stackOf(error)}\n`);
    return described.exitCode;
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
