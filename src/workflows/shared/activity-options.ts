import type { Duration } from '@temporalio/common';
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { CategorizeActivities } from '../../activities/categorize.js';
import type { ChangeActivities } from '../../activities/changes.js';
import type { MainActivities } from '../../activities/main.js';
import type { ProcessActivities } from '../../activities/process.js';
import type { ReportActivities, ReportComputeActivities } from '../../activities/reports.js';
import type { ReconcileActivities, RemovalActivities, SweepActivities } from '../../activities/reconcile.js';
import type {
  RecategorizeBooks,
  RelabelActivities,
  SwitchActivities,
} from '../../activities/recategorize.js';
import type { SourceActivities } from '../../activities/source.js';
import type { StartActivities } from '../../activities/starting.js';
import { QUEUES } from '../../names.js';

/**
 * The one table of timeouts and retries.
 *
 * | work                       | one attempt | why |
 * |----------------------------|-------------|-----|
 * | survey, planDay, countDay, | 10 min      | a scan of an unindexed table; NocoDB may queue a request for minutes |
 * | chooseReading, dropReading |             | |
 * | sweeps                     | 2 h         | a whole table, under a budget of few requests a second |
 * | planChanges                | 60 min      | reads keys of all that has changed, which may be an import |
 * | sweepSource                | 24 h        | reads the keys of whole tables, at the budget's pace |
 * | compareWithLake, dropGone  | 60 min      | whole days of the lake |
 * | fetchBatch, finalizeDay    | 60 min      | a limiter may block for 30 s at a time; a merge may start over when another writer commits |
 * | process, categorize, store | 30 min      | CPU on a shared machine |
 * | relabelDay, switchDay      | 60 min      | a whole day of conversations; a merge may start over |
 * | records, projection        | 10 min      | light I/O |
 * | aggregateReport            | 30 min      | DuckDB over a month or more of days |
 * | refreshUsers               | 60 min      | the first time, DuckDB over the whole lake |
 * | other work on reports      | 10 min      | light I/O |
 * | deliverReport              | 5 min       | one message to one receiver |
 * | starting workflows         | 1 min       | calls to Temporal alone |
 *
 * Heartbeat, everywhere: 30 s. They come from a timer once a second, whatever the work waits for; so a worker that
 * died is noticed after half a minute, and only an event loop that was blocked for as long is taken for dead.
 *
 * Retries: 1 s, 2 s, 4 s … 60 s, ten attempts: a dependency may be gone for about six minutes before a batch fails.
 * A report's receiver may be gone for a day: tried every ten minutes until then. What can never succeed is marked
 * non-retryable where it is thrown (domain/errors.ts); a rate limit sets its own delay.
 */
const retry = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '60s',
  maximumAttempts: 10,
} as const;

function options(taskQueue: string, startToCloseTimeout: Duration): ActivityOptions {
  return {
    taskQueue,
    startToCloseTimeout,
    heartbeatTimeout: '30s',
    retry,
    // The staging area is swept by run: an activity must have ended before its run is closed as cancelled.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  };
}

export const { survey, chooseReading, planDay, countDay, dropReading } = proxyActivities<SourceActivities>(
  options(QUEUES.source, '10m'),
);
export const { sweepConversations, sweepMessages, finishSweep } = proxyActivities<SourceActivities>(
  options(QUEUES.source, '2h'),
);
export const { planChangedDay, openWatermark } = proxyActivities<ChangeActivities>(
  options(QUEUES.source, '10m'),
);
export const { planChanges } = proxyActivities<ChangeActivities>(options(QUEUES.source, '60m'));
export const { sweepSource } = proxyActivities<SweepActivities>(options(QUEUES.source, '24h'));
export const { compareWithLake, dropGone } = proxyActivities<ReconcileActivities>(
  options(QUEUES.process, '60m'),
);
export const { projectRemovals } = proxyActivities<RemovalActivities>(options(QUEUES.main, '60m'));
export const { fetchBatch } = proxyActivities<SourceActivities>(options(QUEUES.source, '60m'));
export const {
  processBatch: processRows,
  processSwept,
  storeBatch,
} = proxyActivities<ProcessActivities>(options(QUEUES.process, '30m'));
export const { finalizeDay } = proxyActivities<ProcessActivities>(options(QUEUES.process, '60m'));
export const { categorizeBatch } = proxyActivities<CategorizeActivities>(options(QUEUES.categorize, '30m'));
export const {
  projectBatch,
  projectDeletions,
  prepareProjection,
  recordFailure,
  dropFailure,
  closeRun,
  loadRun,
  moveWatermark,
} = proxyActivities<MainActivities>(options(QUEUES.main, '10m'));

export const { relabelDay } = proxyActivities<RelabelActivities>(options(QUEUES.categorize, '60m'));
export const { switchDay } = proxyActivities<SwitchActivities>(options(QUEUES.process, '60m'));
export const { projectLabels } = proxyActivities<RecategorizeBooks>(options(QUEUES.main, '60m'));
export const { committedDays, closeRecategorization } = proxyActivities<RecategorizeBooks>(
  options(QUEUES.main, '10m'),
);
export const { aggregateReport } = proxyActivities<ReportComputeActivities>(options(QUEUES.process, '30m'));
export const { refreshUsers } = proxyActivities<ReportComputeActivities>(options(QUEUES.process, '60m'));
export const { reportCoverage, storeReport, dropStagedReport, planDelivery, staleReports } =
  proxyActivities<ReportActivities>(options(QUEUES.main, '10m'));
export const { deliverReport } = proxyActivities<ReportActivities>({
  ...options(QUEUES.main, '5m'),
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10m' },
});
export const { startScheduled, startReports } = proxyActivities<StartActivities>(options(QUEUES.main, '1m'));
