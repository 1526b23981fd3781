import { batchName } from '../domain/collection.js';
import { retryFailedBatchesUpdate } from '../workflows/messages.js';
import { printReport, resumeLine } from './collect.js';
import { readRunInput, startCollection, type CollectHandle, type RunInput } from './collection.js';
import { CliError, UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { readFailedBatches } from './failed-batches.js';
import { findRun } from './find-run.js';
import { followCollection } from './follow.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import type { InterruptChoice } from './interrupt.js';
import { requirePollers } from './pollers.js';
import { batches as batchCount } from './render/format.js';
import type { Screen } from './render/screen.js';
import { buildReport } from './report.js';
import type { Session } from './session.js';
import { tellRun } from './updates.js';
import { withSession } from './with-session.js';

export interface RetryRequest {
  run: string | undefined;
  /** Names of batches; undefined: all that failed. */
  batches: string[] | undefined;
  watch: boolean;
  json: boolean;
}

/** A run whose failed batches are under way again. */
interface Retried {
  handle: CollectHandle;
  batches: number;
  /** Paused runs take them up when they go on. */
  paused: boolean;
  mongodb: boolean;
}

/** The `retry` command. */
export async function retry(request: RetryRequest, { logLevel }: GlobalOptions, io: Io): Promise<ExitCode> {
  return withSession({ mongodb: true, logLevel }, io, async (session, { screen, interruption }) => {
    const retried = await startRetry(session, request);
    screen.line(`Running ${batchCount(retried.batches)} of ${retried.handle.workflowId} again …`);
    // What this command has started ends with it: it stays until the run has ended.
    if (!request.watch && session.workerOutlives) return tellStarted(retried, request, io);
    interruption.situation(session.workerOutlives);
    return await followRetry(session, retried, request, screen, interruption.choice, io);
  });
}

async function startRetry(session: Session, request: RetryRequest): Promise<Retried> {
  const handle = await findRun(session, request.run, 'any');
  const { workflowId } = handle;
  const { status, runId } = await handle.describe();
  const asked = await readRunInput(session.temporal, { workflowId, runId });
  if (status.name === 'RUNNING') {
    const { batches, progress } = await tellRun(session, handle, () =>
      handle.executeUpdate(retryFailedBatchesUpdate, {
        args: [request.batches === undefined ? {} : { batches: request.batches }],
      }),
    );
    const mongodb = asked?.input.mongodb ?? session.config.mongodb !== null;
    return { handle, batches, paused: progress.status === 'paused', mongodb };
  }
  if (asked === null) {
    throw new UsageError(
      `Temporal at ${session.temporal.where} does not keep the history of ${workflowId} any more.\n` +
        'Collect its range again: conversation-analytics collect --help',
    );
  }
  return restart(session, handle, status.name, asked, request);
}

async function restart(
  session: Session,
  ended: CollectHandle,
  state: string,
  { input, firstRunId }: RunInput,
  { batches }: RetryRequest,
): Promise<Retried> {
  const { workflowId } = ended;
  if (state === 'COMPLETED') {
    const { batches: counts } = await ended.result();
    if (counts.failed === 0) throw nothingFailed(workflowId);
  } else if (input.retry === undefined) {
    throw new UsageError(
      `${workflowId} ended early (${state.toLowerCase()}): its days are not all planned, and failed batches are not all of what is missing.\n` +
        `Collect the range again; what is committed stays: ${resumeLine(input, { mongodb: input.mongodb })}`,
    );
  }
  const failed = await failedNames(session, firstRunId);
  const unknown = failed === null ? undefined : batches?.find((name) => !failed.includes(name));
  if (unknown !== undefined) throw notFailed(workflowId, unknown, failed ?? []);
  await requirePollers(session);
  const { handle, attached } = await startCollection(session.temporal, {
    ...input,
    retry: { runId: firstRunId, ...(batches === undefined ? {} : { batches }) },
  });
  if (attached) {
    throw new CliError(
      EXIT.usage,
      `${workflowId} has been started by somebody else at this moment.\n` +
        `Follow it: conversation-analytics status '${workflowId}' --watch`,
    );
  }
  const all = failed?.length ?? 0;
  return { handle, batches: batches?.length ?? all, paused: false, mongodb: input.mongodb };
}

/** Names of the failed batches; null where the lake cannot be read from here, and the run itself has to check. */
async function failedNames({ config }: Session, runId: string): Promise<string[] | null> {
  const failed = await readFailedBatches(config, runId).catch(() => []);
  return failed.length === 0 ? null : failed.map(batchName);
}

async function followRetry(
  session: Session,
  { handle, mongodb }: Retried,
  { json }: RetryRequest,
  screen: Screen,
  interrupted: Promise<InterruptChoice>,
  io: Io,
): Promise<ExitCode> {
  const following = await followCollection(handle, { session, screen, interrupted });
  if (following.kind === 'interrupted') {
    screen.line(
      following.choice === 'leave'
        ? `The run goes on without this command. Follow it: conversation-analytics status '${handle.workflowId}' --watch`
        : 'The run is kept, and goes on when the same range is collected again, or with the next `dev`.',
    );
    return EXIT.interrupted;
  }
  const report = await buildReport(handle, following, session, { mongodb });
  printReport(report, json, io);
  return report.exitCode;
}

function tellStarted({ handle, batches, paused }: Retried, { json }: RetryRequest, io: Io): ExitCode {
  const { workflowId } = handle;
  if (json) printJson(io, { workflowId, batches, paused });
  else {
    printLines(io.stdout, [
      paused
        ? `${batchCount(batches)} of ${workflowId} will run again once it goes on: conversation-analytics resume '${workflowId}'`
        : `${batchCount(batches)} of ${workflowId} ${batches === 1 ? 'runs' : 'run'} again.`,
      `Follow it: conversation-analytics status '${workflowId}' --watch`,
    ]);
  }
  return EXIT.complete;
}

function nothingFailed(workflowId: string): UsageError {
  return new UsageError(
    `No batch of ${workflowId} has failed: there is nothing to run again.\n` +
      `What it came to: conversation-analytics status '${workflowId}'`,
  );
}

function notFailed(workflowId: string, name: string, failed: readonly string[]): UsageError {
  return new UsageError(
    `--batch ${name} is not a failed batch of ${workflowId}.\n` +
      `Allowed are ${failed.slice(0, 5).join(', ')}${failed.length > 5 ? ` and ${failed.length - 5} more` : ''}.\n` +
      `List them: conversation-analytics failures '${workflowId}'`,
  );
}
