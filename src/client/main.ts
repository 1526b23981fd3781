#!/usr/bin/env node
import { CommanderError } from 'commander';

import { describeError, isDebug } from './errors.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './globals.js';
import { buildProgram } from './program.js';

/** Entry of the `conversation-analytics` command. Heavy modules are loaded by the commands that need them. */
const io: Io = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  setExitCode: (code) => {
    process.exitCode = code;
  },
};

// A reader that goes away (`| head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.complete);
});

try {
  await buildProgram(io).parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its own message; help and version end with 0.
    process.exitCode = error.exitCode === 0 ? EXIT.complete : EXIT.usage;
  } else {
    const { exitCode, lines } = describeError(error);
    for (const line of lines) process.stderr.write(`${line}\n`);
    if (isDebug(process.env)) process.stderr.write(`${stackOf(error)}\n`);
    process.exitCode = exitCode;
  }
}

// What is still open by now (a retry timer of a library, say) has no work left to do.
process.stdout.write('', () => process.exit());

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
