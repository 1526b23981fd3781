import type { DayRange } from '../adapters/lake/index.js';
import { parseRange } from './arguments.js';
import { ALL_APPS } from '../names.js';
import { UsageError } from './errors.js';

/** Days of a lake as flags name them: either may be left out. @throws UsageError */
export function parseLakeRange(
  { startDate, endDate }: { startDate?: string | undefined; endDate?: string | undefined },
  now: number,
): DayRange {
  if (startDate === undefined && endDate === undefined) return {};
  // What is left out is filled with the other, so that each is checked as everywhere else.
  const checked = parseRange(startDate ?? endDate ?? '', endDate ?? startDate ?? '', now);
  return {
    ...(startDate === undefined ? {} : { start: checked.startDate }),
    ...(endDate === undefined ? {} : { end: checked.endDate }),
  };
}

/** Days and app that the id of a run names, without asking Temporal. @throws UsageError */
export function parseRunId(id: string): { range: { start: string; end: string }; appId: string | undefined } {
  const match = /^collect\/([^/]+)\/(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(id);
  const [, app, start, end] = match ?? [];
  const appId = app === undefined ? null : decodeApp(app);
  if (start === undefined || end === undefined || appId === null) {
    throw new UsageError(
      `${JSON.stringify(id)} is not the id of a run.\n` +
        'Ids look like collect/_all/2026-08-01..2026-08-07.\n' +
        'List the last runs: conversation-analytics status',
    );
  }
  return { range: { start, end }, appId: app === ALL_APPS ? undefined : appId };
}

function decodeApp(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** `2026-08-01..2026-08-07`, `from 2026-08-01`, `to 2026-08-07` or `all days`. */
export function describeLakeRange({ start, end }: DayRange): string {
  if (start !== undefined && end !== undefined) return start === end ? start : `${start}..${end}`;
  if (start !== undefined) return `from ${start}`;
  return end === undefined ? 'all days' : `to ${end}`;
}
