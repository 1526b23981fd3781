import { reportFileKey } from '../adapters/report-book/index.js';
import { periodAt, REPORT_KINDS, type ReportKind } from '../domain/report/period.js';
import { dayStart } from '../domain/period.js';
import { startReport } from '../starting.js';
import type { buildReport } from '../workflows/index.js';
import type { Session } from './session.js';
import { withLakeStore } from './lake-store.js';

/** A report that the demo has built, and where its page lies. */
export interface DemoReport {
  kind: ReportKind;
  period: string;
  reportKey: string;
  status: string | null;
  /** Path of the HTML page. */
  page: string;
}

/**
 * A daily, a weekly and a monthly report of what was collected, built by the worker as a Schedule would have it: of the
 * last day, and of the week and month that it lies in.
 */
export async function buildDemoReports(
  { temporal, config }: Session,
  lastDay: string,
): Promise<DemoReport[]> {
  const { timezone, weekStart } = config.reports;
  const calendar = { timezone, weekStart };
  const { workflow } = temporal.client;
  return Promise.all(
    REPORT_KINDS.map(async (kind) => {
      const { name: period } = periodAt(kind, dayStart(lastDay), calendar);
      const input = { kind, period, appId: null, deliver: false };
      const { workflowId } = await startReport(temporal.client, input, calendar);
      const { reportKey, status } = await workflow.getHandle<typeof buildReport>(workflowId).result();
      if (reportKey === null) throw new Error(`${workflowId} has built no report`);
      const key = reportFileKey(reportKey, 'report.html');
      const page = await withLakeStore(config, (store) => store.localPath(key));
      return { kind, period, reportKey, status, page: page ?? key };
    }),
  );
}
