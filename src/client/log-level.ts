import { UsageError } from './errors.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** @throws UsageError */
export function parseLogLevel(value: string): LogLevel {
  const level = LEVELS.find((known) => known === value.toLowerCase());
  if (level !== undefined) return level;
  throw new UsageError(
    `--log-level ${JSON.stringify(value)} cannot be used.\nAllowed are ${LEVELS.join(', ')}.\nLeave it out for info.`,
  );
}
