import { Context } from '@temporalio/activity';
import { PipelineError } from '../domain/errors.js';
import type { MissingRange, ReportDocument } from '../domain/report/document.js';
import type { ReportId } from '../domain/report/key.js';
import type { ReportStatus } from '../domain/report/lifecycle.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { ReportBook } from '../ports/report-book.js';
import type { ReportData } from '../ports/report-data.js';
import type { RefreshedUsers, UserAnalytics, UserProjection } from '../ports/user-analytics.js';
import type { ReportParcel } from '../ports/report-delivery.js';
import { runActivity } from './failures.js';
import { computeReport } from './report-computation.js';
import { deliverOnce, planDelivery, type DeliverySettings } from './report-delivery.js';
import { staleReports } from './report-staleness.js';
import { readStaged } from './staging.js';

/** How far the days of a report's period are known. */
export interface CoverageResult {
  complete: boolean;
  /** Epoch ms: everything before it is known; at most the end of the period. */
  watermark: number;
  /** First instant after the period, epoch ms. */
  periodEnd: number;
  missing: MissingRange[];
  ms: number;
}

export interface AggregateResult {
  /** Staged objects, for `storeReport`. */
  documentKey: string;
  conversationsKey: string;
  ms: number;
}

export interface StoreResult {
  /** `daily/2024-01-31/_all/r1` */
  reportKey: string;
  revision: number;
  status: ReportStatus;
  /** False: it was there already. */
  stored: boolean;
  /** Figures that differ from the revision before. */
  changes: number;
  ms: number;
}

export interface DeliveryPlan {
  /** Ids of those who have not had this revision and should; each is one `deliverReport`. */
  recipients: string[];
  /** True: nothing is sent before somebody approves it (`report approve`). */
  awaitsApproval: boolean;
  ms: number;
}

export interface DeliverResult {
  state: 'sent' | 'sent before';
  ms: number;
}

interface ReportDeps {
  data: ReportData;
  store: ObjectStore;
  book: ReportBook;
  delivery: DeliverySettings;
  /** Makes of a stored revision what is sent. */
  parcel: (reportKey: string, signal: AbortSignal) => Promise<ReportParcel>;
}

/** Light I/O of reports: how far days are known, storing, delivery. */
export function createReportActivities({ data, store, book, delivery, parcel }: ReportDeps) {
  return {
    /** How far the period is known, from manifests alone. */
    reportCoverage: async (input: ReportId): Promise<CoverageResult> =>
      runActivity(async (signal) => {
        const { coverage, period } = await data.standing(input, signal);
        return { ...coverage, periodEnd: period.end };
      }),

    /** Stores a computed report in the lake and MongoDB, where it is a new revision. */
    storeReport: async (
      input: Pick<AggregateResult, 'documentKey' | 'conversationsKey'>,
    ): Promise<StoreResult> =>
      runActivity(async (signal) => {
        const [body, conversations] = await Promise.all([
          readStaged(store, input.documentKey, signal),
          readStaged(store, input.conversationsKey, signal),
        ]);
        const document = JSON.parse(Buffer.from(body).toString('utf8')) as ReportDocument;
        const { entry, stored } = await book.publish(document, conversations, signal);
        const { reportKey, revision, status, changes } = entry;
        return { reportKey, revision, status, stored, changes };
      }),

    /** Removes what `aggregateReport` staged, once it is stored. */
    dropStagedReport: async (input: { keys: string[] }) =>
      runActivity(async (signal) => {
        await store.delete(input.keys, signal);
        return {};
      }),

    /** Who is to get a revision now. */
    planDelivery: async (input: { reportKey: string }): Promise<DeliveryPlan> =>
      runActivity((signal) => planDelivery(book, delivery, input.reportKey, signal)),

    /** Sends a revision to one receiver. */
    deliverReport: async (input: { reportKey: string; recipient: string }): Promise<DeliverResult> =>
      runActivity(async (signal) => {
        const recipient = delivery.recipients.find(({ id }) => id === input.recipient);
        if (recipient === undefined) {
          throw new PipelineError(
            'InvalidInput',
            `the receiver ${input.recipient} is not in the settings of this worker: give all workers the same REPORT_ variables`,
          );
        }
        return { state: await deliverOnce(book, recipient, await parcel(input.reportKey, signal), signal) };
      }),

    /**
     * Stored reports of which a day was committed since, or whose period is covered now: each is to be built again.
     * @param input days and app that were collected; null: all apps
     */
    staleReports: async (input: {
      startDate: string;
      endDate: string;
      appId: string | null;
    }): Promise<{ reports: ReportId[]; ms: number }> =>
      runActivity(async (signal) => ({ reports: await staleReports({ book, data }, input, signal) })),
  };
}

interface ReportComputeDeps extends Pick<ReportDeps, 'data' | 'store'> {
  users: UserAnalytics;
  /** null: no MongoDB. */
  userProjection: UserProjection | null;
}

/** The computing of reports and of users, on the queue of CPU work. */
export function createReportComputeActivities({ data, store, users, userProjection }: ReportComputeDeps) {
  return {
    /** Brings the rows of users up to date with the committed days. Safe to repeat. */
    refreshUsers: async (input: { mongodb: boolean }): Promise<RefreshedUsers & { ms: number }> =>
      runActivity((signal) => users.refresh(input.mongodb ? userProjection : null, signal)),

    /** Computes a report into staging: figures, and a line for each conversation. */
    aggregateReport: async (input: ReportId): Promise<AggregateResult> =>
      runActivity(async (signal) => {
        const { workflowExecution, attempt } = Context.current().info;
        const prefix = `_staging/${workflowExecution?.runId ?? 'none'}/report/${attempt}-`;
        const { document, conversationsCsv } = await computeReport(data, input, signal);
        const documentKey = `${prefix}document.json`;
        const conversationsKey = `${prefix}conversations.csv`;
        await Promise.all([
          store.put(documentKey, Buffer.from(JSON.stringify(document)), { signal }),
          store.put(conversationsKey, conversationsCsv, { signal }),
        ]);
        return { documentKey, conversationsKey };
      }),
  };
}

export type ReportActivities = ReturnType<typeof createReportActivities>;
export type ReportComputeActivities = ReturnType<typeof createReportComputeActivities>;
