import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { FAILURE_TYPES, PipelineError } from '../domain/errors.js';

/** How often an activity reports; the worker passes on about one in two seconds. */
const HEARTBEAT_MS = 1_000;

/**
 * Runs an activity's work: heartbeats from a timer (so that a long computation is not taken for dead, and a
 * cancellation arrives), measures it, and maps every error to a failure that is safe to keep in history.
 */
export async function runActivity<T extends object>(
  work: (signal: AbortSignal, heartbeat: () => void) => Promise<T>,
): Promise<T & { ms: number }> {
  const context = Context.current();
  const heartbeat = () => context.heartbeat();
  const timer = setInterval(heartbeat, HEARTBEAT_MS);
  const started = performance.now();
  try {
    const result = await work(context.cancellationSignal, heartbeat);
    return { ...result, ms: Math.round(performance.now() - started) };
  } catch (err) {
    throw toFailure(err, context.cancellationSignal, context.info.attempt);
  } finally {
    clearInterval(timer);
  }
}

/** What a failure tells beside its type and message. */
export interface FailureDetails {
  /** Which attempt of the activity it was, from 1. */
  attempt: number;
}

/**
 * PipelineErrors keep their type and message, which by contract hold no text of conversations. Of anything else only
 * the name and the frames are kept: an unexpected message (of a parser, say) may quote what it could not read.
 */
export function toFailure(err: unknown, signal: AbortSignal, attempt: number): Error {
  if (err instanceof CancelledFailure || err instanceof ApplicationFailure) return err;
  if (signal.aborted)
    return signal.reason instanceof Error ? signal.reason : new CancelledFailure('cancelled');
  const details: [FailureDetails] = [{ attempt }];
  if (err instanceof PipelineError) {
    const { retryAfterMs } = err.options;
    return ApplicationFailure.create({
      type: err.type,
      message: err.message,
      details,
      nonRetryable: !FAILURE_TYPES[err.type].retryable,
      ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    });
  }
  const name = err instanceof Error ? err.name : typeof err;
  const frames = err instanceof Error ? frameLines(err) : '';
  return ApplicationFailure.create({ type: 'Unexpected', message: `unexpected ${name}${frames}`, details });
}

function frameLines(err: Error): string {
  const frames = (err.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.length === 0 ? '' : `\n${frames.slice(0, 8).join('\n')}`;
}
