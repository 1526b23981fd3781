import type { ScheduleRow } from '../schedules/listing.js';
import type { ScheduleChange } from '../schedules/plan.js';
import type { Colors } from './colors.js';
import { count } from './format.js';
import { textTable } from './table.js';

/** What `schedule apply` does, or would do, a Schedule a line; settings that change stand beneath it. */
export function changeLines(changes: readonly ScheduleChange[], dryRun: boolean, colors: Colors): string[] {
  if (changes.length === 0) return ['No schedules.'];
  const would = dryRun ? 'would be ' : '';
  return changes.flatMap(({ name, action, differences }) => {
    switch (action) {
      case 'keep':
        return [colors.dim(`= ${name}: as it is wanted`)];
      case 'create':
        return [
          colors.green(`+ ${name}: ${would}created`),
          ...differences.map(({ setting, to }) => `    ${setting}: ${to ?? ''}`),
        ];
      case 'update':
        return [
          colors.yellow(`~ ${name}: ${would}updated`),
          ...differences.map(
            ({ setting, from, to }) => `    ${setting}: ${from ?? 'none'} → ${to ?? 'none'}`,
          ),
        ];
      case 'delete':
        return [colors.red(`- ${name}: ${would}removed`)];
    }
  });
}

/** The Schedules as a table; notes of those that are paused stand beneath it. */
export function scheduleTable(schedules: readonly ScheduleRow[], colors: Colors): string[] {
  if (schedules.length === 0)
    return ['No schedules.', 'Make some: conversation-analytics schedule apply --help'];
  const cells = schedules.map((row) => [
    row.name,
    row.kind === 'collect' ? 'collect' : `${row.kind} report`,
    row.appId ?? 'all',
    `${row.fires} ${row.timezone}`,
    row.paused ? 'paused' : minute(row.nextAt),
    minute(row.last?.scheduledAt ?? null),
    count(row.firings),
  ]);
  return [
    ...textTable(['NAME', 'DOES', 'APPS', 'FIRES', 'NEXT (UTC)', 'LAST (UTC)', 'FIRED'], cells, colors),
    ...schedules.flatMap(({ name, paused, note, missed }) => [
      ...(paused ? [colors.yellow(`${name} is paused${note === '' ? '' : `: ${note}`}`)] : []),
      ...(missed > 0 ? [colors.yellow(`${name} has missed ${count(missed)} firings for good`)] : []),
    ]),
  ];
}

function minute(at: string | null): string {
  return at === null ? '-' : at.slice(0, 16).replace('T', ' ');
}
