import { REPORT_KINDS, type ReportKind } from '../../domain/report/period.js';
import { statusInWords } from '../../domain/report/story.js';
import type { ReportRecord } from '../../ports/report-book.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type Io } from '../globals.js';
import { colorsFor, type Colors } from '../render/colors.js';
import { count } from '../render/format.js';
import { textTable } from '../render/table.js';
import { lakeLocation } from '../surroundings.js';
import { parseKind } from './names.js';
import { withReports } from './open-book.js';

export interface ListRequest {
  kind?: string;
  json: boolean;
}

/** The `report list` command: every stored report, the newest period first. */
export async function list(request: ListRequest, io: Io): Promise<ExitCode> {
  const kind = request.kind === undefined ? null : parseKind(request.kind);
  return withReports(io, async ({ config, reports, signal }) => {
    const records: ReportRecord[] = [];
    for await (const record of reports.book.records(signal))
      if (kind === null || record.kind === kind) records.push(record);
    records.sort(byPeriod);
    if (request.json) printJson(io, records);
    else if (records.length === 0) printLines(io.stdout, noReports(kind, lakeLocation(config)));
    else printLines(io.stdout, table(records, colorsFor(io.stdout, io.env)));
    return EXIT.complete;
  });
}

/** Daily, weekly, monthly; of each the newest period first, all apps before one of them. */
export function byPeriod(a: ReportRecord, b: ReportRecord): number {
  return (
    REPORT_KINDS.indexOf(a.kind) - REPORT_KINDS.indexOf(b.kind) ||
    b.period.localeCompare(a.period) ||
    (a.appId ?? '').localeCompare(b.appId ?? '')
  );
}

function noReports(kind: ReportKind | null, location: string): string[] {
  return [
    `No ${kind === null ? '' : `${kind} `}report is stored in ${location}.`,
    `Build one: conversation-analytics report build --help`,
  ];
}

function table(records: readonly ReportRecord[], colors: Colors): string[] {
  const cells = records.flatMap(({ kind, period, appId, revisions }) => {
    const newest = revisions.at(-1);
    if (newest === undefined) return [];
    const { reportKey, status, revision, changes, builtAt, approvedAt } = newest;
    return [
      [
        kind,
        period,
        appId ?? 'all',
        statusInWords(status, revision),
        revision === 1 ? '' : count(changes),
        new Date(builtAt).toISOString().slice(0, 16).replace('T', ' '),
        approvedAt === null ? '' : 'yes',
        reportKey,
      ],
    ];
  });
  return textTable(
    ['KIND', 'PERIOD', 'APP', 'STATUS', 'CHANGED', 'BUILT (UTC)', 'APPROVED', 'REPORT'],
    cells,
    colors,
  );
}
