import { mergedEnvironment, type VariableName } from '../config.js';
import type { CollectInput } from '../domain/collection.js';
import { runCollection, type CollectOutcome, type CollectRequest } from './collect-run.js';
import { ensureSearchAttributes } from './connection.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { chooseOnInterrupt, onInterrupt, type InterruptChoice } from './interrupt.js';
import { askLeaveOrCancel, canAsk } from './prompt.js';
import { colorsFor } from './render/colors.js';
import { createScreen, type Screen } from './render/screen.js';
import { summaryLines } from './render/summary.js';
import type { CollectReport } from './report.js';
import { findSession, startSession, type Session } from './session.js';
import { checkStateFile } from './state-keeper.js';

/** The `collect` command: finds or starts what it needs, starts or attaches to the run, and shows it to its end. */
export async function collect(
  request: CollectRequest & { json: boolean },
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  await checkStateFile(request);
  const screen = createScreen(io.stderr, colorsFor(io.stderr, io.env));
  const interruption = listen(io, screen);
  const env = mergedEnvironment({ env: io.env });
  const flags: Partial<Record<VariableName, string>> =
    request.batchSize === undefined ? {} : { BATCH_SIZE: String(request.batchSize) };
  const options = {
    env,
    flags,
    mongodb: request.mongodb,
    logLevel,
    tell: (line: string) => screen.line(screen.colors.dim(line)),
  };
  let session: Session | null = null;
  try {
    session = await findSession(options);
    if (session === null) {
      if (request.detach) throw nothingToDetachFrom();
      session = await interruption.orAbandon(startSession(options));
      if (session === null) return EXIT.interrupted;
    } else await ensureSearchAttributes(session.temporal, session.namespace);
    const outcome = await runCollection(session, request, {
      screen,
      interrupted: interruption.choice,
      isInterrupted: () => interruption.isPressed(),
      onRun: ({ workerOutlives }) => interruption.situation(workerOutlives),
    });
    return tellOutcome(outcome, request, screen, io);
  } finally {
    screen.done();
    if (session !== null) await session.close();
    // Last: until everything is stopped, a second Ctrl-C must find its listener.
    interruption.stop();
  }
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

export interface Interruption {
  /** Settles at the first Ctrl-C. */
  choice: Promise<InterruptChoice>;
  isPressed(): boolean;
  /** From now on a run is being watched. */
  situation(workerOutlives: boolean): void;
  /** The result of a start, or null where it was interrupted; what has started by then is closed again. */
  orAbandon(start: Promise<Session>): Promise<Session | null>;
  stop(): void;
}

/** Listens for Ctrl-C from the first moment on: what it means depends on how far things have come. */
export function listen(io: Io, screen: Screen): Interruption {
  let workerOutlives = false;
  let pressed = false;
  let resolve: (choice: InterruptChoice) => void = () => undefined;
  const choice = new Promise<InterruptChoice>((settle) => (resolve = settle));
  const ask = canAsk(io.stdin, io.stderr)
    ? async () => {
        screen.hold(true);
        const answer = await askLeaveOrCancel(io.stdin, io.stderr);
        screen.hold(false);
        return answer;
      }
    : null;
  const stop = onInterrupt((signal) => {
    pressed = true;
    void chooseOnInterrupt(signal, { workerOutlives, ask }).then(resolve);
  });
  return {
    choice,
    isPressed: () => pressed,
    situation: (outlives) => (workerOutlives = outlives),
    orAbandon: async (start) => {
      const first = await Promise.race([start, choice.then(() => null)]);
      if (first === null) {
        screen.line('Stopping what was started …');
        await start.then((session) => session.close()).catch(() => undefined);
      }
      return first;
    },
    stop,
  };
}
