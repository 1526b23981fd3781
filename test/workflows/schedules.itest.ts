import { jest } from '@jest/globals';
import { createStartActivities } from '../../src/activities/starting.js';
import { planBackfill } from '../../src/client/schedules/backfill.js';
import type { ScheduleDefinition } from '../../src/client/schedules/definitions.js';
import { readSchedules } from '../../src/client/schedules/listing.js';
import { applySchedules, listNames, planSchedules } from '../../src/client/schedules/plan.js';
import { addDays } from '../../src/domain/report/period.js';
import type { ReportTick } from '../../src/domain/schedule.js';
import { scheduleId } from '../../src/names.js';
import { FakeReports, STARTING } from '../support/fake-reports.js';
import { ScheduleRig } from '../support/schedule-rig.js';

jest.setTimeout(600_000);

const DAILY: ReportTick = { kind: 'daily', timezone: 'Europe/Berlin', weekStart: 'monday' };
let reports = new FakeReports();
const rig = new ScheduleRig(() => ({
  main: { ...reports.main, ...createStartActivities(STARTING) },
  process: reports.process,
}));

beforeAll(() => rig.start());
afterAll(() => rig.stop());
beforeEach(async () => {
  await rig.endWorker();
  reports = new FakeReports();
  await rig.startWorker();
});

function definition(name: string, rest: Partial<ScheduleDefinition> = {}): ScheduleDefinition {
  return { name, timing: { at: '06:00' }, jitterMs: 0, tick: DAILY, ...rest };
}

/** Makes the Schedules these, as the command does. */
async function apply(...wanted: ScheduleDefinition[]) {
  const changes = await planSchedules(rig.client, wanted);
  await applySchedules(rig.client, wanted, changes);
  // The list of Schedules follows after a moment.
  await until(async () => (await listNames(rig.client)).length === wanted.length);
  return Object.fromEntries(changes.map(({ name, action }) => [name, action]));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 180_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('the condition did not come true');
    await pause(100);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function ended(name: string): Promise<number> {
  return (await rig.firings(name)).filter(({ status }) => status === 'COMPLETED').length;
}

describe('schedule apply', () => {
  it('creates, changes nothing the second time, updates, and removes what is gone', async () => {
    const collect = definition('collect', {
      timing: { everyMs: 3_600_000 },
      tick: { kind: 'collect', timezone: 'UTC' },
    });
    const weekly = definition('weekly', { tick: { ...DAILY, kind: 'weekly' }, jitterMs: 300_000 });
    const monthly = definition('monthly', { tick: { ...DAILY, kind: 'monthly', appId: 'shop' } });
    const all = [collect, definition('daily'), weekly, monthly];
    expect(await apply(...all)).toEqual({
      collect: 'create',
      daily: 'create',
      weekly: 'create',
      monthly: 'create',
    });
    expect(await apply(...all)).toEqual({ collect: 'keep', daily: 'keep', weekly: 'keep', monthly: 'keep' });

    const paused = rig.client.schedule.getHandle(scheduleId('daily'));
    await paused.pause('holidays');
    const changes = await planSchedules(rig.client, [
      collect,
      definition('daily', { timing: { at: '07:30' } }),
    ]);
    expect(changes.map(({ name, action }) => [name, action]).sort()).toEqual([
      ['collect', 'keep'],
      ['daily', 'update'],
      ['monthly', 'delete'],
      ['weekly', 'delete'],
    ]);
    expect(changes.find(({ name }) => name === 'daily')?.differences).toEqual([
      { setting: 'fires', from: '06:00', to: '07:30' },
    ]);
    // A plan alone changes nothing.
    expect(await listNames(rig.client)).toEqual(['collect', 'daily', 'monthly', 'weekly']);
    await apply(collect, definition('daily', { timing: { at: '07:30' } }));
    const rows = await readSchedules(rig.client);
    expect(rows.map(({ name, fires, paused: isPaused, note }) => [name, fires, isPaused, note])).toEqual([
      ['collect', 'every 1h', false, ''],
      ['daily', '07:30', true, 'holidays'],
    ]);
  });

  it('notices what was changed elsewhere, and leaves schedules alone that are not ours', async () => {
    await rig.client.schedule.create({
      scheduleId: 'of-somebody-else',
      spec: { intervals: [{ every: '1d' }] },
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs' },
    });
    await apply(definition('daily'));
    const handle = rig.client.schedule.getHandle(scheduleId('daily'));
    await handle.update((previous) => ({
      ...previous,
      spec: { intervals: [{ every: '1h' }] },
      policies: { overlap: 'ALLOW_ALL' },
    }));
    const [change] = await planSchedules(rig.client, [definition('daily')]);
    expect(change).toMatchObject({ action: 'update' });
    expect(change?.differences.map(({ setting }) => setting).sort()).toEqual(
      ['catchup', 'fires', 'overlap', 'pauseOnFailure', 'timezone'].sort(),
    );
    expect(await apply(definition('daily'))).toEqual({ daily: 'update' });
    expect(await apply(definition('daily'))).toEqual({ daily: 'keep' });
    expect(await apply()).toEqual({ daily: 'delete' });
    await rig.client.schedule.getHandle('of-somebody-else').delete();
  });
});

describe('a schedule', () => {
  it('fires; jitter delays it, and does not move what it is about', async () => {
    const [everyMs, jitterMs] = [2_000, 1_500];
    await apply(definition('often', { timing: { everyMs }, jitterMs }));
    await until(async () => (await ended('often')) >= 4);
    const firings = await rig.firings('often');
    for (const { scheduledFor } of firings) expect(scheduledFor % everyMs).toBe(0);
    // The times are on the grid though the starts are not.
    expect(firings.some(({ scheduledFor, startedAt }) => startedAt - scheduledFor > 50)).toBe(true);
    // All of one day: one report, built once or again, under one id.
    expect(new Set(reports.aggregated).size).toBeLessThanOrEqual(2);
    await apply();
  });

  it('catches up after Temporal was down, each firing for its own time', async () => {
    const everyMs = 2_000;
    await apply(definition('steady', { timing: { everyMs } }));
    await until(async () => (await ended('steady')) >= 2);
    await rig.endWorker();
    await rig.stopServer();
    const down = Date.now();
    await pause(8_000);
    await rig.startServer();
    const up = Date.now();
    await rig.startWorker();
    await until(async () => (await rig.firings('steady')).some(({ scheduledFor }) => scheduledFor > up));
    const times = (await rig.firings('steady')).map(({ scheduledFor }) => scheduledFor);
    // None is missing, also of the time when nothing ran.
    const first = times[0]!;
    expect(times).toEqual(times.map((_, i) => first + i * everyMs));
    expect(times.filter((time) => time > down && time < up).length).toBeGreaterThanOrEqual(3);
    await apply();
  });

  it('that cannot start its report pauses, and says why', async () => {
    await apply(
      definition('elsewhere', {
        timing: { everyMs: 1_000 },
        tick: { ...DAILY, timezone: 'America/New_York' },
      }),
    );
    await until(async () => (await readSchedules(rig.client))[0]?.paused === true);
    const [row] = await readSchedules(rig.client);
    expect(row?.note).toContain('paused due to workflow failure');
    const [firing] = await rig.firings('elsewhere');
    const failed = rig.client.workflow.getHandle(firing!.workflowId).result();
    await expect(failed).rejects.toMatchObject({
      cause: {
        cause: { type: 'InvalidInput', message: expect.stringContaining('REPORT_TIMEZONE') as string },
      },
    });
    await apply();
  });
});

describe('a backfill of a month', () => {
  const days = Array.from({ length: 31 }, (_, i) => addDays('2024-01-01', i));

  it('builds each day its own report; those that wait for data block no other; a worker may go', async () => {
    reports.covered = false;
    const jitterMs = 3_600_000;
    await apply(definition('daily', { timing: { at: '00:00' }, jitterMs }));
    const handle = rig.client.schedule.getHandle(scheduleId('daily'));
    const plan = planBackfill(DAILY, null, { startDate: days[0]!, endDate: days.at(-1)! }, Date.now());
    await handle.backfill({
      start: new Date(plan.start - 1_000),
      end: new Date(plan.end - 1_000),
      overlap: 'ALLOW_ALL',
    });
    // Every firing has ended while every report still waits.
    await until(async () => (await ended('daily')) === 31);
    await until(async () => (await running()) === 31);
    expect(reports.aggregated.filter((name) => name.startsWith('daily/2024-01'))).toEqual([]);

    await rig.endWorker();
    reports.covered = true;
    await rig.startWorker();
    await Promise.all(
      days.map((day) => rig.client.workflow.getHandle(`report/daily/${day}/_all`).signal('lookAgain')),
    );
    await until(async () => (await running()) === 0);
    const ofMonth = (names: readonly string[]) =>
      names.filter((name) => name.startsWith('daily/2024-01')).sort();
    expect([...new Set(ofMonth(reports.aggregated))]).toEqual(days.map((day) => `daily/${day}/_all`));
    expect(ofMonth(reports.sent)).toEqual(days.map((day) => `daily/${day}/_all/r1 → hook`));
    const firings = await rig.firings('daily');
    expect(firings.map(({ scheduledFor }) => new Date(scheduledFor).toISOString())).toEqual(
      days.map((day) => `${day}T23:00:00.000Z`),
    );
    await apply();
  });
});

async function running(): Promise<number> {
  // Of this month alone: other tests may have left reports that wait.
  const query = "WorkflowId STARTS_WITH 'report/daily/2024-01' AND ExecutionStatus = 'Running'";
  return (await rig.client.workflow.count(query)).count;
}
