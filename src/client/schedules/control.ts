import { ScheduleNotFoundError, type ScheduleDescription, type ScheduleHandle } from '@temporalio/client';

import { scheduleId } from '../../names.js';
import { parseRange } from '../arguments.js';
import type { TemporalConnection } from '../connection.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type GlobalOptions, type Io } from '../globals.js';
import { colorsFor } from '../render/colors.js';
import { count } from '../render/format.js';
import { scheduleTable } from '../render/schedules.js';
import { withTemporal } from '../with-temporal.js';
import { planBackfill } from './backfill.js';
import { readSchedules, rowOf, tickOf } from './listing.js';
import { listNames } from './plan.js';

export interface ScheduleRequest {
  name: string;
  json: boolean;
}

/** The `schedule list` command. */
export async function list(
  { json }: Pick<ScheduleRequest, 'json'>,
  options: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  return withTemporal(options, io, async ({ temporal }) => {
    const schedules = await readSchedules(temporal.client);
    if (json) printJson(io, schedules);
    else printLines(io.stdout, scheduleTable(schedules, colorsFor(io.stdout, io.env)));
    return EXIT.complete;
  });
}

/** The `schedule pause` command: what has been started goes on. */
export function pause(request: ScheduleRequest & { reason: string }, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (handle) => {
    await handle.pause(request.reason);
    return `Paused: ${request.name} (${request.reason}).\nGo on: conversation-analytics schedule resume ${request.name}`;
  });
}

/** The `schedule resume` command. */
export function resume(request: ScheduleRequest, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (handle) => {
    await handle.unpause('resumed on the command line');
    const { nextAt } = rowOf(await handle.describe());
    return `Goes on: ${request.name}, next ${nextAt ?? 'never'}.`;
  });
}

/** The `schedule trigger` command: as if its time had come now. */
export function trigger(request: ScheduleRequest, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (handle) => {
    await handle.trigger();
    return `Fired: ${request.name}.\nWhat comes of it: conversation-analytics schedule list`;
  });
}

/** The `schedule backfill` command: fires for days that are past. */
export function backfill(
  request: ScheduleRequest & { from: string; to: string },
  options: GlobalOptions,
  io: Io,
) {
  const flags = { start: '--from', end: '--to', day: 'a day' };
  const days = parseRange(request.from, request.to, Date.now(), flags);
  return control(request, options, io, async (handle, { action, spec }) => {
    const tick = tickOf(action);
    const plan = planBackfill(tick, spec.intervals?.[0]?.every ?? null, days, Date.now());
    // The server leaves out the first instant of the range and takes the last: firings lie on whole minutes.
    const [start, end] = [new Date(plan.start - 1_000), new Date(plan.end - 1_000)];
    // A firing only starts what it is for, and ends: one after the other would take the server seconds for each.
    await handle.backfill({ start, end, overlap: 'ALLOW_ALL' });
    const what =
      plan.periods === null
        ? `collections of ${days.startDate} to ${days.endDate}`
        : `${count(plan.periods.length)} ${tick.kind} report${plan.periods.length === 1 ? '' : 's'}, ` +
          `${plan.periods[0] ?? ''} to ${plan.periods.at(-1) ?? ''}`;
    return `Fires for ${what}.\nWhat comes of it: conversation-analytics schedule list`;
  });
}

/** The `schedule delete` command: what it has started goes on. */
export function remove(request: ScheduleRequest, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (handle) => {
    await handle.delete();
    return `Removed: ${request.name}.`;
  });
}

async function control(
  { name, json }: ScheduleRequest,
  options: GlobalOptions,
  io: Io,
  tell: (handle: ScheduleHandle, description: ScheduleDescription) => Promise<string>,
): Promise<ExitCode> {
  return withTemporal(options, io, async ({ temporal }) => {
    const handle = temporal.client.schedule.getHandle(scheduleId(name));
    const description = await describe(handle);
    if (description === null) throw await unknownSchedule(temporal, name);
    const told = await tell(handle, description);
    const after = await describe(handle);
    if (json) printJson(io, after === null ? null : rowOf(after));
    else printLines(io.stdout, told.split('\n'));
    return EXIT.complete;
  });
}

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

async function unknownSchedule({ client, where }: TemporalConnection, name: string): Promise<UsageError> {
  const names = await listNames(client);
  return new UsageError(
    `No schedule ${JSON.stringify(name)} is known at ${where}.\n` +
      (names.length === 0
        ? 'There is none yet.\nMake some: conversation-analytics schedule apply --help'
        : `Those are ${names.join(', ')}.\nWhat each does: conversation-analytics schedule list`),
  );
}
