import { loadConfig, mergedEnvironment } from '../config.js';
import { dayOf } from '../domain/period.js';
import type { DayCount, SourceInspection } from '../ports/source-inspector.js';
import { parseAppId, parseRange } from './arguments.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { colorsFor, type Colors } from './render/colors.js';
import { count, plural } from './render/format.js';
import { dayLines, tableLines } from './render/layout.js';

export interface InspectRequest {
  startDate?: string | undefined;
  endDate?: string | undefined;
  appId?: string | undefined;
  json: boolean;
}

/** Longest range that is counted day by day. */
const MAX_DAYS = 3_660;

/** The `inspect` command: what NocoDB holds, and what the mapping makes of it. */
export async function inspect(request: InspectRequest, io: Io): Promise<ExitCode> {
  const range = rangeOf(request);
  const config = loadConfig({ env: mergedEnvironment({ env: io.env }), dotenvPath: null });
  if (config.nocodb === null) {
    throw new UsageError(
      'NOCODB_BASE_URL is not set: there is nothing to look at.\n' +
        'Connect to your NocoDB: conversation-analytics init\n' +
        'or set NOCODB_BASE_URL, NOCODB_API_TOKEN and NOCODB_PROJECT_ID.',
    );
  }
  const { createNocoDbSource } = await import('../adapters/nocodb/index.js');
  const source = createNocoDbSource(config.nocodb);
  const signal = new AbortController().signal;
  try {
    const found = await source.inspect(signal);
    const appId = request.appId === undefined ? undefined : parseAppId(request.appId);
    const days = range && (await source.countDays({ ...range, appId }, signal));
    if (request.json) printJson(io, { ...found, days });
    else {
      const colors = colorsFor(io.stdout, io.env);
      printLines(io.stdout, [
        ...foundLines(found, colors),
        ...(days ? [...dayLines(days, colors), totalOf(days)] : []),
      ]);
    }
    return EXIT.complete;
  } finally {
    await source.close();
  }
}

function rangeOf({ startDate, endDate, appId }: InspectRequest) {
  if (startDate === undefined) {
    const flag = endDate === undefined ? (appId === undefined ? undefined : '--app-id') : '--end-date';
    if (flag === undefined) return null;
    throw new UsageError(
      `${flag} says what to count, and --start-date is missing.\nAllowed is a UTC day YYYY-MM-DD.\nFor example: --start-date ${dayOf(Date.now())}`,
    );
  }
  const range = parseRange(startDate, endDate ?? dayOf(Date.now()), Date.now());
  const days = (Date.parse(range.endDate) - Date.parse(range.startDate)) / 86_400_000 + 1;
  if (days <= MAX_DAYS) return range;
  throw new UsageError(
    `--start-date ${startDate} makes a range of ${count(days)} days.\nAllowed are ${count(MAX_DAYS)}, a count each.\nLeave both days out to see the first and the last.`,
  );
}

function foundLines(found: SourceInspection, colors: Colors): string[] {
  const { base, firstDay, lastDay, undatedConversations: undated } = found;
  const span =
    firstDay === null
      ? 'No conversation has a day that can be collected.'
      : `${plural(found.datedConversations, 'conversation')} from ${firstDay} to ${lastDay ?? firstDay}`;
  return [
    `${colors.bold(`Base ${base.title ?? base.id}`)} ${colors.dim(`(${base.id}; keys begin with ${found.source}:)`)}`,
    ...found.tables.flatMap((table) => tableLines(table, colors)),
    span,
    ...(undated === 0
      ? []
      : [
          colors.yellow(
            `${plural(undated, 'conversation')} without a start, before 2000 or in the future: no range holds them`,
          ),
        ]),
  ];
}

function totalOf(days: readonly DayCount[]): string {
  const total = days.reduce((sum, { conversations }) => sum + conversations, 0);
  return `${plural(total, 'conversation')} on ${plural(days.length, 'day')}`;
}
