import { jest } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { readHistories } from '../support/histories.js';
import { quietRuntime, workflowBundle } from '../support/temporal.js';

jest.setTimeout(60_000);

/** Releases must keep workflows alive that older releases started: their recorded histories replay with today's code. */
describe('replay of recorded histories', () => {
  const recorded = readHistories();

  beforeAll(quietRuntime);

  it('there is one for every scenario', () => {
    const spine = [
      'cancelled',
      'complete',
      'continued-as-new',
      'mismatch',
      'partial',
      'paused',
      'search-attributes',
      'unknown-app',
    ];
    const failures = [
      'accidents',
      'breaker',
      'cancelled-while-paused',
      'cannot-record',
      'closeRun-fails',
      'continued-with-failures',
      'finalizeDay-fails',
      'planDay-fails',
      'retried-when-closed',
      'retried-while-running',
      'retry-cancelled',
      'three-in-a-row',
    ];
    const changes = [
      'changes',
      'changes-as-range',
      'changes-continued',
      'changes-failed',
      'first-limited',
      'first-watermark',
      'nothing-new',
      'reconcile',
      'reconcile-dry',
      'reconcile-partial',
      'reconcile-remove',
    ];
    const reports = [
      'report',
      'report-approved',
      'report-kept',
      'report-provisional',
      'report-refused',
      'report-settles',
      'report-told',
      'report-twice',
      'report-waits',
      'reports-broken',
      'reports-follow',
      'tick-by-hand',
    ];
    const sweeps = ['sweep', 'sweep-paused', 'swept', 'swept-gone'];
    const recategorized = [
      'recategorize-cancelled',
      'recategorize-continued',
      'recategorize-crash',
      'recategorize-dry-run',
      'recategorize-human',
      'recategorize-other-app',
      'recategorize-reports-follow',
      'recategorize-stale',
      'recategorize-switched',
      'recategorize-unchanged',
      'recategorize-without-text',
    ];
    const of = (wanted: string) =>
      [
        ...new Set(recorded.filter(({ release }) => release === wanted).map(({ scenario }) => scenario)),
      ].sort();
    expect(of('0.1.0')).toEqual(spine);
    expect(of('0.2.0')).toEqual([...spine, ...failures].sort());
    expect(of('0.3.0')).toEqual([...spine, ...sweeps, ...changes, ...recategorized, ...reports].sort());
  });

  it.each(recorded)('$release $scenario: $workflowId', async ({ workflowId, history }) => {
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
  });

  it('notices a change: two activities in another order', async () => {
    const batch = readHistories().find(({ workflowId }) => /\/0$/.test(workflowId))!;
    const scheduled = batch.history.events!.flatMap(
      (event) => event.activityTaskScheduledEventAttributes ?? [],
    );
    const [first, second] = scheduled;
    [first!.activityType, second!.activityType] = [second!.activityType!, first!.activityType!];
    await expect(
      Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, batch.history, batch.workflowId),
    ).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });
});
