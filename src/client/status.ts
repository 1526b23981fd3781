import { mergedEnvironment } from '../config.js';
import { findCollection, listCollections, readRunInput, type CollectHandle } from './collection.js';
import { CliError, UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { followCollection, type Following } from './follow.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { onInterrupt, type InterruptChoice } from './interrupt.js';
import { readStatus } from './overview.js';
import { colorsFor } from './render/colors.js';
import { overviewLines } from './render/overview.js';
import { createScreen } from './render/screen.js';
import { printReport } from './collect.js';
import { buildReport, type CollectReport } from './report.js';
import { findSession, type Session } from './session.js';
import { standing } from './standing.js';

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
    if (request.id === undefined && !request.watch) return await overview(session, request, io);
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

async function overview(session: Session, { json }: StatusRequest, io: Io): Promise<ExitCode> {
  const report = await readStatus(session);
  if (json) printJson(io, report);
  else printLines(io.stdout, overviewLines(report, colorsFor(io.stdout, io.env)));
  return EXIT.complete;
}

export async function handleOf(
  session: Pick<Session, 'temporal'>,
  id: string | undefined,
): Promise<CollectHandle> {
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
  const report = await reportOf(session, handle, following);
  printReport(report, request.json, io);
  return following.status === 'running' || following.status === 'paused' || following.status === 'cancelling'
    ? EXIT.complete
    : report.exitCode;
}

/** How a run stands, or what it came to. */
export async function reportOf(
  session: Session,
  handle: CollectHandle,
  following: Extract<Following, { kind: 'closed' }>,
): Promise<CollectReport> {
  const { runId } = await handle.describe();
  const asked = await readRunInput(session.temporal, { workflowId: handle.workflowId, runId });
  // Where the history does not say, this configuration does.
  const mongodb = asked?.input.mongodb ?? session.config.mongodb !== null;
  return buildReport(handle, following, session, { mongodb });
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
