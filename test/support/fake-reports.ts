import { ApplicationFailure, Context } from '@temporalio/activity';
import type { ReportActivities, ReportComputeActivities } from '../../src/activities/reports.js';
import { createStartActivities } from '../../src/activities/starting.js';
import { reportKey, reportName, type ReportId } from '../../src/domain/report/key.js';
import type { QueueRole } from '../../src/names.js';
import type { FakePipeline } from './fake-activities.js';

/**
 * Activities of reports over made-up numbers, for tests of the workflows alone. Typed as the real ones, so that a changed
 * signature breaks the compile.
 */
export class FakeReports {
  /** Whether every period is covered. */
  covered = true;
  /** Reports that are to be built again after a collection. */
  stale: ReportId[] = [];
  recipients = ['hook'];
  /** Receivers that refuse whatever they are sent. */
  refusing = new Set<string>();
  /** Reports wait for `approved`. */
  approval = false;
  approved = false;
  /** While true, aggregating does not come to its end. */
  held = false;
  /** Comparing stored reports fails, for good. */
  brokenStaleness = false;
  /** Names of reports, each time that they were looked at, aggregated, sent. */
  readonly looked: string[] = [];
  readonly aggregated: string[] = [];
  readonly sent: string[] = [];
  /** Whether with MongoDB, each time that users were refreshed. */
  readonly refreshed: boolean[] = [];
  readonly scopes: Parameters<ReportActivities['staleReports']>[0][] = [];
  private readonly revisions = new Map<string, number>();

  readonly main: ReportActivities = {
    reportCoverage: async (id) => {
      this.looked.push(reportName(id));
      return Promise.resolve({ complete: this.covered, watermark: 0, periodEnd: 0, missing: [], ms: 1 });
    },
    storeReport: async ({ documentKey }) => {
      const id = JSON.parse(documentKey) as ReportId;
      const revision = (this.revisions.get(reportName(id)) ?? 0) + 1;
      this.revisions.set(reportName(id), revision);
      const status = this.covered ? ('final' as const) : ('provisional' as const);
      return Promise.resolve({
        reportKey: reportKey(id, revision),
        revision,
        status,
        stored: true,
        changes: 0,
        ms: 1,
      });
    },
    dropStagedReport: async () => Promise.resolve({ ms: 1 }),
    planDelivery: async () => {
      const awaitsApproval = this.approval && !this.approved;
      return Promise.resolve({ recipients: awaitsApproval ? [] : this.recipients, awaitsApproval, ms: 1 });
    },
    deliverReport: async ({ reportKey: key, recipient }) => {
      if (this.refusing.has(recipient))
        throw ApplicationFailure.nonRetryable(`${recipient} refuses`, 'DeliveryRefused');
      this.sent.push(`${key} → ${recipient}`);
      return Promise.resolve({ state: 'sent', ms: 1 });
    },
    staleReports: async (scope) => {
      if (this.brokenStaleness) throw ApplicationFailure.nonRetryable('broken', 'LakeCorrupt');
      this.scopes.push(scope);
      return Promise.resolve({ reports: this.stale, ms: 1 });
    },
  };

  readonly process: ReportComputeActivities = {
    refreshUsers: async ({ mongodb }) => {
      this.refreshed.push(mongodb);
      return Promise.resolve({ users: 0, recomputed: 0, removed: 0, ms: 1 });
    },
    aggregateReport: async (id) => {
      this.aggregated.push(reportName(id));
      while (this.held) {
        Context.current().heartbeat();
        await Context.current().sleep(20);
      }
      return { documentKey: JSON.stringify(id), conversationsKey: '', ms: 1 };
    },
  };
}

/** Settings of what starts runs and reports. */
export const STARTING = {
  collect: { batchSize: 10, concurrency: 3, mongodb: true },
  calendar: { timezone: 'Europe/Berlin', weekStart: 'monday' as const },
  settleMs: 0,
  waitMs: 3_600_000,
};

/** The activities of every queue: those of a collection, and of the reports that follow it. */
export function allActivities(
  { main, source, process, categorize }: FakePipeline,
  reports = new FakeReports(),
): Record<QueueRole, object> {
  return {
    main: { ...main, ...reports.main, ...createStartActivities(STARTING) },
    source,
    process: { ...process, ...reports.process },
    categorize,
  };
}
