import type { Client, ScheduleDescription } from '@temporalio/client';

import type { ScheduleKind, TickInput } from '../../domain/schedule.js';
import { scheduleId, scheduleName } from '../../names.js';
import { listNames } from './plan.js';
import { describeSpec } from './settings.js';

/** A Schedule as people and programs see it; times are ISO 8601. */
export interface ScheduleRow {
  name: string;
  kind: ScheduleKind;
  /** null: all apps. */
  appId: string | null;
  /** `every 1h`, `06:00`, `monday 06:00`, `day 1 06:00`. */
  fires: string;
  timezone: string;
  paused: boolean;
  /** Who paused or resumed it and why; '' where nobody has. */
  note: string;
  /** null: it is paused, or nothing is planned. */
  nextAt: string | null;
  /** The last firing, and the workflow that it was; null: none yet. */
  last: { scheduledAt: string; workflowId: string } | null;
  firings: number;
  /** Firings that were missed for longer than the catch-up window, and are lost. */
  missed: number;
}

/** Our Schedules, in order of name. */
export async function readSchedules(client: Client): Promise<ScheduleRow[]> {
  const names = await listNames(client);
  return Promise.all(
    names.map(async (name) => rowOf(await client.schedule.getHandle(scheduleId(name)).describe())),
  );
}

export function rowOf({ scheduleId: id, spec, action, state, info }: ScheduleDescription): ScheduleRow {
  const { kind, appId } = tickOf(action);
  const last = info.recentActions.at(-1);
  return {
    name: scheduleName(id) ?? id,
    kind,
    appId: appId ?? null,
    fires: describeSpec(spec),
    timezone: spec.timezone ?? 'UTC',
    paused: state.paused,
    note: state.note ?? '',
    nextAt: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last:
      last === undefined
        ? null
        : { scheduledAt: last.scheduledAt.toISOString(), workflowId: last.action.workflow.workflowId },
    firings: info.numActionsTaken,
    missed: info.numActionsMissedCatchupWindow,
  };
}

/** What a Schedule tells each of its firings. */
export function tickOf({ args }: ScheduleDescription['action']): TickInput {
  const [tick] = (args ?? []) as TickInput[];
  if (tick === undefined) throw new Error('a schedule of ours without an argument');
  return tick;
}
