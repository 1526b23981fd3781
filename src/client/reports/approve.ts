import { startReport } from '../../starting.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type GlobalOptions, type Io } from '../globals.js';
import { withTemporal } from '../with-temporal.js';
import { findRevision } from './names.js';
import { withReports } from './open-book.js';

export interface ApproveRequest {
  name: string;
  json: boolean;
}

/** The `report approve` command: lets a revision be sent, and has the worker look at once. */
export async function approve(request: ApproveRequest, options: GlobalOptions, io: Io): Promise<ExitCode> {
  return withTemporal(options, io, ({ temporal }) =>
    withReports(io, async ({ config, reports, signal }) => {
      const { record, entry } = await findRevision(reports.book, request.name, signal);
      const { reportKey, approvedAt } = await reports.book.approve(entry.reportKey, signal);
      const { kind, period, appId } = record;
      const { workflowId } = await startReport(
        temporal.client,
        { kind, period, appId, deliver: true },
        config.reports,
      );
      const at = approvedAt === null ? null : new Date(approvedAt).toISOString();
      if (request.json) printJson(io, { reportKey, approvedAt: at, workflowId });
      else printLines(io.stdout, [`Approved: ${reportKey}.`, `It is delivered by ${workflowId}`]);
      return EXIT.complete;
    }),
  );
}
