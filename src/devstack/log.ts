/** Receives one finished line of progress at a time, without a newline. */
export type Log = (line: string) => void;

export const silent: Log = () => undefined;

/** Seconds since `start` (milliseconds of `Date.now()`), for people: `0.4 s`, `12 s`, `3 min 5 s`. */
export function elapsed(start: number, now = Date.now()): string {
  const seconds = (now - start) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Runs a task that may take minutes and says every `everyMs` that it is still at work, with the time it has taken and
 * the detail that the task last noted. The lines are whole, so they read well in a terminal and in a CI log.
 */
export async function withProgress<T>(
  log: Log,
  what: string,
  task: (note: (detail: string) => void) => Promise<T>,
  everyMs = 5_000,
): Promise<T> {
  const start = Date.now();
  let detail = '';
  log(`${what} …`);
  const timer = setInterval(() => {
    log(`${what}: ${detail === '' ? 'still at work' : detail} (${elapsed(start)})`);
  }, everyMs);
  try {
    const result = await task((next) => (detail = next));
    log(`${what}: done in ${elapsed(start)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
