import type { WorkflowHandle } from '@temporalio/client';

import type { TemporalConnection } from './connection.js';

/** Attempts before people are told: once is an accident that the retry heals. */
const WORTH_TELLING = 3;
/** Children looked at: a fault that stops a run hits all of them. */
const CHILDREN = 4;
const MAX_LENGTH = 200;

/**
 * What stands between a run and its next step: an activity, of the run or of a batch, that fails again and again and is
 * tried anew. Its attempts are in no history, so that a run that waits for a database to come back looks idle.
 * @returns one line, or null where nothing is being tried again
 */
export async function describeRetrying(
  { client }: Pick<TemporalConnection, 'client'>,
  handle: Pick<WorkflowHandle, 'describe'>,
): Promise<string | null> {
  const { raw } = await handle.describe();
  const children = (raw.pendingChildren ?? []).slice(0, CHILDREN).map(async ({ workflowId }) => {
    const child = await client.workflow.getHandle(workflowId ?? '').describe();
    return child.raw.pendingActivities ?? [];
  });
  // A child that has ended meanwhile has nothing to say.
  const ofChildren = await Promise.all(children.map((child) => child.catch(() => [])));
  const worst = [...(raw.pendingActivities ?? []), ...ofChildren.flat()]
    .filter(({ attempt }) => (attempt ?? 0) >= WORTH_TELLING)
    .sort((a, b) => (b.attempt ?? 0) - (a.attempt ?? 0))[0];
  if (worst === undefined) return null;
  const failure = worst.lastFailure;
  const type = failure?.applicationFailureInfo?.type;
  const why = [type, failure?.message?.split('\n', 1)[0]].filter((part) => (part ?? '') !== '').join(': ');
  const line = `${worst.activityType?.name ?? 'a step'} is tried again, attempt ${worst.attempt ?? 0}: ${why}`;
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}
