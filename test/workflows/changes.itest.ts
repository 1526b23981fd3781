import type { Comparison } from '../../src/activities/reconcile.js';
import type { ChangePlan, WatermarkMove } from '../../src/domain/changes.js';
import { reportWorkflowId } from '../../src/names.js';
import type { buildReport } from '../../src/workflows/index.js';
import { STARTING } from '../support/fake-reports.js';
import { WorkflowTests } from './harness.js';

const tests = new WorkflowTests({ executions: 12 });

const MOVE: WatermarkMove = { source: 'fake', appId: null, from: '2025-01-01', until: 9_000, mark: null };

/** A plan that reads the days of the made-up source. */
function changesOf(days: Record<string, number>): ChangePlan {
  const names = Object.keys(days).sort();
  return {
    kind: 'changes',
    since: Date.parse('2025-03-01T10:00:00Z'),
    move: MOVE,
    notice: null,
    changed: {
      indexKey: 'changes/index',
      days: names.length,
      firstDay: names[0] ?? null,
      lastDay: names.at(-1) ?? null,
      conversations: Object.values(days).reduce((sum, n) => sum + n, 0),
      undated: 1,
    },
  };
}

/** Days far from each other: only they are opened. */
function prepare(app: string): { appId: string } {
  tests.fake.days = { '2025-01-05': 25, '2025-03-01': 7 };
  tests.fake.plan = changesOf(tests.fake.days);
  return { appId: app };
}

const CHANGES = { mode: 'changes' } as const;

describe('a collection of changes', () => {
  it('opens the days that have changed, reads the listed rows, and then moves the watermark', async () => {
    const { fake } = tests;
    const scope = prepare('changes');
    const summary = await tests.collect('changes', '2025-03-01', { ...CHANGES, ...scope });
    expect(summary).toMatchObject({
      status: 'complete',
      mode: 'changes',
      startDate: '2025-01-05',
      endDate: '2025-03-01',
      days: { total: 2, done: 2, incomplete: 0 },
      conversations: { received: 32, stored: 32 },
      undatedConversations: 1,
      mismatches: [],
    });
    expect(fake.committed.map(({ day }) => day).sort()).toEqual(['2025-01-05', '2025-03-01']);
    expect(fake.committed[0]).toMatchObject({
      rowsKey: 'changes/2025-01-05',
      covers: true,
      complete: true,
      sourceCount: 125,
      coveredUntil: 9_000,
    });
    expect(new Set(fake.fetched.map(({ day, rowsKey }) => `${day} ${rowsKey ?? ''}`))).toEqual(
      new Set(['2025-01-05 changes/2025-01-05', '2025-03-01 changes/2025-03-01']),
    );
    expect(fake.moved).toEqual([MOVE]);
  });

  it('ends at once where nothing is new: nothing is prepared, committed or moved', async () => {
    const { fake } = tests;
    fake.plan = { kind: 'nothing', since: Date.parse('2025-03-01T10:00:00Z') };
    const summary = await tests.collect('nothing-new', '2025-03-01..2025-03-09', {
      ...CHANGES,
      appId: 'nothing',
    });
    expect(summary).toMatchObject({ status: 'complete', days: { total: 0, done: 0 } });
    expect([fake.prepared, fake.committed, fake.moved, fake.fetched]).toEqual([0, [], [], []]);
  });

  it('reads whole days where the source does not say what has changed, and says so', async () => {
    const { fake } = tests;
    fake.days = { '2025-04-01': 5, '2025-04-02': 5 };
    const notice = 'no stamps';
    fake.plan = { kind: 'range', startDate: '2025-04-01', endDate: '2025-04-02', move: MOVE, notice };
    const summary = await tests.collect('changes-as-range', '2025-04-02', { ...CHANGES, appId: 'range' });
    expect(summary).toMatchObject({ status: 'complete', notice, days: { total: 2, done: 2 } });
    expect(summary.mode).toBeUndefined();
    expect(fake.committed.map(({ rowsKey }) => rowsKey)).toEqual([undefined, undefined]);
    expect(fake.moved).toEqual([MOVE]);
  });

  it('does not move the watermark past a failed batch; a retry that heals it does', async () => {
    const { fake } = tests;
    const scope = prepare('failed');
    fake.broken['2025-03-01/0'] = { type: 'SourceRequest', once: true };
    const input = { ...CHANGES, ...scope };
    const summary = await tests.collect('changes-failed', '2025-03-01', input);
    expect(summary).toMatchObject({ status: 'partial', batches: { failed: 1 } });
    expect(fake.moved).toEqual([]);
    const retry = { runId: summary.runId };
    const healed = await tests.collect('changes-failed', '2025-03-01', { ...input, retry });
    expect(healed).toMatchObject({ status: 'complete', batches: { failed: 0 } });
    expect(fake.fetched.at(-1)).toMatchObject({ day: '2025-03-01', rowsKey: 'changes/2025-03-01' });
    expect(fake.moved).toEqual([MOVE]);
  });

  it('goes on after a continue-as-new with the days that are left', async () => {
    const { fake } = tests;
    const scope = prepare('continued');
    const summary = await tests.collect('changes-continued', '2025-03-01', {
      ...CHANGES,
      ...scope,
      batchSize: 1,
      maxHistoryLength: 60,
    });
    expect(summary).toMatchObject({ status: 'complete', batches: { done: 32 } });
    expect(fake.committed).toHaveLength(2);
    expect(fake.moved).toEqual([MOVE]);
  });
});

describe('the first reading of all days', () => {
  it('sets the watermark, unless a limit left something out', async () => {
    const { fake } = tests;
    fake.days = { '2025-06-01': 4 };
    await tests.collect('first-watermark', '2025-06-01', { setWatermark: true });
    expect(fake.moved).toMatchObject([{ from: '2025-06-01', until: 1_000 }]);
    await tests.collect('first-limited', '2025-06-01..2025-06-02', { setWatermark: true, limit: 4 });
    expect(fake.moved).toHaveLength(1);
  });
});

describe('reconcile', () => {
  const comparison = (days: Record<string, number>): Comparison => {
    const plan = changesOf(days);
    if (plan.kind !== 'changes') throw new Error('no plan');
    return {
      compared: { source: 10, lake: 9 },
      differences: { deleted: 2, missing: 3, changed: 0, deletedMessages: 0, moved: 0 },
      changed: plan.changed,
      goneDays: [{ day: '2025-05-07', key: 'gone-2025-05-07', conversations: 2 }],
      findingsKey: 'findings',
    };
  };

  it('reads again what differs and marks what is gone', async () => {
    const { fake } = tests;
    fake.days = { '2025-05-05': 3 };
    fake.comparison = comparison(fake.days);
    expect(await tests.reconcile('reconcile')).toMatchObject({
      status: 'complete',
      step: 'done',
      source: { conversations: 10, messages: 40 },
      unmatched: { undatedConversations: 1, orphanMessages: 2 },
      healed: { read: 3, gone: 2 },
      findingsKey: 'findings',
    });
    expect(fake.committed).toMatchObject([{ day: '2025-05-05', rowsKey: 'changes/2025-05-05' }]);
    expect(fake.dropped).toEqual([{ day: '2025-05-07', gone: 'mark' }]);
    expect(fake.projected).toEqual(['2025-05-07']);
    expect(fake.moved).toEqual([]);
    // Once for what was read again, by the collection that read it, and once for what was marked.
    const { mongodb } = STARTING.collect;
    expect(tests.reports.refreshed).toEqual([mongodb, mongodb]);
    expect(tests.reports.scopes).toEqual([
      { startDate: '2025-05-05', endDate: '2025-05-05', appId: null },
      { startDate: '2025-05-01', endDate: '2025-05-31', appId: null },
    ]);
  });

  it('removes it where told, from MongoDB as well', async () => {
    const { fake } = tests;
    fake.comparison = { ...comparison({}), changed: null };
    const stale = { kind: 'daily' as const, period: '2025-05-07', appId: 'removing' };
    tests.reports.stale = [stale];
    await tests.reconcile('reconcile-remove', { appId: 'removing', gone: 'remove' });
    expect(fake.dropped).toEqual([{ day: '2025-05-07', gone: 'remove' }]);
    expect(fake.projected).toEqual(['gone-2025-05-07']);
    expect(tests.reports.scopes).toEqual([
      { startDate: '2025-05-01', endDate: '2025-05-31', appId: 'removing' },
    ]);
    const report = tests.env.client.workflow.getHandle<typeof buildReport>(reportWorkflowId(stale));
    expect(await report.result()).toMatchObject({ phase: 'done', status: 'final' });
  });

  it('changes nothing in a dry run, which is partial where anything differs', async () => {
    const { fake } = tests;
    fake.days = { '2025-05-05': 3 };
    fake.comparison = comparison(fake.days);
    const result = await tests.reconcile('reconcile-dry', { appId: 'dry', dryRun: true });
    expect(result).toMatchObject({ status: 'partial', healed: { read: 0, gone: 0 } });
    expect([fake.committed, fake.dropped, tests.reports.scopes]).toEqual([[], [], []]);
  });

  it('is partial where something could not be read again', async () => {
    const { fake } = tests;
    fake.days = { '2025-05-05': 3 };
    fake.comparison = comparison(fake.days);
    fake.broken['2025-05-05/0'] = { type: 'SourceRequest' };
    expect(await tests.reconcile('reconcile-partial', { appId: 'partial' })).toMatchObject({
      status: 'partial',
      healed: { read: 0, gone: 2 },
    });
  });
});
