import type { ReportCommits, ReportCoverage, ReportDocument } from '../domain/report/document.js';
import type { ReportKind, ReportPeriod } from '../domain/report/period.js';

export interface ReportRequest {
  kind: ReportKind;
  /** `2024-01-31`, `2024-W05` or `2024-01`; parsed before by `parsePeriod`. */
  period: string;
  /** null: all apps. */
  appId: string | null;
}

/** What can be said of a report without computing it: from manifests only. */
export interface ReportStanding {
  period: ReportPeriod;
  coverage: ReportCoverage;
  commits: ReportCommits;
}

/** A row per conversation of a report's cohort: what its CSV and its drill-downs list. No text. */
export type ReportConversation = Record<string, string | number | boolean | null>;

/** The numbers of reports, from the committed days of the lake. Throws PipelineError Lake*. */
export interface ReportData {
  computeReport(request: ReportRequest, signal: AbortSignal): Promise<ReportDocument>;
  /** Cheap: whether the period is covered, and from which commits its report would be made now. */
  standing(request: ReportRequest, signal: AbortSignal): Promise<ReportStanding>;
  /** Keys of the conversations that a metric's value counts (of a rate: its numerator), in order. */
  drillDown(request: ReportRequest, metric: string, signal: AbortSignal): Promise<string[]>;
  /** The cohort's conversations in order of start, then key. */
  conversations(request: ReportRequest, signal: AbortSignal): AsyncIterable<ReportConversation[]>;
  /** App ids of the lake; null: conversations without one. */
  apps(signal: AbortSignal): Promise<(string | null)[]>;
}
