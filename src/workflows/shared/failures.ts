import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetails } from '../../activities/failures.js';
import type { FailedBatch, Stage } from '../../domain/collection.js';

/** Stage of each activity of a batch. */
const STAGE_OF: Readonly<Record<string, Stage>> = {
  fetchBatch: 'fetch',
  processBatch: 'process',
  processSwept: 'process',
  categorizeBatch: 'categorize',
  storeBatch: 'store',
  projectBatch: 'store',
};

export type Failure = Pick<FailedBatch, 'activity' | 'stage' | 'attempts' | 'type' | 'message'>;

/** Reads the cause chain of a failed child or activity: which activity gave up, after how many attempts, and why. */
export function describeFailure(err: unknown): Failure {
  let activity: string | null = null;
  let attempts: number | null = null;
  let type = 'Unexpected';
  let message = 'the batch ended without a cause';
  for (let cause: unknown = err; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ActivityFailure) activity = cause.activityType;
    if (cause instanceof ApplicationFailure) {
      type = cause.type ?? type;
      attempts = attemptOf(cause);
    }
    if (cause instanceof TimeoutFailure) type = `Timeout:${cause.timeoutType}`;
    message = cause.message;
  }
  return {
    activity,
    stage: (activity === null ? undefined : STAGE_OF[activity]) ?? null,
    attempts,
    type,
    message,
  };
}

function attemptOf({ details }: ApplicationFailure): number | null {
  const [first] = (details ?? []) as Partial<FailureDetails>[];
  return first?.attempt ?? null;
}

/** For work that is only good to have. */
export function ignoreButCancellation(err: unknown): void {
  if (isCancellation(err)) throw err;
}
