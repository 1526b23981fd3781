import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { CategorizeActivities } from '../../activities/categorize.js';
import type { MainActivities } from '../../activities/main.js';
import type { ProcessActivities } from '../../activities/process.js';
import type { SourceActivities } from '../../activities/source.js';
import { QUEUES } from '../../names.js';

/**
 * The one table of timeouts and retries.
 *
 * | work                    | one attempt | heartbeat | why |
 * |-------------------------|-------------|-----------|-----|
 * | survey, planDay, countDay | 10 min    | 2 min     | a scan of an unindexed table; NocoDB may queue a request for minutes |
 * | fetchBatch              | 60 min      | 2 min     | many requests behind a limiter that may block for 30 s and more |
 * | process, categorize, store | 30 min   | 1 min     | CPU on a shared machine; heartbeats come from a timer off the work |
 * | finalizeDay             | 60 min      | 2 min     | merges a whole day and may start over when another writer commits |
 * | records, projection     | 10 min      | 1 min     | light I/O |
 *
 * Retries: 1 s, 2 s, 4 s … 60 s, ten attempts: a dependency may be gone for about six minutes before a batch fails.
 * What can never succeed is marked non-retryable where it is thrown (domain/errors.ts); a rate limit sets its own delay.
 */
const retry = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '60s',
  maximumAttempts: 10,
} as const;

function options(taskQueue: string, startToCloseTimeout: string, heartbeatTimeout: string): ActivityOptions {
  return {
    taskQueue,
    startToCloseTimeout: startToCloseTimeout,
    heartbeatTimeout: heartbeatTimeout,
    retry,
    // The staging area is swept by run: an activity must have ended before its run is closed as cancelled.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  };
}

export const { survey, planDay, countDay } = proxyActivities<SourceActivities>(
  options(QUEUES.source, '10m', '2m'),
);
export const { fetchBatch } = proxyActivities<SourceActivities>(options(QUEUES.source, '60m', '2m'));
export const { processBatch: processRows, storeBatch } = proxyActivities<ProcessActivities>(
  options(QUEUES.process, '30m', '1m'),
);
export const { finalizeDay } = proxyActivities<ProcessActivities>(options(QUEUES.process, '60m', '2m'));
export const { categorizeBatch } = proxyActivities<CategorizeActivities>(
  options(QUEUES.categorize, '30m', '1m'),
);
export const { projectBatch, projectDeletions, prepareProjection, recordFailure, closeRun } =
  proxyActivities<MainActivities>(options(QUEUES.main, '10m', '1m'));
