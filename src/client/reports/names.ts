import { parseReportKey, reportKey, type ReportId } from '../../domain/report/key.js';
import {
  parsePeriod,
  PERIOD_FORMS,
  REPORT_KINDS,
  type ReportCalendar,
  type ReportKind,
} from '../../domain/report/period.js';
import type { ReportBook, ReportRecord, RevisionEntry } from '../../ports/report-book.js';
import { parseAppId } from '../arguments.js';
import { UsageError } from '../errors.js';

/** A report as `--kind`, `--period` and `--app-id` name it. @throws UsageError */
export function parseReportId(
  { kind, period, appId }: { kind: string; period: string; appId?: string | undefined },
  calendar: ReportCalendar,
): ReportId {
  const parsed = parseKind(kind);
  try {
    parsePeriod(parsed, period, calendar);
  } catch {
    const example = PERIOD_FORMS[parsed];
    throw new UsageError(
      `--period ${JSON.stringify(period)} is not a ${parsed} period.\n` +
        `Allowed is ${{ daily: 'a day', weekly: 'a week', monthly: 'a month' }[parsed]} such as ${example}.\n` +
        `For example: --kind ${parsed} --period ${example}`,
    );
  }
  return { kind: parsed, period, appId: appId === undefined ? null : parseAppId(appId) };
}

/** @throws UsageError */
export function parseKind(value: string): ReportKind {
  const kind = REPORT_KINDS.find((known) => known === value);
  if (kind !== undefined) return kind;
  throw new UsageError(
    `--kind ${JSON.stringify(value)} cannot be used.\n` +
      `Allowed are ${REPORT_KINDS.join(', ')}.\n` +
      `For example: --kind daily --period ${PERIOD_FORMS.daily}`,
  );
}

/**
 * What a person calls a report: `daily/2024-01-31` (all apps), `daily/2024-01-31/shop`, or with a revision
 * `daily/2024-01-31/_all/r2`. @throws UsageError
 */
export function parseReportName(name: string): { id: ReportId; revision: number | null } {
  const parts = name.split('/');
  const parsed = parseReportKey(parts.length === 2 ? `${name}/_all` : name);
  if (parsed !== null) {
    const { revision, ...id } = parsed;
    return { id, revision };
  }
  throw new UsageError(
    `${JSON.stringify(name)} is not the name of a report.\n` +
      'Names look like daily/2024-01-31, monthly/2024-01/shop or daily/2024-01-31/_all/r2.\n' +
      'List those that there are: conversation-analytics report list',
  );
}

/** A stored report, and the revision that is named; the newest where none is. @throws UsageError */
export async function findRevision(
  book: ReportBook,
  name: string,
  signal: AbortSignal,
): Promise<{ record: ReportRecord; entry: RevisionEntry }> {
  const { id, revision } = parseReportName(name);
  const record = await book.record(id, signal);
  const newest = record?.revisions.at(-1);
  if (record === null || newest === undefined) throw noSuchReport(name, id);
  if (revision === null) return { record, entry: newest };
  const entry = record.revisions.find((each) => each.revision === revision);
  if (entry !== undefined) return { record, entry };
  throw new UsageError(
    `${JSON.stringify(name)} has no revision ${revision}.\n` +
      `Allowed is 1 to ${newest.revision}, or none for the newest.\n` +
      `For example: conversation-analytics report show ${reportKey(id, newest.revision)}`,
  );
}

function noSuchReport(name: string, { kind, period, appId }: ReportId): UsageError {
  const app = appId === null ? '' : ` --app-id ${JSON.stringify(appId)}`;
  return new UsageError(
    `No report ${JSON.stringify(name)} is stored.\n` +
      'List those that there are: conversation-analytics report list\n' +
      `Build it: conversation-analytics report build --kind ${kind} --period ${period}${app}`,
  );
}
