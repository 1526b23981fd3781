import { WorkflowFailedError } from '@temporalio/client';

import { progressQuery } from '../workflows/messages.js';
import type { CollectHandle } from './collection.js';
import { endOfRun } from './failures.js';
import type { Following } from './follow.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import type { Session } from './session.js';

const QUERY_DEADLINE_MS = 4_000;

/**
 * How a run stands at this moment. The result of a closed run lies in its history; how a running one stands is known to
 * its worker only.
 */
export async function standing(
  session: Pick<Session, 'temporal'>,
  handle: CollectHandle,
): Promise<Extract<Following, { kind: 'closed' }>> {
  const { status } = await handle.describe();
  if (status.name === 'COMPLETED') {
    const summary = await handle.result();
    return { kind: 'closed', status: summary.status, progress: summary };
  }
  const progress = await session.temporal.connection
    .withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query(progressQuery))
    .catch(() => null);
  if (status.name === 'RUNNING') {
    if (progress !== null) return { kind: 'closed', status: progress.status, progress };
    throw new CliError(
      EXIT.unreachable,
      `${handle.workflowId} runs, but no worker answers for it at ${session.temporal.where}.\n` +
        'It has just begun, or its worker is gone. Start one: conversation-analytics worker',
    );
  }
  const end = await handle.result().then(
    () => 'cancelled' as const,
    (error: unknown) => {
      if (error instanceof WorkflowFailedError) return endOfRun(error);
      throw error;
    },
  );
  if (end !== 'cancelled') throw end;
  return { kind: 'closed', status: 'cancelled', progress };
}
