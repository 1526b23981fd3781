import { reportFileKey } from '../../adapters/report-book/index.js';
import type { RevisionEntry } from '../../ports/report-book.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type Io } from '../globals.js';
import { launchOrTell } from '../open.js';
import { colorsFor } from '../render/colors.js';
import { reportSummary } from '../render/report.js';
import { findRevision } from './names.js';
import { withReports, type OpenReports } from './open-book.js';

export interface ShowRequest {
  name?: string | undefined;
  open: boolean;
  json: boolean;
}

/** The `report show` command: a summary for the terminal, or the whole document as JSON. */
export async function show(request: ShowRequest, io: Io): Promise<ExitCode> {
  return withReports(io, async (opened) => {
    const { reports, placeOf, signal } = opened;
    const entry =
      request.name === undefined
        ? await newest(opened)
        : (await findRevision(reports.book, request.name, signal)).entry;
    const revision = await reports.book.revision(entry.reportKey, signal);
    const page = await placeOf(reportFileKey(entry.reportKey, 'report.html'));
    if (request.json) printJson(io, { ...revision, builtAt: new Date(entry.builtAt).toISOString(), page });
    else printLines(io.stdout, [...reportSummary(revision, colorsFor(io.stdout, io.env)), page]);
    if (request.open) await launchOrTell(page, io);
    return EXIT.complete;
  });
}

/** The revision that was built last. */
async function newest({ reports, signal }: OpenReports): Promise<RevisionEntry> {
  let found: RevisionEntry | null = null;
  for await (const { revisions } of reports.book.records(signal)) {
    const last = revisions.at(-1);
    if (last !== undefined && (found === null || last.builtAt > found.builtAt)) found = last;
  }
  if (found !== null) return found;
  throw new UsageError(
    'No report is stored yet.\n' +
      'Allowed is the name of one, such as daily/2024-01-31.\n' +
      'Build one: conversation-analytics report build --help',
  );
}
