import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { MAX_CONCURRENCY, type CollectProgress } from '../../domain/collection.js';
import {
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  retryFailedBatchesUpdate,
  setConcurrencyUpdate,
} from '../messages.js';

/** What a collection does when it is told to. */
export interface Controls {
  readonly progress: CollectProgress;
  pause(reason: string): void;
  resume(): void;
  setConcurrency(n: number): void;
  /** Names of the batches that can be run again. */
  failed(): string[];
  /** @returns how many there are */
  retry(names: readonly string[]): number;
}

/** Lets a run be asked and told; what cannot be done is refused before it enters the history. */
export function setHandlers(run: Controls): void {
  setHandler(progressQuery, () => run.progress);
  setHandler(
    pauseUpdate,
    (reason) => {
      run.pause(reason);
      return run.progress;
    },
    {
      validator: (reason: string) => {
        require(reason.trim() !== '', 'a pause needs a reason');
        require(!isEnding(run.progress), `the collection is ${run.progress.status}: it cannot be paused`);
      },
    },
  );
  setHandler(
    resumeUpdate,
    () => {
      run.resume();
      return run.progress;
    },
    { validator: () => require(run.progress.status === 'paused', 'the collection is not paused') },
  );
  setHandler(
    setConcurrencyUpdate,
    (concurrency) => {
      run.setConcurrency(concurrency);
      return run.progress;
    },
    {
      validator: (n) =>
        require(Number.isInteger(n) &&
          n >= 1 &&
          n <= MAX_CONCURRENCY, `concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}, not ${n}`),
    },
  );
  setHandler(
    retryFailedBatchesUpdate,
    ({ batches }) => ({ batches: run.retry(batches ?? run.failed()), progress: run.progress }),
    {
      validator: ({ batches }: { batches?: string[] }) => {
        require(!isEnding(
          run.progress,
        ), `the collection is ${run.progress.status}: nothing can be retried now`);
        requireFailed(run.failed(), batches);
      },
    },
  );
}

/** @throws ApplicationFailure InvalidInput where there is nothing to retry, or a name is not that of a failed batch */
export function requireFailed(failed: readonly string[], wanted: readonly string[] | undefined): void {
  require(failed.length > 0, 'no batch has failed that could be run again');
  const unknown = (wanted ?? []).filter((name) => !failed.includes(name));
  require(unknown.length ===
    0, `not among the failed batches: ${unknown.slice(0, 5).join(', ')}; those are ${failed.slice(0, 5).join(', ')}` +
    (failed.length > 5 ? ` and ${failed.length - 5} more` : ''));
}

function isEnding({ status }: CollectProgress): boolean {
  return status !== 'running' && status !== 'paused';
}

function require(condition: boolean, message: string): void {
  if (!condition) throw ApplicationFailure.create({ type: 'InvalidInput', message, nonRetryable: true });
}
