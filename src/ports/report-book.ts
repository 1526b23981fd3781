import type { ReportDocument } from '../domain/report/document.js';
import type { ReportId } from '../domain/report/key.js';
import type { FigureChange, ReportStatus } from '../domain/report/lifecycle.js';

/** A stored revision, as the ledger knows it. */
export interface RevisionEntry {
  /** `daily/2024-01-31/_all/r1` */
  reportKey: string;
  revision: number;
  status: ReportStatus;
  /** Epoch ms. */
  builtAt: number;
  /** UTC day → commit that it was made from, or was found to agree with since. */
  commits: Record<string, string>;
  /** How many figures differ from the revision before. */
  changes: number;
  /** Epoch ms; null: nobody has approved it. */
  approvedAt: number | null;
}

/** `report.json`: a revision as a whole, without a clock. */
export interface StoredRevision {
  reportKey: string;
  revision: number;
  status: ReportStatus;
  /** Figures that differ from the revision before; empty in the first. */
  changes: FigureChange[];
  document: ReportDocument;
}

export interface ReportRecord extends ReportId {
  /** UTC days that the period overlaps, both inclusive. */
  startDate: string;
  endDate: string;
  /** From the first to the newest. */
  revisions: RevisionEntry[];
}

/** A receiver's line in the ledger: written before a message is sent, and again after. */
export interface DeliveryEntry {
  reportKey: string;
  recipient: string;
  state: 'sending' | 'sent';
  /** Of the first attempt, epoch ms. */
  startedAt: number;
  sentAt: number | null;
}

/** Stored reports and what became of them. Throws PipelineError Lake*. */
export interface ReportBook {
  /**
   * Stores a computed report as the revision that it is, where it is a new one. Safe to repeat; of two at the same time
   * one decides again.
   */
  publish(
    document: ReportDocument,
    conversationsCsv: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ entry: RevisionEntry; stored: boolean }>;
  record(id: ReportId, signal: AbortSignal): Promise<ReportRecord | null>;
  records(signal: AbortSignal): AsyncIterable<ReportRecord>;
  /** What a revision says of itself. */
  revision(reportKey: string, signal: AbortSignal): Promise<StoredRevision>;
  page(reportKey: string, signal: AbortSignal): Promise<Uint8Array>;
  /** Sets the approval of a revision; the first one stands. */
  approve(reportKey: string, signal: AbortSignal): Promise<RevisionEntry>;
  /** What was sent, or is being sent, of all revisions of a report. */
  deliveries(id: ReportId, signal: AbortSignal): Promise<DeliveryEntry[]>;
  recordDelivery(
    reportKey: string,
    recipient: string,
    state: DeliveryEntry['state'],
    signal: AbortSignal,
  ): Promise<void>;
}
