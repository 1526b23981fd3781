import type { Coverage, RunFailures, ScheduleListing, StatusReport, WatermarkListing } from '../overview.js';
import { calendarLegend, calendarLines } from './calendar.js';
import type { Colors } from './colors.js';
import { plural } from './format.js';
import { runTable } from './runs.js';

/** The bare `status` for people: runs, coverage, failures, the next schedule. */
export function overviewLines(report: StatusReport, colors: Colors, now = Date.now()): string[] {
  const { runs, coverage, failures, schedules } = report;
  return [
    ...(runs.length === 0
      ? [`No collection has run at ${report.temporal} yet.`]
      : runTable(runs, colors, now)),
    '',
    ...coverageLines(coverage, colors, now),
    '',
    ...failureLines(failures, colors),
    scheduleLine(schedules),
  ];
}

function coverageLines({ lake, problem, apps }: Coverage, colors: Colors, now: number): string[] {
  if (problem !== null) return [colors.yellow(`The lake at ${lake} cannot be read from here: ${problem}`)];
  if (apps.length === 0) return [`The lake at ${lake} holds no day yet.`];
  return [
    `${colors.bold('COVERAGE')} (UTC days, ${lake})  ${calendarLegend(colors)}`,
    ...apps.flatMap(({ appId, days, watermarks }) => {
      const complete = days.filter(({ state }) => state === 'complete').length;
      const rest = days.length - complete;
      return [
        `${appId === null ? 'all apps' : `app ${appId}`}: ${plural(complete, 'day')} complete` +
          (rest === 0 ? '' : `, ${rest} partly`),
        ...watermarks.map(watermarkLine),
        ...calendarLines(days, colors, now).map((line) => `  ${line}`),
      ];
    }),
  ];
}

function watermarkLine({ from, until, checkedAt }: WatermarkListing): string {
  const minute = (at: string) => `${at.slice(0, 16).replace('T', ' ')} UTC`;
  const looked = checkedAt > until ? `, nothing newer at ${minute(checkedAt)}` : '';
  return `  every change of days from ${from} on is in until ${minute(until)}${looked}`;
}

function failureLines(failures: readonly RunFailures[], colors: Colors): string[] {
  return failures.flatMap(({ workflowId, failedBatches }) => [
    colors.red(`${workflowId}: ${failedBatches} ${failedBatches === 1 ? 'batch' : 'batches'} failed`),
    `  Which and why: conversation-analytics failures '${workflowId}'`,
    `  Run them again: conversation-analytics retry '${workflowId}'`,
  ]);
}

function scheduleLine(schedules: readonly ScheduleListing[] | null): string {
  if (schedules === null) return 'Schedules: Temporal does not say.';
  const [first, ...more] = schedules;
  if (first === undefined) return 'Schedules: none.';
  const at = first.nextAt === null ? 'nothing planned' : `${first.nextAt.slice(0, 16).replace('T', ' ')} UTC`;
  const others = more.length === 0 ? '' : ` (${more.length} more)`;
  return `Next schedule: ${first.id}, ${first.paused ? 'paused' : at}${others}`;
}
