import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { CategorizeActivities } from '../../src/activities/categorize.js';
import type { ChangeActivities } from '../../src/activities/changes.js';
import type { MainActivities } from '../../src/activities/main.js';
import type { ProcessActivities } from '../../src/activities/process.js';
import type {
  Comparison,
  ReconcileActivities,
  RemovalActivities,
  SweepActivities,
} from '../../src/activities/reconcile.js';
import type { SourceActivities } from '../../src/activities/source.js';
import type { ChangePlan, WatermarkMove } from '../../src/domain/changes.js';
import {
  batchName,
  type BatchInput,
  type CollectProgress,
  type CollectState,
  type FailedBatch,
} from '../../src/domain/collection.js';
import type { CommitDayInput } from '../../src/ports/lake.js';

/**
 * Activities over a made-up source, for tests of the workflows alone: `days` says how many conversations each day
 * holds. Typed as the real ones, so that a changed signature breaks the compile.
 */
export class FakePipeline {
  days: Record<string, number> = {};
  /** Conversations that the source counts beyond those it gives out. */
  missing: Record<string, number> = {};
  /** Fails the fetch of a batch: `day/batch` → failure type; for good, unless `healAfter` attempts, or `once`. */
  broken: Record<string, { type: string; healAfter?: number; once?: true }> = {};
  /** Fails every plan, commit or closing of a run with this type, for good. */
  brokenStep: {
    planDay?: string;
    finalizeDay?: string;
    closeRun?: string;
    recordFailure?: string;
    sweepMessages?: string;
  } = {};
  /** How the made-up source is read; a sweep has so many spans. */
  reading: { strategy: 'in' | 'link' | 'sweep'; spans: number } = { strategy: 'in', spans: 0 };
  /** What sweeps staged has been removed since. */
  sweptGone = false;
  /** Steps of sweeps, in order; plans and batches that were made from what they staged. */
  readonly swept: string[] = [];
  /** Batches whose fetch waits until `release`. */
  held = new Set<string>();
  readonly fetched: BatchInput[] = [];
  readonly committed: CommitDayInput[] = [];
  /** Standing records of failed batches. */
  failures: FailedBatch[] = [];
  /** Books of closed runs, by run. */
  readonly states = new Map<string, CollectState>();
  readonly closed: CollectProgress[] = [];
  readonly cancelled: string[] = [];
  maxInFlight = 0;
  private inFlight = 0;
  private released = new Set<string>();

  release(name: string): void {
    this.released.add(name);
  }

  /** What a look for changes finds; its days are those of `days`, with as many conversations. */
  plan: ChangePlan | null = null;
  readonly moved: WatermarkMove[] = [];

  /** What a reconciliation finds; what is to be read again is of `days`. */
  comparison: Comparison | null = null;
  readonly dropped: { day: string; gone: string }[] = [];
  /** Days of which deletions, and lists of which removals went to MongoDB. */
  readonly projected: string[] = [];
  prepared = 0;

  readonly source: SourceActivities & ChangeActivities & SweepActivities = {
    sweepSource: async () =>
      Promise.resolve({
        rows: { conversations: 10, messages: 40 },
        requests: 3,
        orphanMessages: 2,
        undated: 1,
        sweptAt: 5_000,
        sweepKey: 'sweep',
        ms: 1,
      }),
    planChanges: async () => {
      if (this.plan === null) throw ApplicationFailure.nonRetryable('no plan', 'InvalidInput');
      return Promise.resolve({ ...this.plan, ms: 1 });
    },
    planChangedDay: async ({ day, batchSize, maxBatches, cursor }) => {
      const page = await this.source.planDay({ day, batchSize, maxBatches, cursor });
      const days = Object.keys(this.days).sort();
      const part = { key: `changes/${day}`, covers: true, dayCount: page.sourceCount + 100 };
      return { ...page, part, nextDay: days[days.indexOf(day) + 1] ?? null };
    },
    openWatermark: async ({ appId, startDate }) =>
      Promise.resolve({ source: 'fake', appId: appId ?? null, from: startDate, until: 1_000, mark: null }),
    survey: async ({ appId }) => {
      if (appId === 'nobody') {
        throw ApplicationFailure.nonRetryable('no app nobody; the apps are: a, b', 'UnknownApp');
      }
      return Promise.resolve({ source: 'fake', undatedConversations: 3, requests: 1, ms: 1 });
    },
    chooseReading: async () =>
      Promise.resolve({ strategy: this.reading.strategy, reason: 'it was told to', ms: 1 }),
    sweepConversations: async () => {
      this.swept.push('conversations');
      return Promise.resolve({
        prefix: 'swept/',
        startedAt: 1_000,
        spans: this.reading.spans,
        rows: 100,
        ms: 1,
      });
    },
    sweepMessages: async ({ span }) => {
      this.mayBreak('sweepMessages');
      this.swept.push(`span ${span}`);
      return Promise.resolve({ attempt: Context.current().info.attempt, rows: 10, ms: 1 });
    },
    finishSweep: async ({ attempts }) => {
      this.swept.push(`finish ${attempts.join()}`);
      return Promise.resolve({ prefix: 'swept/days/', rows: 100, late: 0, ms: 1 });
    },
    dropReading: async () => {
      this.swept.push('drop');
      return Promise.resolve({ objects: 1, ms: 1 });
    },
    planDay: async ({ day, batchSize, maxBatches, cursor, swept }) => {
      this.mayBreak('planDay');
      if (swept !== undefined) this.swept.push(`plan ${day} from ${swept}`);
      const total = this.days[day] ?? 0;
      let from = cursor === null ? 0 : Number(cursor);
      const batches = [];
      // Pages of three, so that paging happens.
      while (from < total && batches.length < Math.min(3, maxBatches)) {
        const count = Math.min(batchSize, total - from);
        batches.push({ idFrom: `${from}`, idTo: `${from + count - 1}`, count });
        from += count;
      }
      const sourceCount = total + (this.missing[day] ?? 0);
      return Promise.resolve({ batches, cursor: from < total ? `${from}` : null, sourceCount, ms: 1 });
    },
    countDay: async ({ day }) => Promise.resolve((this.days[day] ?? 0) + (this.missing[day] ?? 0)),
    fetchBatch: async (batch) => {
      const name = `${batch.day}/${batch.batch}`;
      this.inFlight++;
      this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
      try {
        while (this.held.has(name) && !this.released.has(name)) {
          Context.current().heartbeat();
          await Context.current().sleep(20);
        }
        await Context.current().sleep(5);
        this.mayFail(name);
      } catch (err) {
        if (err instanceof CancelledFailure) this.cancelled.push(name);
        throw err;
      } finally {
        this.inFlight--;
      }
      this.fetched.push(batch);
      const received = { conversations: batch.count, messages: batch.count * 4 };
      return { rawKey: `raw/${name}`, rejectsKey: `rejects/${name}`, received, ms: 5 };
    },
  };

  readonly process: ProcessActivities & ReconcileActivities = {
    compareWithLake: async () => {
      if (this.comparison === null) throw ApplicationFailure.nonRetryable('no comparison', 'InvalidInput');
      return Promise.resolve({ ...this.comparison, ms: 1 });
    },
    dropGone: async ({ day, gone }) => {
      this.dropped.push({ day, gone });
      return Promise.resolve({ gone: 2, ms: 1 });
    },
    processBatch: async ({ batch }) =>
      Promise.resolve({
        factsKey: 'facts',
        rejectsKey: 'rejects',
        conversations: { stored: batch.count, rejected: 0 },
        messages: { stored: batch.count * 4 - 1, rejected: 1 },
        rejects: { duplicate_message: 1 },
        ms: 2,
      }),
    processSwept: async ({ batch }) => {
      if (this.sweptGone) return { gone: true, ms: 1 };
      const { received } = await this.source.fetchBatch(batch);
      return {
        gone: false,
        received,
        ...(await this.process.processBatch({ batch, rawKey: '', rejectsKey: '' })),
      };
    },
    storeBatch: async () => Promise.resolve({ ms: 3 }),
    finalizeDay: async (input) => {
      this.mayBreak('finalizeDay');
      this.committed.push(input);
      return Promise.resolve({
        manifestKey: `_days/${input.day}/manifest.json`,
        generation: 'g',
        rows: { conversations: 0, messages: 0, categories: 0 },
        rejected: 0,
        deleted: 0,
        ms: 1,
      });
    },
  };

  readonly categorize: CategorizeActivities = {
    categorizeBatch: async () => Promise.resolve({ labelledKey: 'labelled', ms: 4 }),
  };

  readonly main: MainActivities & RemovalActivities = {
    prepareProjection: async () => {
      this.prepared++;
      return Promise.resolve({ ms: 1 });
    },
    projectBatch: async () => Promise.resolve({ ms: 1 }),
    projectDeletions: async ({ day }) => {
      this.projected.push(day);
      return Promise.resolve({ ms: 1 });
    },
    projectRemovals: async ({ key }) => {
      this.projected.push(key);
      return Promise.resolve({ ms: 1 });
    },
    recordFailure: async ({ failed }) => {
      this.mayBreak('recordFailure');
      this.failures = [...this.failures.filter((other) => batchName(other) !== batchName(failed)), failed];
      return Promise.resolve({ ms: 1 });
    },
    dropFailure: async ({ name }) => {
      this.failures = this.failures.filter((other) => batchName(other) !== name);
      return Promise.resolve({ ms: 1 });
    },
    closeRun: async ({ progress, failed, state }) => {
      this.mayBreak('closeRun');
      this.closed.push(progress);
      this.failures = this.failures.filter((record) => failed?.includes(batchName(record)) ?? true);
      if (state === undefined) this.states.delete(progress.runId);
      else this.states.set(progress.runId, state);
      return Promise.resolve({ failuresKey: this.failures.length > 0 ? 'failures.json' : null, ms: 1 });
    },
    moveWatermark: async ({ move }) => {
      this.moved.push(move);
      return Promise.resolve({ ms: 1 });
    },
    loadRun: async ({ runId }) => {
      const state = this.states.get(runId);
      if (state === undefined) throw ApplicationFailure.nonRetryable(`no books of ${runId}`, 'InvalidInput');
      return Promise.resolve({ state, ms: 1 });
    },
  };

  private mayFail(name: string): void {
    const broken = this.broken[name];
    if (broken === undefined) return;
    const { attempt } = Context.current().info;
    if (attempt > (broken.healAfter ?? Number.POSITIVE_INFINITY)) return;
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    if (broken.once) delete this.broken[name];
    throw ApplicationFailure.create({
      type: broken.type,
      message: `broken ${name}`,
      nonRetryable: broken.healAfter === undefined,
      nextRetryDelay: '10ms',
      details: [{ attempt }],
    });
  }

  private mayBreak(step: keyof FakePipeline['brokenStep']): void {
    const type = this.brokenStep[step];
    if (type !== undefined) throw ApplicationFailure.nonRetryable(`broken ${step}`, type);
  }
}
