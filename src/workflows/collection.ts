import {
  allHandlersFinished,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  batchName,
  type CollectInput,
  type CollectProgress,
  type CollectState,
  type CollectSummary,
  type DayState,
  type RetryInput,
} from '../domain/collection.js';
import { dayEnd } from '../domain/period.js';
import { batchWorkflowId, SEARCH_ATTRIBUTES } from '../names.js';
import type { processBatch } from './process-batch.js';
import {
  chooseReading,
  closeRun,
  countDay,
  dropFailure,
  dropReading,
  finalizeDay,
  loadRun,
  moveWatermark,
  openWatermark,
  planChangedDay,
  planChanges,
  planDay,
  prepareProjection,
  projectDeletions,
  recordFailure,
  survey,
} from './shared/activity-options.js';
import * as breaker from './shared/breaker.js';
import * as changes from './shared/changes.js';
import { progressDetails } from './shared/details.js';
import { describeFailure, ignoreButCancellation, type Failure } from './shared/failures.js';
import { followRun } from './shared/follow-run.js';
import { requireFailed, setHandlers, type Controls } from './shared/handlers.js';
import * as requeue from './shared/requeue.js';
import { sweep } from './shared/sweep.js';
import * as window from './shared/window.js';

type TakenBatch = NonNullable<ReturnType<typeof window.takeBatch>>;

/** One execution of a collection: what runs side by side, and what is told to people. Its books are `window`'s. */
export class Collection implements Controls {
  private planning = false;
  private readonly finalizing = new Set<DayState>();
  /** Pieces of work under way: plans, batches, commits. */
  private pending = 0;
  private changed = false;
  private fatal: unknown;
  /** Resumes so far: a batch that was under way before one tells nothing of how things are now. */
  private resumes = 0;
  /** False in executions that release 0.1.0 began: they go past every failure, as their histories say. */
  private readonly hasBreaker = patched('circuit-breaker');

  constructor(
    private readonly input: CollectInput,
    private state: CollectState,
  ) {
    setHandlers(this);
  }

  get progress(): CollectProgress {
    return this.state.progress;
  }

  /** Finds what cannot work before the first batch: access, tables, mapping, app id; and MongoDB. */
  async open(): Promise<void> {
    this.tell();
    if (this.input.mode === 'changes' && this.input.retry === undefined) {
      await this.openChanges();
      return;
    }
    const { appId, mongodb, retry } = this.input;
    const [found] = await Promise.all([
      survey(appId === undefined ? {} : { appId }),
      mongodb ? prepareProjection() : undefined,
    ]);
    if (retry !== undefined) await this.load(retry);
    this.progress.undatedConversations = found.undatedConversations;
    if (this.input.setWatermark === true && retry === undefined) {
      this.state.watermark = await openWatermark({
        runId: this.progress.runId,
        ...this.app,
        startDate: this.input.startDate,
      });
    }
    if (retry === undefined) await this.prepareReading();
  }

  /** Finds what has changed. Where that is nothing, nothing else is prepared or looked at. */
  private async openChanges(): Promise<void> {
    const { changed, mongodb } = this.input;
    const { runId } = this.progress;
    const plan = changed ?? (await planChanges({ runId, ...this.app }));
    changes.applyPlan(this.state, plan);
    const isRange = 'kind' in plan && plan.kind === 'range';
    const [found] = await Promise.all([
      isRange ? survey(this.app) : undefined,
      mongodb && this.progress.days.total > 0 ? prepareProjection() : undefined,
    ]);
    if (found !== undefined) this.progress.undatedConversations = found.undatedConversations;
    if (isRange) await this.prepareReading();
  }

  /** Decides how rows of the range are read. A sweep reads them all before the first batch. */
  private async prepareReading(): Promise<void> {
    if (!patched('reading')) return;
    const { batchSize, limit } = this.input;
    const { startDate, endDate, runId } = this.progress;
    const range = { startDate, endDate, batchSize, ...this.app };
    const { strategy, reason } = await this.insist(() =>
      chooseReading({ ...range, ...(limit === undefined ? {} : { limit }) }),
    );
    const tell = (messages: { read: number; total: number } | null) => {
      this.progress.reading = { strategy, reason, messages: messages && { ...messages } };
      this.tell();
    };
    tell(null);
    if (strategy !== 'sweep') return;
    this.state.swept = await sweep(range, runId, {
      insist: (work) => this.insist(work),
      whilePaused: () => condition(() => this.progress.status !== 'paused'),
      tell,
    });
  }

  /** Goes on with the books of an ended run: what failed in it is planned once more. */
  private async load({ runId, batches }: RetryInput): Promise<void> {
    const { state } = await loadRun({ runId });
    const { status, pauseReason, concurrency } = this.progress;
    this.state = {
      ...state,
      streak: null,
      // Failed batches are asked for: what the run had read lies no longer there.
      swept: null,
      progress: { ...state.progress, status, pauseReason, concurrency },
    };
    const uncommitted = requeue.reopenUncommitted(this.state);
    const failed = this.failed();
    if (uncommitted === 0 || batches !== undefined) requireFailed(failed, batches);
    this.retry(batches ?? failed);
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
    const status = window.finalStatus(this.progress);
    const { watermark, nextDay } = this.state;
    // What a failure or a limit left out would never be looked at again.
    const isWhole = status === 'complete' && this.progress.days.incomplete === 0 && nextDay === null;
    if (watermark !== undefined && isWhole) {
      await this.insist(() => moveWatermark({ runId: this.progress.runId, move: watermark }));
    }
    const summary = await this.insist(() => this.close(status));
    if (patched('reports-follow')) {
      await followRun({ ...summary, mongodb: this.input.mongodb });
    }
    return summary;
  }

  /** Waits until every batch has heard of the cancellation, then closes the books. */
  async cancel(): Promise<void> {
    this.progress.status = 'cancelling';
    this.progress.pauseReason = null;
    this.tell();
    await condition(() => !this.isBusy());
    this.progress.batches.running = 0;
    if (this.input.retry !== undefined) requeue.giveUp(this.state);
    await this.close('cancelled');
  }

  fail(): void {
    this.progress.status = 'failed';
    this.tell();
  }

  pause(reason: string): void {
    this.progress.status = 'paused';
    this.progress.pauseReason = reason;
    this.tell();
  }

  resume(): void {
    this.progress.status = 'running';
    this.progress.pauseReason = null;
    this.resumes++;
    if (this.hasBreaker) requeue.requeue(this.state, breaker.takeHeld(this.state));
    this.changed = true;
    this.tell();
  }

  setConcurrency(n: number): void {
    this.progress.concurrency = n;
  }

  failed(): string[] {
    return requeue.failedBatches(this.state);
  }

  retry(names: readonly string[]): number {
    const count = requeue.requeue(this.state, names);
    this.changed = true;
    this.tell();
    return count;
  }

  /** Records how the run ended; its result is what people read. */
  private async close(status: 'complete' | 'partial' | 'cancelled'): Promise<CollectSummary> {
    this.progress.status = status;
    this.tell();
    // A first run that was cancelled has days that were never planned: it is collected again, not retried.
    const isWhole = status !== 'cancelled' || this.input.retry !== undefined;
    if (this.progress.reading?.strategy === 'sweep') await this.dropReading();
    const canRetry = isWhole && (this.state.incompleteDays ?? []).length > 0;
    const { failuresKey } = await closeRun({
      progress: this.progress,
      failed: this.failed(),
      ...(canRetry ? { state: this.state } : {}),
    });
    return { ...this.progress, failuresKey };
  }

  /** Staging of runs is swept by age in any case. */
  private async dropReading(): Promise<void> {
    await dropReading({ runId: this.progress.runId }).catch(ignoreButCancellation);
  }

  private startWork(): void {
    this.finishEndedDays();
    for (;;) {
      const next = window.takeBatch(this.state, this.input);
      if (next === null) break;
      this.launch(() => this.runBatch(next));
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
      const page = await this.insist(() => this.planPage(day, size));
      window.applyPlan(this.state, day, page);
    } finally {
      this.planning = false;
    }
  }

  private async planPage(day: DayState, size: { batchSize: number; maxBatches: number }) {
    const { changed, swept } = this.state;
    if (changed === undefined) {
      const where = swept ? { swept: swept.prefix } : {};
      return planDay({ ...this.scope(day), ...size, ...where, cursor: day.cursor });
    }
    return planChangedDay({ indexKey: changed.indexKey, day: day.day, ...size, cursor: day.cursor });
  }

  private async runBatch(taken: TakenBatch): Promise<void> {
    const { day, batch, again } = taken;
    const { resumes } = this;
    try {
      const totals = await executeChild<typeof processBatch>('processBatch', {
        args: [batch],
        workflowId: batchWorkflowId(workflowInfo().workflowId, batch.day, batch.batch),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: `${batch.day} · batch ${batch.batch} · ${batch.count} conversations`,
      });
      window.batchDone(this.state, day, totals);
      if (this.hasBreaker) breaker.noteSuccess(this.state);
    } catch (err) {
      const { idFrom, idTo, count } = batch;
      const range = { batch: batch.batch, idFrom, idTo, count };
      if (isCancellation(err)) {
        requeue.putBack(this.state, day, range);
        throw err;
      }
      await this.batchFailed(day, range, describeFailure(err), resumes < this.resumes);
      return;
    }
    // The list of the closed run is made anew in any case: that it is right already now is only good to have.
    if (again) await dropFailure({ runId: batch.runId, name: batchName(batch) }).catch(ignoreButCancellation);
  }

  private async batchFailed(
    day: DayState,
    range: Parameters<typeof window.batchFailed>[2],
    failure: Failure,
    beforeResume: boolean,
  ): Promise<void> {
    const record = () =>
      recordFailure({ runId: this.progress.runId, failed: { day: day.day, ...range, ...failure } });
    if (!this.hasBreaker) {
      await record();
      window.batchFailed(this.state, day, range);
      return;
    }
    window.batchFailed(this.state, day, range);
    if (beforeResume) {
      // It met what has been put right since: it is taken up again with those that had failed by then.
      this.retry([batchName({ day: day.day, batch: range.batch })]);
      return;
    }
    const reason = breaker.noteFailure(this.state, { day: day.day, batch: range.batch }, failure);
    if (reason !== null) this.trip(reason);
    this.changed = true;
    await this.insist(record);
  }

  private async finish(day: DayState): Promise<void> {
    this.finalizing.add(day);
    try {
      await this.insist(() => this.commit(day));
      // Batches of the day may have been taken up again meanwhile: then it is committed once more at their end.
      if (window.isDayEnded(day)) window.dayDone(this.state, day);
      this.tell();
    } finally {
      this.finalizing.delete(day);
    }
  }

  private async commit(day: DayState): Promise<void> {
    // The plan's count may be minutes old: ask again before calling a difference a difference.
    if (window.hasMismatch(day)) day.sourceCount = await countDay(this.scope(day));
    const committed = await finalizeDay({
      runId: this.progress.runId,
      day: day.day,
      appId: this.input.appId ?? null,
      plannedBatches: day.planned,
      plannedAt: day.plannedAt,
      sourceCount: day.part?.dayCount ?? day.sourceCount,
      complete: window.isDayComplete(day) && !window.hasMismatch(day),
      coveredUntil: Math.min(this.knownUntil(day), dayEnd(day.day)),
      ...(day.part === undefined ? {} : { rowsKey: day.part.key, covers: day.part.covers }),
    });
    if (this.input.mongodb && committed.deleted > 0) await projectDeletions({ day: day.day });
  }

  /** A list of changes was made before its days were planned. */
  private knownUntil(day: DayState): number {
    return day.part === undefined ? day.plannedAt : (this.state.watermark?.until ?? 0);
  }

  /** Does what the run cannot go on without: where it fails, the run pauses, and `resume` tries again. */
  private async insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const { resumes } = this;
      try {
        return await work();
      } catch (err) {
        if (isCancellation(err) || !this.hasBreaker) throw err;
        // It met what has been put right since, and nobody looks for a second pause.
        if (resumes < this.resumes && patched('insist-after-resume')) continue;
        this.trip(breaker.reasonOf(describeFailure(err)));
        await condition(() => this.progress.status !== 'paused');
      }
    }
  }

  /** A pause that the run takes by itself. One that stands keeps its reason. */
  private trip(reason: string): void {
    if (this.progress.status === 'paused' || this.progress.status === 'cancelling') return;
    this.pause(reason);
    this.changed = true;
  }

  private scope(day: DayState): { day: string; appId?: string } {
    return { day: day.day, ...this.app };
  }

  private get app(): { appId?: string } {
    return this.input.appId === undefined ? {} : { appId: this.input.appId };
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
    setCurrentDetails(progressDetails(this.progress, workflowInfo().workflowId));
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.runStatus, value: this.progress.status },
      {
        key: SEARCH_ATTRIBUTES.rejectedCount,
        value: this.progress.conversations.rejected + this.progress.messages.rejected,
      },
      { key: SEARCH_ATTRIBUTES.failedBatches, value: this.progress.batches.failed },
    ]);
  }
}

function toFailure(err: unknown): Error {
  return err instanceof Error ? err : new Error(String(err));
}
