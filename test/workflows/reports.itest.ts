import type { BuildReportInput } from '../../src/domain/report/build.js';
import { reportName } from '../../src/domain/report/key.js';
import { LOOK_AGAIN_SIGNAL, QUEUES, reportWorkflowId, SEARCH_ATTRIBUTES } from '../../src/names.js';
import type { buildReport } from '../../src/workflows/index.js';
import { standingQuery } from '../../src/workflows/messages.js';
import { causes, until, WorkflowTests } from './harness.js';

const tests = new WorkflowTests({ executions: 9 });
/** Long enough that nothing in these tests comes to its end by waiting. */
const LONG_MS = 3_600_000;

async function start(scenario: string, period: string, rest: Partial<BuildReportInput> = {}) {
  const input: BuildReportInput = { kind: 'daily', period, appId: null, deliver: true, ...rest };
  tests.note(scenario, reportWorkflowId(input));
  const handle = await tests.env.client.workflow.start<typeof buildReport>('buildReport', {
    workflowId: reportWorkflowId(input),
    taskQueue: QUEUES.main,
    args: [input],
  });
  return { handle, name: reportName(input) };
}

async function runStatus(workflowId: string): Promise<string | undefined> {
  const { typedSearchAttributes } = await tests.env.client.workflow.getHandle(workflowId).describe();
  return typedSearchAttributes.get(SEARCH_ATTRIBUTES.runStatus);
}

describe('buildReport', () => {
  it('aggregates, stores and delivers', async () => {
    tests.reports.recipients = ['hook', 'mail'];
    const { handle, name } = await start('report', '2024-01-01');
    expect(await handle.result()).toEqual({
      phase: 'done',
      reportKey: `${name}/r1`,
      status: 'final',
      changes: 0,
      deliveries: [
        { recipient: 'hook', state: 'sent' },
        { recipient: 'mail', state: 'sent' },
      ],
    });
    expect(tests.reports.aggregated).toEqual([name]);
    expect(tests.reports.sent.sort()).toEqual([`${name}/r1 → hook`, `${name}/r1 → mail`]);
    expect(await runStatus(handle.workflowId)).toBe('complete');
  });

  it('waits for its data, and looks as soon as a collection has ended', async () => {
    tests.reports.covered = false;
    const wait = { notBefore: 0, forMs: LONG_MS };
    const { handle, name } = await start('report-waits', '2024-01-02', { wait });
    await until(() => tests.reports.looked.length === 1);
    expect(await handle.query(standingQuery)).toMatchObject({ phase: 'waiting for data', reportKey: null });
    expect(await runStatus(handle.workflowId)).toBe('waiting');
    // Told too early: it goes on waiting.
    await handle.signal(LOOK_AGAIN_SIGNAL);
    await until(() => tests.reports.looked.length === 2);
    expect(tests.reports.aggregated).toEqual([]);
    tests.reports.covered = true;
    await handle.signal(LOOK_AGAIN_SIGNAL);
    expect(await handle.result()).toMatchObject({ reportKey: `${name}/r1`, status: 'final' });
  });

  it('goes on as provisional when it has waited long enough', async () => {
    tests.reports.covered = false;
    const { handle, name } = await start('report-provisional', '2024-01-03', {
      wait: { notBefore: 0, forMs: 500 },
    });
    expect(await handle.result()).toMatchObject({ reportKey: `${name}/r1`, status: 'provisional' });
    expect(tests.reports.sent).toEqual([`${name}/r1 → hook`]);
  });

  it('is not made before its period has settled, however complete it looks', async () => {
    const notBefore = Date.now() + 2_000;
    const { handle } = await start('report-settles', '2024-01-04', { wait: { notBefore, forMs: LONG_MS } });
    await handle.result();
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore);
    expect(tests.reports.looked).toHaveLength(1);
  });

  it('is built once more when days are committed while it is built: nothing is missed', async () => {
    tests.reports.held = true;
    const { handle, name } = await start('report-twice', '2024-01-05');
    await until(() => tests.reports.aggregated.length === 1);
    await handle.signal(LOOK_AGAIN_SIGNAL);
    tests.reports.held = false;
    expect(await handle.result()).toMatchObject({ reportKey: `${name}/r2` });
    expect(tests.reports.aggregated).toEqual([name, name]);
  });

  it('sends nothing before it is approved, and then what is the newest', async () => {
    tests.reports.approval = true;
    const { handle, name } = await start('report-approved', '2024-01-06');
    await until(async () => (await handle.query(standingQuery)).phase === 'waiting for approval');
    expect(await runStatus(handle.workflowId)).toBe('waiting');
    // Days are committed meanwhile: built again, and still not sent.
    await handle.signal(LOOK_AGAIN_SIGNAL);
    await until(async () => {
      const { phase } = await handle.query(standingQuery);
      return tests.reports.aggregated.length === 2 && phase === 'waiting for approval';
    });
    expect(tests.reports.sent).toEqual([]);
    tests.reports.approved = true;
    await handle.signal(LOOK_AGAIN_SIGNAL);
    expect(await handle.result()).toMatchObject({ phase: 'done' });
    expect(tests.reports.sent).toEqual([`${name}/r3 → hook`]);
  });

  it('reaches the others where one receiver refuses, and says so', async () => {
    tests.reports.recipients = ['bad', 'good'];
    tests.reports.refusing.add('bad');
    const { handle } = await start('report-refused', '2024-01-07');
    const { deliveries } = await handle.result();
    expect(deliveries).toEqual([
      { recipient: 'bad', state: 'failed' },
      { recipient: 'good', state: 'sent' },
    ]);
    expect(await runStatus(handle.workflowId)).toBe('partial');
  });

  it('is stored and not sent where nobody asked for that', async () => {
    const { handle } = await start('report-kept', '2024-01-08', { deliver: false });
    expect(await handle.result()).toMatchObject({ phase: 'done', status: 'final', deliveries: [] });
    expect(tests.reports.sent).toEqual([]);
  });
});

describe('the end of a collection', () => {
  it('has reports built again whose days were committed anew, and tells those that wait', async () => {
    tests.reports.covered = false;
    const wait = { notBefore: 0, forMs: LONG_MS };
    const waiting = await start('report-told', '2024-01-09', { wait });
    await until(() => tests.reports.looked.length === 1);
    // It must be listed as running before it can be found.
    await until(async () => {
      const query = "WorkflowType = 'buildReport' AND ExecutionStatus = 'Running'";
      return (await tests.env.client.workflow.count(query)).count === 1;
    });
    tests.reports.covered = true;
    const restated = { kind: 'weekly' as const, period: '2024-W02', appId: 'a b' };
    tests.reports.stale = [restated];
    tests.fake.days = { '2024-01-09': 5 };

    const summary = await tests.collect('reports-follow', '2024-01-09');
    expect(summary.status).toBe('complete');
    expect(tests.reports.refreshed).toEqual([true]);
    expect(tests.reports.scopes).toEqual([{ startDate: '2024-01-09', endDate: '2024-01-09', appId: null }]);
    expect(await waiting.handle.result()).toMatchObject({ phase: 'done', status: 'final' });
    const again = tests.env.client.workflow.getHandle<typeof buildReport>('report/weekly/2024-W02/a%20b');
    expect(await again.result()).toMatchObject({ reportKey: 'weekly/2024-W02/a%20b/r1' });
    expect(tests.reports.sent).toContain('weekly/2024-W02/a%20b/r1 → hook');
  });

  it('is not held up, nor spoilt, by reports that cannot be compared', async () => {
    tests.reports.brokenStaleness = true;
    tests.fake.days = { '2024-01-10': 5 };
    expect(await tests.collect('reports-broken', '2024-01-10')).toMatchObject({ status: 'complete' });
  });
});

describe('tick', () => {
  it('is started by Schedules alone: it has no other way to know its period', async () => {
    tests.note('tick-by-hand', 'tick/by-hand');
    const handle = await tests.env.client.workflow.start('tick', {
      workflowId: 'tick/by-hand',
      taskQueue: QUEUES.main,
      args: [{ kind: 'daily', timezone: 'UTC', weekStart: 'monday' }],
    });
    const failed: unknown = await handle.result().catch((err: unknown) => err);
    expect(causes(failed).at(-1)).toMatchObject({ type: 'InvalidInput' });
  });
});
