import { openLakeReader, type DayRange, type RejectListing } from '../adapters/lake/index.js';
import { REJECT_REASONS } from '../domain/records.js';
import { parseAppId } from './arguments.js';
import { describeLakeRange, parseLakeRange, parseRunId } from './day-range.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { withLakeStore } from './lake-store.js';
import { colorsFor, type Colors } from './render/colors.js';
import { count, plural } from './render/format.js';
import { textTable } from './render/table.js';
import { findSurroundings, lakeLocation } from './surroundings.js';

export interface RejectsRequest {
  run?: string | undefined;
  reason?: string | undefined;
  appId?: string | undefined;
  startDate?: string | undefined;
  endDate?: string | undefined;
  limit: number;
  json: boolean;
}

interface Selection {
  range: DayRange;
  appId: string | undefined;
  reason: string | undefined;
}

/** The `rejects` command: reads the committed days of the lake, and needs no Temporal. */
export async function rejects(request: RejectsRequest, io: Io): Promise<ExitCode> {
  const selection = select(request);
  const { config } = await findSurroundings(io);
  return withLakeStore(config, async (store) => {
    const reader = openLakeReader(store);
    const days = (await reader.committedDays(selection.range)).length;
    const listing = await reader.rejects(selection, request.limit, selection.range);
    if (request.json) printJson(io, { days, ...selection.range, ...listing });
    else if (days === 0) printLines(io.stdout, [noDays(selection.range, lakeLocation(config))]);
    else printLines(io.stdout, table(listing, selection, days, colorsFor(io.stdout, io.env)));
    return EXIT.complete;
  });
}

function select(request: RejectsRequest): Selection {
  const appId = request.appId === undefined ? undefined : parseAppId(request.appId);
  const reason = request.reason === undefined ? undefined : parseReason(request.reason);
  if (request.run === undefined) return { range: parseLakeRange(request, Date.now()), appId, reason };
  if (request.startDate !== undefined || request.endDate !== undefined) {
    throw new UsageError(
      `${JSON.stringify(request.run)} names its days; --start-date and --end-date cannot be used with it.\n` +
        'Allowed is a run, or days.\n' +
        `Leave one of them out: conversation-analytics rejects ${request.run}`,
    );
  }
  const run = parseRunId(request.run);
  return { range: run.range, appId: appId ?? run.appId, reason };
}

function parseReason(value: string): string {
  if ((REJECT_REASONS as readonly string[]).includes(value)) return value;
  throw new UsageError(
    `--reason ${JSON.stringify(value)} cannot be used.\n` +
      `Allowed are ${REJECT_REASONS.join(', ')}.\n` +
      'Leave it out to see every reason.',
  );
}

function noDays(range: DayRange, location: string): string {
  return `No day has been committed in ${location} (${describeLakeRange(range)}).`;
}

function table(
  { total, byReason, rows }: RejectListing,
  { range }: Selection,
  days: number,
  colors: Colors,
): string[] {
  const scope = `${plural(days, 'committed day')} (${describeLakeRange(range)})`;
  if (total === 0) return [`No rejects in ${scope}.`];
  const reasons = byReason.map(({ reason, rows: n }) => `  ${count(n).padStart(9)}  ${reason}`);
  const cells = rows.map((row) => [
    row.reason,
    row.table,
    row.source_row_id,
    row.field ?? '',
    row.app_id ?? '',
    row.conversation_key ?? '',
  ]);
  const heads = ['REASON', 'TABLE', 'ROW ID', 'FIELD', 'APP', 'CONVERSATION'];
  const more = total - rows.length;
  return [
    `${plural(total, 'reject')} in ${scope}`,
    ...reasons,
    '',
    ...textTable(heads, cells, colors),
    ...(more > 0 ? [`… and ${count(more)} more: --limit ${total}, or --json`] : []),
  ];
}
