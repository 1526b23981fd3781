import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CollectInput,
  CollectProgress,
  CollectState,
  CollectSummary,
  DayState,
} from '../domain/collection.js';
import { dayEnd } from '../domain/period.js';
import { batchWorkflowId, SEARCH_ATTRIBUTES } from '../names.js';
import { pauseUpdate, progressQuery, resumeUpdate, setConcurrencyUpdate } from './messages.js';
import type { processBatch } from './process-batch.js';
import {
  closeRun,
  countDay,
  finalizeDay,
  planDay,
  prepareProjection,
  projectDeletions,
  recordFailure,
  survey,
} from './shared/activity-options.js';
import { describeFailure } from './shared/failures.js';
import { progressDetails } from './shared/details.js';
import * as window from './shared/window.js';

/** Highest number of batches in flight that may be asked for; the server advises at most 500 pending children. */
const MAX_CONCURRENCY = 500;

/**
 * Collects a date range: plans each day into batches, keeps a window of batch children running, commits a day when its
 * last batch has ended, and continues as new before its history grows large.
 */
export async function collectConversations(input: CollectInput): Promise<CollectSummary> {
  const { firstExecutionRunId } = workflowInfo();
  const run = new Collection(input, input.carried ?? window.initialState(input, firstExecutionRunId));
  try {
    if (input.carried === undefined) await run.open();
    return await run.collect();
  } catch (err) {
    if (isCancellation(err)) await CancellationScope.nonCancellable(() => run.cancel());
    else run.fail();
    throw err;
  }
}

class Collection {
  private planning = false;
  private readonly finalizing = new Set<DayState>();
  /** Pieces of work under way: plans, batches, commits. */
  private pending = 0;
  private changed = false;
  private fatal: unknown;

  constructor(
    private readonly input: CollectInput,
    private readonly state: CollectState,
  ) {
    setHandler(progressQuery, () => this.progress);
    setHandler(
      pauseUpdate,
      (reason) => {
        this.progress.status = 'paused';
        this.progress.pauseReason = reason;
        this.tell();
        return this.progress;
      },
      { validator: (reason: string) => this.require(reason.trim() !== '', 'a pause needs a reason') },
    );
    setHandler(
      resumeUpdate,
      () => {
        this.progress.status = 'running';
        this.progress.pauseReason = null;
        this.tell();
        return this.progress;
      },
      { validator: () => this.require(this.progress.status === 'paused', 'the collection is not paused') },
    );
    setHandler(
      setConcurrencyUpdate,
      (concurrency) => {
        this.progress.concurrency = concurrency;
        return this.progress;
      },
      {
        validator: (n) =>
          this.require(
            Number.isInteger(n) && n >= 1 && n <= MAX_CONCURRENCY,
            `concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}, not ${n}`,
          ),
      },
    );
  }

  private get progress(): CollectProgress {
    return this.state.progress;
  }

  /** Finds what cannot work before the first batch: access, tables, mapping, app id; and MongoDB. */
  async open(): Promise<void> {
    this.tell();
    const { appId, mongodb } = this.input;
    const [found] = await Promise.all([
      survey(appId === undefined ? {} : { appId }),
      mongodb ? prepareProjection() : undefined,
    ]);
    this.progress.undatedConversations = found.undatedConversations;
  }

  async collect(): Promise<CollectSummary> {
    for (;;) {
      const handOver = this.isHistoryLong();
      if (!handOver && this.progress.status !== 'paused') this.startWork();
      if (!this.isBusy()) {
        if (window.isFinished(this.state)) break;
        if (handOver) {
          await condition(allHandlersFinished);
          await continueAsNew<(input: CollectInput) => Promise<CollectSummary>>({
            ...this.input,
            carried: this.state,
          });
        }
      }
      await this.somethingChanged();
    }
    return await this.close(window.finalStatus(this.progress));
  }

  /** Records how the run ended; its result is what people read. */
  async close(status: 'complete' | 'partial' | 'cancelled'): Promise<CollectSummary> {
    this.progress.status = status;
    this.tell();
    const { failuresKey } = await closeRun({ progress: this.progress });
    return { ...this.progress, failuresKey };
  }

  /** Waits until every batch has heard of the cancellation, then closes the books. */
  async cancel(): Promise<void> {
    this.progress.status = 'cancelling';
    this.tell();
    await condition(() => !this.isBusy());
    this.progress.batches.running = 0;
    await this.close('cancelled');
  }

  fail(): void {
    this.progress.status = 'failed';
    this.tell();
  }

  private startWork(): void {
    this.finishEndedDays();
    for (;;) {
      const next = window.takeBatch(this.state, this.input);
      if (next === null) break;
      this.launch(() => this.runBatch(next.day, next.batch));
    }
    if (!this.planning) {
      const day = window.dayToPlan(this.state, Date.now());
      if (day !== null) this.launch(() => this.plan(day));
    }
    this.finishEndedDays();
  }

  private finishEndedDays(): void {
    for (const day of this.state.openDays) {
      if (window.isDayEnded(day) && !this.finalizing.has(day)) this.launch(() => this.finish(day));
    }
  }

  private async plan(day: DayState): Promise<void> {
    const size = window.planPageSize(this.state, this.input.batchSize);
    if (size === null) return;
    this.planning = true;
    try {
      window.applyPlan(this.state, day, await planDay({ ...this.scope(day), ...size, cursor: day.cursor }));
    } finally {
      this.planning = false;
    }
  }

  private async runBatch(day: DayState, batch: Parameters<typeof processBatch>[0]): Promise<void> {
    try {
      const totals = await executeChild<typeof processBatch>('processBatch', {
        args: [batch],
        workflowId: batchWorkflowId(workflowInfo().workflowId, batch.day, batch.batch),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: `${batch.day} · batch ${batch.batch} · ${batch.count} conversations`,
      });
      window.batchDone(this.state, day, totals);
    } catch (err) {
      if (isCancellation(err)) throw err;
      const { idFrom, idTo, count } = batch;
      await recordFailure({
        runId: batch.runId,
        failed: { day: batch.day, batch: batch.batch, idFrom, idTo, count, ...describeFailure(err) },
      });
      window.batchFailed(this.state, day);
    }
  }

  private async finish(day: DayState): Promise<void> {
    this.finalizing.add(day);
    try {
      // The plan's count may be minutes old: ask again before calling a difference a difference.
      if (window.hasMismatch(day)) day.sourceCount = await countDay(this.scope(day));
      const committed = await finalizeDay({
        runId: this.progress.runId,
        day: day.day,
        appId: this.input.appId ?? null,
        plannedBatches: day.planned,
        plannedAt: day.plannedAt,
        sourceCount: day.sourceCount,
        complete: window.isDayComplete(day) && !window.hasMismatch(day),
        coveredUntil: Math.min(day.plannedAt, dayEnd(day.day)),
      });
      if (this.input.mongodb && committed.deleted > 0) await projectDeletions({ day: day.day });
      window.dayDone(this.state, day);
      this.tell();
    } finally {
      this.finalizing.delete(day);
    }
  }

  private scope(day: DayState): { day: string; appId?: string } {
    return { day: day.day, ...(this.input.appId === undefined ? {} : { appId: this.input.appId }) };
  }

  /** Runs a piece of work beside the others; what it cannot survive ends the collection. */
  private launch(work: () => Promise<void>): void {
    this.pending++;
    work()
      .catch((err: unknown) => {
        this.fatal ??= err;
      })
      .finally(() => {
        this.pending--;
        this.changed = true;
      });
  }

  private isBusy(): boolean {
    return this.pending > 0;
  }

  private async somethingChanged(): Promise<void> {
    const { status, concurrency } = this.progress;
    await condition(
      () => this.changed || this.progress.status !== status || this.progress.concurrency !== concurrency,
    );
    this.changed = false;
    if (this.fatal !== undefined) throw toFailure(this.fatal);
  }

  private isHistoryLong(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return (
      continueAsNewSuggested || historyLength > (this.input.maxHistoryLength ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Lets the Web UI tell the story. */
  private tell(): void {
    setCurrentDetails(progressDetails(this.progress));
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.runStatus, value: this.progress.status },
      {
        key: SEARCH_ATTRIBUTES.rejectedCount,
        value: this.progress.conversations.rejected + this.progress.messages.rejected,
      },
      { key: SEARCH_ATTRIBUTES.failedBatches, value: this.progress.batches.failed },
    ]);
  }

  private require(condition: boolean, message: string): void {
    if (!condition) throw ApplicationFailure.create({ type: 'InvalidInput', message, nonRetryable: true });
  }
}

function toFailure(err: unknown): Error {
  return err instanceof Error ? err : new Error(String(err));
}
