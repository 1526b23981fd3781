import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';

import { resumeUpdate } from '../workflows/messages.js';
import type { CollectHandle } from './collection.js';
import { CliError, UsageError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { hasEnded } from './find-run.js';
import { noWorkerError, queuesWithoutPollers } from './pollers.js';
import type { Session } from './session.js';

/** A worker answers within the second; one that is busy with a long replay may take longer. */
const ANSWER_MS = 20_000;
const POLLERS_GRACE_MS = 2_000;
const DEADLINE_EXCEEDED = 4;

/**
 * Tells a running run something and waits for its answer.
 * @param update executes the update on the handle
 * @throws UsageError where the run refuses, CliError (unreachable) where no worker answers
 */
export async function tellRun<Ret>(
  { temporal, namespace }: Pick<Session, 'temporal' | 'namespace'>,
  { workflowId }: CollectHandle,
  update: () => Promise<Ret>,
): Promise<Ret> {
  const missing = await queuesWithoutPollers(temporal, namespace, {
    roles: ['main'],
    graceMs: POLLERS_GRACE_MS,
  });
  if (missing.length > 0) throw noWorkerError(missing, temporal.where);
  try {
    return await temporal.connection.withDeadline(Date.now() + ANSWER_MS, update);
  } catch (error) {
    throw toCliError(error, workflowId, temporal.where);
  }
}

/** Goes on with a run that is paused, such as one that this command brings a new worker for. */
export async function resumeIfPaused(
  session: Pick<Session, 'temporal' | 'namespace'>,
  handle: CollectHandle,
): Promise<boolean> {
  try {
    await tellRun(session, handle, () => handle.executeUpdate(resumeUpdate));
    return true;
  } catch (error) {
    // The run has refused: it is not paused.
    if (error instanceof UsageError) return false;
    throw error;
  }
}

function toCliError(error: unknown, workflowId: string, where: string): Error {
  if (error instanceof WorkflowUpdateFailedError) {
    const said = error.cause?.message ?? error.message;
    return new UsageError(
      `${workflowId} refuses: ${said}.\nHow it stands: conversation-analytics status '${workflowId}'`,
    );
  }
  if (error instanceof WorkflowNotFoundError) return hasEnded(workflowId);
  const timedOut =
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    (isGrpcServiceError(error) && (error.code as number) === DEADLINE_EXCEEDED);
  if (!timedOut) return error instanceof Error ? error : new Error(String(error));
  return new CliError(
    EXIT.unreachable,
    `${workflowId} has not answered within ${ANSWER_MS / 1000} s at ${where}.\n` +
      'Its worker is busy, gone, or of an older release that does not know this command.\n' +
      `How it stands: conversation-analytics status '${workflowId}'`,
    { cause: error },
  );
}
