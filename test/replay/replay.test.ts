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
    expect([...new Set(recorded.map(({ scenario }) => scenario))].sort()).toEqual([
      'cancelled',
      'complete',
      'continued-as-new',
      'mismatch',
      'partial',
      'paused',
      'search-attributes',
      'unknown-app',
    ]);
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
