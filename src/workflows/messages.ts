import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CollectProgress, RetryAccepted } from '../domain/collection.js';
import type { ReportProgress } from '../domain/report/build.js';
import { LOOK_AGAIN_SIGNAL } from '../names.js';
import type { ReconcileProgress } from '../domain/reconcile.js';
import type { RecategorizeProgress } from '../domain/recategorization.js';

/** What can be asked of, and told to, a running collection. */
export const progressQuery = defineQuery<CollectProgress>('progress');
/** Starts no further batch until `resume`; those running end. The reason is shown to people. */
export const pauseUpdate = defineUpdate<CollectProgress, [string]>('pause');
/** Goes on, and runs the batches again that failed around a pause which the run took by itself. */
export const resumeUpdate = defineUpdate<CollectProgress>('resume');
/** Batches in flight, 1..500. */
export const setConcurrencyUpdate = defineUpdate<CollectProgress, [number]>('setConcurrency');
/** Runs failed batches again: those named (`batchName`), or all. */
export const retryFailedBatchesUpdate = defineUpdate<RetryAccepted, [{ batches?: string[] }]>(
  'retryFailedBatches',
);

/** How the building of a report stands. */
export const standingQuery = defineQuery<ReportProgress>('standing');
/** Tells a report that is waited for, or built, that days were committed or that it was approved. */
export const lookAgainSignal = defineSignal(LOOK_AGAIN_SIGNAL);
/** How a reconciliation stands. */
export const reconcileQuery = defineQuery<ReconcileProgress>('reconcile');

/** How a recategorization stands. */
export const recategorizeProgressQuery = defineQuery<RecategorizeProgress>('progress');
