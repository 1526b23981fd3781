import { reportFileKey } from '../../adapters/report-book/index.js';
import { computeReport } from '../../activities/report-computation.js';
import { closingCommands, statusInWords, verdict } from '../../domain/report/story.js';
import { startReport } from '../../starting.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type GlobalOptions, type Io } from '../globals.js';
import { launchOrTell } from '../open.js';
import { colorsFor } from '../render/colors.js';
import { plural } from '../render/format.js';
import { withTemporal } from '../with-temporal.js';
import { parseKind, parseReportId } from './names.js';
import { withReports } from './open-book.js';

export interface BuildRequest {
  kind: string;
  period: string;
  appId?: string;
  open: boolean;
  deliver: boolean;
  json: boolean;
}

/**
 * The `report build` command: works in this process, on the committed days of the lake. What it stores is the revision
 * that a worker would have stored; delivery is a worker's.
 */
export async function build(request: BuildRequest, options: GlobalOptions, io: Io): Promise<ExitCode> {
  parseKind(request.kind);
  return withReports(io, async ({ config, reports, placeOf, signal }) => {
    const id = parseReportId(request, config.reports);
    const { document, conversationsCsv } = await computeReport(reports.data, id, signal);
    const { entry, stored } = await reports.book.publish(document, conversationsCsv, signal);
    const revision = await reports.book.revision(entry.reportKey, signal);
    const page = await placeOf(reportFileKey(entry.reportKey, 'report.html'));
    const workflowId = request.deliver ? await deliver() : null;
    const { reportKey, status, changes } = entry;
    const { coverage } = revision.document.head;
    if (request.json) {
      printJson(io, {
        reportKey,
        revision: entry.revision,
        status,
        stored,
        changes,
        coverage,
        page,
        workflowId,
      });
    } else {
      const colors = colorsFor(io.stdout, io.env);
      printLines(io.stdout, [
        `${colors.bold(reportKey)}: ${statusInWords(status, entry.revision)}${stored ? '' : ' (as it was)'}`,
        verdict(revision.document),
        ...(stored && entry.revision > 1
          ? [`${plural(changes, 'figure')} differ from the revision before.`]
          : []),
        ...(status === 'provisional'
          ? ['Not all of the period is collected:', ...closingCommands(revision.document)]
          : []),
        ...(workflowId === null ? [] : [`Delivered by ${workflowId}`]),
        page,
      ]);
    }
    if (request.open) await launchOrTell(page, io);
    return EXIT.complete;

    async function deliver(): Promise<string> {
      let started = '';
      await withTemporal(options, io, async ({ temporal }) => {
        ({ workflowId: started } = await startReport(
          temporal.client,
          { ...id, deliver: true },
          config.reports,
        ));
        return EXIT.complete;
      });
      return started;
    }
  });
}
