import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailedBatch } from '../../domain/collection.js';

/** Reads the cause chain of a failed child: which activity gave up, and why. */
export function describeFailure(err: unknown): Pick<FailedBatch, 'activity' | 'type' | 'message'> {
  let activity: string | null = null;
  let type = 'Unexpected';
  let message = 'the batch ended without a cause';
  for (let cause: unknown = err; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ActivityFailure) activity = cause.activityType;
    if (cause instanceof ApplicationFailure) type = cause.type ?? type;
    if (cause instanceof TimeoutFailure) type = `Timeout:${cause.timeoutType}`;
    message = cause.message;
  }
  return { activity, type, message };
}
