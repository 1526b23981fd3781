import { mergedEnvironment, type VariableName } from '../config.js';
import type { CollectInput } from '../domain/collection.js';
import type { DateRange } from './arguments.js';
import { startCollection, type CollectHandle } from './collection.js';
import { ensureSearchAttributes } from './connection.js';
import { UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { followCollection } from './follow.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { chooseOnInterrupt, onInterrupt, type InterruptChoice } from './interrupt.js';
import { missingWorkerMessage, noWorkerError, queuesWithoutPollers } from './pollers.js';
import { askLeaveOrCancel, canAsk } from './prompt.js';
import { colorsFor } from './render/colors.js';
import { createScreen, type Screen } from './render/screen.js';
import { summaryLines } from './render/summary.js';
import { buildReport, type CollectReport } from './report.js';
import { findSession, startSession, type Session } from './session.js';

export interface CollectRequest extends DateRange {
  appId?: string;
  batchSize?: number;
  limit?: number;
  mongodb: boolean;
  detach: boolean;
  json: boolean;
}

/** How long a worker that has just started may take to be seen. */
const POLLERS_GRACE_MS = 3_000;

/** The `collect` command: finds or starts what it needs, starts or attaches to the run, and shows it to its end. */
export async function collect(
  request: CollectRequest,
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
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
    return await runIn(session, request, screen, interruption, io);
  } finally {
    screen.done();
    if (session !== null) await session.close();
    // Last: until everything is stopped, a second Ctrl-C must find its listener.
    interruption.stop();
  }
}

async function runIn(
  session: Session,
  request: CollectRequest,
  screen: Screen,
  interruption: Interruption,
  io: Io,
): Promise<ExitCode> {
  const input = inputOf(request, session);
  if (session.isSample) screen.line('Source: generated sample conversations (NOCODB_BASE_URL is not set)');
  const missing = await queuesWithoutPollers(session.temporal, session.namespace, {
    graceMs: POLLERS_GRACE_MS,
  });
  if (missing.length > 0 && !request.detach) throw noWorkerError(missing, session.temporal.where);

  if (interruption.isPressed()) return EXIT.interrupted;
  const { handle, attached } = await startCollection(session.temporal, input);
  if (attached)
    screen.line('This range is already being collected: following that run, with its own settings.');
  if (session.webUi !== null) screen.line(`Web UI: ${runUrl(session, handle)}`);
  if (request.detach) {
    if (missing.length > 0) screen.line(missingWorkerMessage(missing, session.temporal.where));
    return detached(handle, attached, request, io);
  }

  interruption.situation(session.workerOutlives);
  const following = await followCollection(handle, {
    session,
    screen,
    limit: request.limit,
    interrupted: interruption.choice,
  });
  if (following.kind === 'interrupted') {
    return interruptedRun(following.choice, handle, request, screen);
  }
  const report = await buildReport(handle, following, session, { mongodb: input.mongodb });
  printReport(report, request.json, io);
  return report.exitCode;
}

/** What the workflow is asked to do. Without MongoDB in the configuration, rows go to the lake only. */
export function inputOf(request: CollectRequest, { config }: Pick<Session, 'config'>): CollectInput {
  const { concurrency } = config;
  return {
    startDate: request.startDate,
    endDate: request.endDate,
    batchSize: config.batchSize,
    concurrency: concurrency.multithreading ? concurrency.maxWorkers : 1,
    mongodb: request.mongodb && config.mongodb !== null,
    ...(request.appId === undefined ? {} : { appId: request.appId }),
    ...(request.limit === undefined ? {} : { limit: request.limit }),
  };
}

export function printReport(report: CollectReport, json: boolean, io: Io): void {
  if (json) printJson(io, report);
  else printLines(io.stdout, summaryLines(report, colorsFor(io.stdout, io.env)));
}

function runUrl({ webUi, namespace }: Session, handle: CollectHandle): string {
  return `${webUi ?? ''}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(handle.workflowId)}`;
}

function detached(handle: CollectHandle, attached: boolean, request: CollectRequest, io: Io): ExitCode {
  if (request.json) printJson(io, { workflowId: handle.workflowId, attached });
  else {
    printLines(io.stdout, [
      `${attached ? 'Already running' : 'Started'}: ${handle.workflowId}`,
      `Follow it: conversation-analytics status '${handle.workflowId}' --watch`,
    ]);
  }
  return EXIT.complete;
}

function interruptedRun(
  choice: 'leave' | 'drain',
  handle: CollectHandle,
  request: CollectRequest,
  screen: Screen,
): ExitCode {
  if (choice === 'leave') {
    screen.line('The run goes on without this command.');
    screen.line(`Follow it: conversation-analytics status '${handle.workflowId}' --watch`);
  } else {
    screen.line('Letting what is under way come to its end (Ctrl-C again to stop at once) …');
    screen.line(`The run is kept. Resume it: ${resumeLine(request)}`);
  }
  return EXIT.interrupted;
}

/** The command line that attaches to the same run again. */
export function resumeLine(request: CollectRequest): string {
  const parts = [
    'conversation-analytics collect',
    `--start-date ${request.startDate}`,
    `--end-date ${request.endDate}`,
  ];
  if (request.appId !== undefined) parts.push(`--app-id '${request.appId.replaceAll("'", `'\\''`)}'`);
  if (request.batchSize !== undefined) parts.push(`--batch-size ${request.batchSize}`);
  if (!request.mongodb) parts.push('--no-mongodb');
  if (request.limit !== undefined) parts.push(`--limit ${request.limit}`);
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
