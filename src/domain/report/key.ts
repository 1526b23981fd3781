import { encodeKeyPart } from '../key-part.js';
import { REPORT_KINDS, type ReportKind } from './period.js';

/** Which report: of a kind, a period, and one app or all. */
export interface ReportId {
  kind: ReportKind;
  /** `2024-01-31`, `2024-W05` or `2024-01`. */
  period: string;
  /** null: all apps. */
  appId: string | null;
}

/** Stands for all apps; ids of apps are percent-encoded, so that none can equal it. */
const ALL = '_all';

/** `daily/2024-01-31/_all`; other characters of an app id than letters, digits, `.` and `-` are percent-encoded. */
export function reportName({ kind, period, appId }: ReportId): string {
  return `${kind}/${period}/${appId === null ? ALL : encodeKeyPart(appId)}`;
}

/** `daily/2024-01-31/_all/r1` */
export function reportKey(id: ReportId, revision: number): string {
  return `${reportName(id)}/r${revision}`;
}

/** The report, and the revision where one is named; null: no key of a report. */
export function parseReportKey(key: string): (ReportId & { revision: number | null }) | null {
  const [kind = '', period = '', app = '', revision, more] = key.split('/');
  const number = revision === undefined ? null : Number(/^r([1-9]\d*)$/.exec(revision)?.[1]);
  if (more !== undefined || Number.isNaN(number)) return null;
  if (!(REPORT_KINDS as readonly string[]).includes(kind) || period === '' || app === '') return null;
  try {
    const appId = app === ALL ? null : decodeURIComponent(app);
    return { kind: kind as ReportKind, period, appId, revision: number };
  } catch {
    return null;
  }
}
