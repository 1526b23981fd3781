import { ConfigError } from '../config/errors.js';
import { PipelineError, type FailureType } from '../domain/errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** An error whose message is written for the person at the terminal: what is wrong, and what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: { cause: unknown },
  ) {
    super(message, options);
  }
}

/** Wrong arguments: exit code 2. */
export class UsageError extends CliError {
  constructor(message: string) {
    super(EXIT.usage, message);
  }
}

const MAX_LINES = 3;
const MAX_LINE = 500;

/** What to print for an error, and the code to end with. No stack traces: those are for CONVERSATION_ANALYTICS_DEBUG. */
export function describeError(error: unknown): { exitCode: ExitCode; lines: string[] } {
  if (error instanceof CliError) return { exitCode: error.exitCode, lines: clip(error.message) };
  // One line a setting: cutting the list would send people round in circles.
  if (error instanceof ConfigError) return { exitCode: EXIT.usage, lines: error.message.split('\n') };
  if (error instanceof PipelineError) {
    return { exitCode: exitCodeOfFailure(error.type), lines: clip(error.message) };
  }
  // By name: the embedded stack is loaded only where it is used.
  if (error instanceof Error && error.name === 'StackError') {
    return { exitCode: EXIT.unreachable, lines: error.message.split('\n') };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    exitCode: EXIT.unexpected,
    lines: [
      ...clip(`Unexpected error: ${message}`, 2),
      'Set CONVERSATION_ANALYTICS_DEBUG=1 to see where it came from.',
    ],
  };
}

function exitCodeOfFailure(type: FailureType): ExitCode {
  return type === 'InvalidInput' || type === 'UnknownApp' ? EXIT.usage : EXIT.failed;
}

function clip(message: string, max = MAX_LINES): string[] {
  return message
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, max)
    .map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line));
}

/** True where errors should be shown with their stack. */
export function isDebug(env: Readonly<Record<string, string | undefined>>): boolean {
  return ['1', 'true', 'yes'].includes(env['CONVERSATION_ANALYTICS_DEBUG']?.toLowerCase() ?? '');
}
