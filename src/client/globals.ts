import type { Command } from 'commander';

import type { LogLevel } from './log-level.js';

/** What every command gets from the process, so that tests can give it something else. */
export interface Io {
  env: Readonly<Record<string, string | undefined>>;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Ends the command with this code once its work is done. */
  setExitCode: (code: number) => void;
}

/** Options that belong to the program and not to one command. */
export interface GlobalOptions {
  logLevel: LogLevel;
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

export function printJson(io: Io, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function printLines(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  for (const line of lines) stream.write(`${line}\n`);
}
