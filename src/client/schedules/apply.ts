import { existsSync } from 'node:fs';

import { loadConfig, mergedEnvironment } from '../../config.js';
import type { ReportCalendar } from '../../domain/report/period.js';
import { ensureSearchAttributes } from '../connection.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type GlobalOptions, type Io } from '../globals.js';
import { colorsFor } from '../render/colors.js';
import { changeLines } from '../render/schedules.js';
import { withTemporal } from '../with-temporal.js';
import { definitionsOf, readSchedulesFile, SCHEDULES_FILE, type ScheduleDefinition } from './definitions.js';
import { applySchedules, planSchedules } from './plan.js';

export interface ApplyRequest {
  file?: string;
  collect?: string;
  daily?: string;
  weekly?: string;
  monthly?: string;
  appId?: string;
  dryRun: boolean;
  json: boolean;
}

/** The `schedule apply` command: makes the Schedules those that are wanted, and removes what is gone. */
export async function apply(request: ApplyRequest, options: GlobalOptions, io: Io): Promise<ExitCode> {
  const config = loadConfig({ env: mergedEnvironment({ env: io.env }), dotenvPath: null });
  const wanted = wantedSchedules(request, config.reports);
  return withTemporal(options, io, async (session) => {
    const { client } = session.temporal;
    const changes = await planSchedules(client, wanted);
    if (!request.dryRun) {
      await ensureSearchAttributes(session.temporal, session.namespace);
      await applySchedules(client, wanted, changes);
    }
    if (request.json) printJson(io, { applied: !request.dryRun, schedules: changes });
    else printLines(io.stdout, changeLines(changes, request.dryRun, colorsFor(io.stdout, io.env)));
    return EXIT.complete;
  });
}

/** Of flags where one names a schedule, else of the file. @throws UsageError */
export function wantedSchedules(request: ApplyRequest, calendar: ReportCalendar): ScheduleDefinition[] {
  const { file, appId } = request;
  const flagged = entriesOf(request);
  const [first] = Object.keys(flagged);
  if (file !== undefined && first !== undefined) {
    throw new UsageError(
      `--file ${JSON.stringify(file)} and --${first} are two places for the same schedules.\n` +
        'Allowed is a file, or flags.\nLeave one of them out.',
    );
  }
  if (first !== undefined) return definitionsOf({ schedules: flagged }, 'The flags', calendar);
  if (appId !== undefined) {
    throw new UsageError(
      `--app-id ${JSON.stringify(appId)} is given without a schedule.\n` +
        'Allowed is with --collect, --daily, --weekly or --monthly; in a file, app_id says it for each schedule.\n' +
        `For example: --daily 06:00 --app-id ${JSON.stringify(appId)}`,
    );
  }
  if (file === undefined && !existsSync(SCHEDULES_FILE)) {
    throw new UsageError(
      `Nothing is named to schedule, and there is no ${SCHEDULES_FILE} here.\n` +
        'Allowed is --file <path>, or one or more of --collect, --daily, --weekly and --monthly.\n' +
        'For example: --collect 1h --daily 06:00 --weekly 06:30 --monthly 07:00',
    );
  }
  return readSchedulesFile(file ?? SCHEDULES_FILE, calendar);
}

/** Flags as a file would say them. */
function entriesOf({ collect, daily, weekly, monthly, appId }: ApplyRequest): Record<string, object> {
  const scope = appId === undefined ? {} : { app_id: appId };
  const entries: Record<string, object> = {};
  if (collect !== undefined)
    entries['collect'] = { ...(collect.includes(':') ? { at: collect } : { every: collect }), ...scope };
  for (const [kind, at] of Object.entries({ daily, weekly, monthly }))
    if (at !== undefined) entries[kind] = { at, ...scope };
  return entries;
}
