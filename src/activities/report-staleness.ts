import type { ReportId } from '../domain/report/key.js';
import { sameEntries } from '../domain/report/lifecycle.js';
import type { ReportBook, ReportRecord } from '../ports/report-book.js';
import type { ReportData } from '../ports/report-data.js';

/** What was collected: inclusive UTC days, and an app; null: all apps. */
export interface CollectedScope {
  startDate: string;
  endDate: string;
  appId: string | null;
}

/**
 * Stored reports that were made from other commits of their days than stand now, and provisional ones whose period is
 * covered now, in the order of their names.
 */
export async function staleReports(
  { book, data }: { book: ReportBook; data: ReportData },
  scope: CollectedScope,
  signal: AbortSignal,
): Promise<ReportId[]> {
  const stale: ReportId[] = [];
  for await (const record of book.records(signal)) {
    const newest = record.revisions.at(-1);
    if (newest === undefined) continue;
    // A look that has found nothing new commits no day, and yet says that the days up to then are known.
    const isProvisional = newest.status === 'provisional';
    if (!isProvisional && !touches(record, scope)) continue;
    const { kind, period, appId } = record;
    const { commits, coverage } = await data.standing({ kind, period, appId }, signal);
    const isCovered = isProvisional && coverage.complete;
    if (isCovered || !sameEntries(commits.period, newest.commits)) stale.push({ kind, period, appId });
  }
  return stale;
}

/** Stored reports whose period overlaps one of these UTC days, of an app or (null) of any, in the order of their names. */
export async function reportsOf(
  book: Pick<ReportBook, 'records'>,
  days: readonly string[],
  appId: string | null,
  signal: AbortSignal,
): Promise<ReportId[]> {
  const reports: ReportId[] = [];
  for await (const record of book.records(signal)) {
    const { kind, period } = record;
    if (days.some((day) => touches(record, { startDate: day, endDate: day, appId })))
      reports.push({ kind, period, appId: record.appId });
  }
  return reports;
}

function touches({ appId, startDate, endDate }: ReportRecord, scope: CollectedScope): boolean {
  if (scope.appId !== null && appId !== null && appId !== scope.appId) return false;
  return startDate <= scope.endDate && endDate >= scope.startDate;
}
