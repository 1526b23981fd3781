import { Context } from '@temporalio/activity';
import type { CollectInput } from '../domain/collection.js';
import { PipelineError } from '../domain/errors.js';
import type { ReportId } from '../domain/report/key.js';
import { parsePeriod, type ReportCalendar } from '../domain/report/period.js';
import {
  collectDays,
  reportPeriod,
  type CollectTick,
  type ReportTick,
  type TickInput,
} from '../domain/schedule.js';
import { LOOK_AGAIN_SIGNAL, WORKFLOWS } from '../names.js';
import { collectStart, startReport, type CollectSettings } from '../starting.js';
import { runActivity } from './failures.js';

interface StartDeps {
  /** What a scheduled collection is asked to do, beside its days. */
  collect: CollectSettings;
  calendar: ReportCalendar;
  /** A report is made so long after the end of its period at the earliest, milliseconds. */
  settleMs: number;
  /** How long a scheduled report waits for its data, milliseconds. */
  waitMs: number;
}

/** Activities that start workflows and signal them, as a client does. */
export function createStartActivities(deps: StartDeps) {
  return {
    /**
     * Starts what a Schedule is for, under its business key; what runs already is attached to.
     * @param input.scheduledAt epoch ms for which the firing was scheduled, whenever it happens
     */
    startScheduled: async (input: {
      tick: TickInput;
      scheduledAt: number;
    }): Promise<{ workflowId: string; ms: number }> =>
      runActivity(() => {
        const { tick, scheduledAt } = input;
        return tick.kind === 'collect'
          ? startCollection(tick, scheduledAt, deps)
          : startScheduledReport(tick, scheduledAt, deps);
      }),

    /** Builds reports again whose days have been committed anew, and tells those that wait to look. */
    startReports: async (input: { reports: ReportId[] }): Promise<{ told: number; ms: number }> =>
      runActivity(async () => {
        const { client } = Context.current();
        const started = new Set<string>();
        for (const report of input.reports) {
          const { workflowId } = await startReport(client, { ...report, deliver: true }, deps.calendar);
          started.add(workflowId);
        }
        return { told: await tellRunningReports(started) };
      }),
  };
}

async function startCollection(
  tick: CollectTick,
  scheduledAt: number,
  { collect }: StartDeps,
): Promise<{ workflowId: string }> {
  const { appId, overlapDays } = tick;
  const input: CollectInput = {
    ...collectDays(tick, scheduledAt),
    ...collect,
    ...(appId === undefined ? {} : { appId }),
    ...(overlapDays === undefined ? { mode: 'changes' as const } : {}),
  };
  const { workflowId } = await Context.current().client.workflow.start(WORKFLOWS.collect, {
    ...collectStart(input),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return { workflowId };
}

async function startScheduledReport(
  tick: ReportTick,
  scheduledAt: number,
  { calendar, settleMs, waitMs }: StartDeps,
): Promise<{ workflowId: string }> {
  if (tick.timezone !== calendar.timezone || tick.weekStart !== calendar.weekStart) {
    throw new PipelineError(
      'InvalidInput',
      `the schedule goes by ${tick.timezone}, weeks from ${tick.weekStart}, and this worker by ${calendar.timezone}, ` +
        `weeks from ${calendar.weekStart}: give both the same REPORT_TIMEZONE and REPORT_WEEK_START, then ` +
        '`schedule apply` and `schedule resume`',
    );
  }
  const period = reportPeriod(tick, scheduledAt);
  const notBefore = parsePeriod(tick.kind, period, calendar).end + settleMs;
  const { client } = Context.current();
  return startReport(
    client,
    {
      kind: tick.kind,
      period,
      appId: tick.appId ?? null,
      wait: { notBefore, forMs: waitMs },
      deliver: true,
    },
    calendar,
  );
}

/**
 * Reports that wait for data look for themselves every few minutes: this only saves them the time.
 * @param told those that know already
 */
async function tellRunningReports(told: ReadonlySet<string>): Promise<number> {
  const { client } = Context.current();
  let count = 0;
  const query = `WorkflowType = '${WORKFLOWS.report}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (told.has(workflowId)) continue;
    // One that has ended meanwhile needs no telling.
    await client.workflow
      .getHandle(workflowId)
      .signal(LOOK_AGAIN_SIGNAL)
      .then(
        () => count++,
        () => undefined,
      );
  }
  return count;
}

export type StartActivities = ReturnType<typeof createStartActivities>;
