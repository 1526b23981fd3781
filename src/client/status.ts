import { mergedEnvironment } from '../config.js';
import { findCollection, listCollections, type CollectHandle, type RunListing } from './collection.js';
import { CliError, UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { followCollection, type Following } from './follow.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { onInterrupt, type InterruptChoice } from './interrupt.js';
import { colorsFor } from './render/colors.js';
import { runTable } from './render/runs.js';
import { createScreen } from './render/screen.js';
import { printReport } from './collect.js';
import { buildReport } from './report.js';
import { findSession, type Session } from './session.js';
import { standing } from './standing.js';

const RUNS_SHOWN = 20;

export interface StatusRequest {
  id: string | undefined;
  watch: boolean;
  json: boolean;
}

/** The `status` command: only looks, starts nothing. */
export async function status(request: StatusRequest, { logLevel }: GlobalOptions, io: Io): Promise<ExitCode> {
  const env = mergedEnvironment({ env: io.env });
  const session = await findSession({ env, mongodb: true, logLevel, tell: () => undefined });
  if (session === null) throw noTemporal();
  try {
    if (request.id === undefined && !request.watch) return await list(session, request, io);
    const handle = await handleOf(session, request.id);
    return await show(session, handle, request, io);
  } finally {
    await session.close();
  }
}

export function noTemporal(): CliError {
  return new CliError(
    EXIT.unreachable,
    'No Temporal is named, and no `dev` is running on this data directory.\n' +
      'Set TEMPORAL_ADDRESS (or a profile of the Temporal CLI),\n' +
      'or start the local stack: conversation-analytics dev',
  );
}

async function list(session: Session, { json }: StatusRequest, io: Io): Promise<ExitCode> {
  const runs: RunListing[] = await listCollections(session.temporal, RUNS_SHOWN);
  if (json) printJson(io, runs);
  else if (runs.length === 0)
    printLines(io.stdout, [`No collection has run at ${session.temporal.where} yet.`]);
  else printLines(io.stdout, runTable(runs, colorsFor(io.stdout, io.env)));
  return EXIT.complete;
}

async function handleOf(session: Session, id: string | undefined): Promise<CollectHandle> {
  const wanted = id ?? (await listCollections(session.temporal, 1))[0]?.workflowId;
  const handle = wanted === undefined ? null : await findCollection(session.temporal, wanted);
  if (handle !== null) return handle;
  throw new UsageError(
    `No ${wanted === undefined ? 'run' : `run ${JSON.stringify(wanted)}`} is known at ${session.temporal.where}.\n` +
      'Ids look like collect/_all/2026-08-01..2026-08-07.\n' +
      'List the last runs: conversation-analytics status',
  );
}

async function show(
  session: Session,
  handle: CollectHandle,
  request: StatusRequest,
  io: Io,
): Promise<ExitCode> {
  const following = request.watch ? await watch(session, handle, io) : await standing(session, handle);
  if (following.kind === 'interrupted') return EXIT.interrupted;
  // Whether the run writes to MongoDB is known to its worker; here it is what this configuration says.
  const report = await buildReport(handle, following, session, { mongodb: session.config.mongodb !== null });
  printReport(report, request.json, io);
  return following.status === 'running' || following.status === 'paused' || following.status === 'cancelling'
    ? EXIT.complete
    : report.exitCode;
}

async function watch(session: Session, handle: CollectHandle, io: Io): Promise<Following> {
  const screen = createScreen(io.stderr, colorsFor(io.stderr, io.env));
  let leave: (choice: InterruptChoice) => void = () => undefined;
  const interrupted = new Promise<InterruptChoice>((resolve) => (leave = resolve));
  // Looking on is no reason to ask: the run goes on as it was.
  const stop = onInterrupt(() => leave('leave'));
  try {
    return await followCollection(handle, { session, screen, interrupted });
  } finally {
    stop();
    screen.done();
  }
}
