import pino, { type Logger } from 'pino';

import type { LogLevel } from './log-level.js';

/** JSON lines to a file (made with its folders), or to stderr where none is given. */
export function createLog(level: LogLevel, file?: string): Logger {
  const destination = pino.destination(
    file === undefined ? { dest: 2, sync: true } : { dest: file, mkdir: true, sync: true, append: true },
  );
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
