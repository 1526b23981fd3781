import { parseReportKey, reportName, type ReportId } from '../../domain/report/key.js';

/**
 * Keys of stored reports. A revision's files lie together: `analytics_reports/daily/2024-01-31/_all/r1/report.html`. The
 * ledger is apart, since it has the clock: `_state/reports/daily/2024-01-31/_all.json`, and a line for each receiver:
 * `_state/deliveries/daily/2024-01-31/_all/r1/email-1f0c….json`.
 */
export const REPORTS_PREFIX = 'analytics_reports/';
export const LEDGER_PREFIX = '_state/reports/';
const DELIVERIES_PREFIX = '_state/deliveries/';

export const REPORT_FILES = [
  'report.json',
  'report.parquet',
  'report.html',
  'days.csv',
  'conversations.csv',
] as const;
export type ReportFile = (typeof REPORT_FILES)[number];

export function reportFileKey(reportKey: string, file: ReportFile): string {
  return `${REPORTS_PREFIX}${reportKey}/${file}`;
}

export function ledgerKey(id: ReportId): string {
  return `${LEDGER_PREFIX}${reportName(id)}.json`;
}

/** Which report a ledger is about; null: the key is none of a ledger. */
export function parseLedgerKey(key: string): ReportId | null {
  const name = key.startsWith(LEDGER_PREFIX) ? key.slice(LEDGER_PREFIX.length) : '';
  const id = name.endsWith('.json') ? parseReportKey(name.slice(0, -'.json'.length)) : null;
  return id?.revision === null ? id : null;
}

export function deliveryKey(reportKey: string, recipient: string): string {
  return `${DELIVERIES_PREFIX}${reportKey}/${recipient}.json`;
}

export function deliveriesPrefix(id: ReportId): string {
  return `${DELIVERIES_PREFIX}${reportName(id)}/`;
}
