import type { VariableName } from '../config.js';
import type { CollectInput } from '../domain/collection.js';
import { runCollection, type CollectOutcome, type CollectRequest } from './collect-run.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { colorsFor } from './render/colors.js';
import type { Screen } from './render/screen.js';
import { summaryLines } from './render/summary.js';
import type { CollectReport } from './report.js';
import { checkStateFile } from './state-keeper.js';
import { withSession } from './with-session.js';

/** The `collect` command: finds or starts what it needs, starts or attaches to the run, and shows it to its end. */
export async function collect(
  request: CollectRequest & { json: boolean },
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  await checkStateFile(request);
  const flags: Partial<Record<VariableName, string>> =
    request.batchSize === undefined ? {} : { BATCH_SIZE: String(request.batchSize) };
  const options = {
    flags,
    mongodb: request.mongodb,
    logLevel,
    ...(request.detach ? { refuseStart: nothingToDetachFrom } : {}),
  };
  return withSession(options, io, async (session, { screen, interruption }) => {
    const outcome = await runCollection(session, request, {
      screen,
      interrupted: interruption.choice,
      isInterrupted: () => interruption.isPressed(),
      onRun: ({ workerOutlives }) => interruption.situation(workerOutlives),
    });
    return tellOutcome(outcome, request, screen, io);
  });
}

function tellOutcome(
  outcome: CollectOutcome,
  request: CollectRequest & { json: boolean },
  screen: Screen,
  io: Io,
): ExitCode {
  switch (outcome.kind) {
    case 'ended':
      printReport(outcome.report, request.json, io);
      return outcome.report.exitCode;
    case 'detached':
      tellDetached(outcome, request.json, io);
      return EXIT.complete;
    case 'interrupted':
      if (outcome.run !== null) tellInterrupted(outcome.run, request, screen);
      return EXIT.interrupted;
    case 'nothing':
      screen.line(outcome.why);
      if (request.json) printJson(io, null);
      return EXIT.complete;
  }
}

export function printReport(report: CollectReport, json: boolean, io: Io): void {
  if (json) printJson(io, report);
  else printLines(io.stdout, summaryLines(report, colorsFor(io.stdout, io.env)));
}

function tellDetached(
  { workflowId, attached }: { workflowId: string; attached: boolean },
  json: boolean,
  io: Io,
): void {
  if (json) printJson(io, { workflowId, attached });
  else {
    printLines(io.stdout, [
      `${attached ? 'Already running' : 'Started'}: ${workflowId}`,
      `Follow it: conversation-analytics status '${workflowId}' --watch`,
    ]);
  }
}

function tellInterrupted(
  { workflowId, input, choice }: { workflowId: string; input: CollectInput; choice: 'leave' | 'drain' },
  { mongodb }: Pick<CollectRequest, 'mongodb'>,
  screen: Screen,
): void {
  if (choice === 'leave') {
    screen.line('The run goes on without this command.');
    screen.line(`Follow it: conversation-analytics status '${workflowId}' --watch`);
  } else {
    screen.line('Letting what is under way come to its end (Ctrl-C again to stop at once) …');
    screen.line(`The run is kept. Resume it: ${resumeLine(input, { mongodb })}`);
  }
}

/** The command line that attaches to the same run again: it keeps its own settings. */
export function resumeLine(
  { startDate, endDate, appId, mode }: Pick<CollectInput, 'startDate' | 'endDate' | 'appId' | 'mode'>,
  { mongodb }: Pick<CollectRequest, 'mongodb'>,
): string {
  const parts = ['conversation-analytics collect'];
  if (mode === undefined) parts.push(`--start-date ${startDate}`, `--end-date ${endDate}`);
  if (appId !== undefined) parts.push(`--app-id '${appId.replaceAll("'", `'\\''`)}'`);
  // Otherwise a MongoDB would be started for nothing.
  if (!mongodb) parts.push('--no-mongodb');
  return parts.join(' ');
}

function nothingToDetachFrom(): UsageError {
  return new UsageError(
    '--detach needs a Temporal whose workers go on when this command ends, and none is named.\n' +
      'Set TEMPORAL_ADDRESS (or a profile of the Temporal CLI), or start `conversation-analytics dev` in another terminal.\n' +
      'Without --detach, this command starts what it needs itself.',
  );
}
