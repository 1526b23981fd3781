import { setTimeout as sleep } from 'node:timers/promises';

import { QUEUE_ROLES, QUEUES, type QueueRole } from '../names.js';
import type { TemporalConnection } from './connection.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';

type DescribeRequest = Parameters<
  TemporalConnection['connection']['workflowService']['describeTaskQueue']
>[0];
/** `temporal.api.enums.v1.TaskQueueType` */
type TaskQueueType = NonNullable<DescribeRequest['taskQueueType']>;
/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- the enum is only in @temporalio/proto, no dependency of ours */
const WORKFLOW_TASKS = 1 as TaskQueueType;
const ACTIVITY_TASKS = 2 as TaskQueueType;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

/** How long a worker that has just started may take to be seen. */
const GRACE_MS = 3_000;
/** The server remembers a poller for five minutes; a live one asks again after at most one. */
const FRESH_MS = 75_000;
const RETRY_MS = 300;

/**
 * Queues that nobody polls. A worker that has just started is not known at once: asks again until every queue has a
 * poller or the time is over.
 * @param graceMs how long to go on asking
 */
export async function queuesWithoutPollers(
  { connection }: Pick<TemporalConnection, 'connection'>,
  namespace: string,
  options: { roles?: readonly QueueRole[]; graceMs?: number } = {},
): Promise<QueueRole[]> {
  const deadline = Date.now() + (options.graceMs ?? 0);
  let missing: readonly QueueRole[] = options.roles ?? QUEUE_ROLES;
  for (;;) {
    const polled = await Promise.all(missing.map((role) => isPolled(connection, namespace, role)));
    missing = missing.filter((_, index) => polled[index] !== true);
    if (missing.length === 0 || Date.now() >= deadline) return [...missing];
    await sleep(RETRY_MS);
  }
}

/** Before a run is started that would wait for its workers. @throws CliError where a queue has none */
export async function requirePollers(
  { temporal, namespace }: { temporal: TemporalConnection; namespace: string },
  roles: readonly QueueRole[] = QUEUE_ROLES,
): Promise<void> {
  const missing = await queuesWithoutPollers(temporal, namespace, { roles, graceMs: GRACE_MS });
  if (missing.length > 0) throw noWorkerError(missing, temporal.where);
}

async function isPolled(
  connection: TemporalConnection['connection'],
  namespace: string,
  role: QueueRole,
): Promise<boolean> {
  // Only the main queue has workflows.
  const types = role === 'main' ? [WORKFLOW_TASKS, ACTIVITY_TASKS] : [ACTIVITY_TASKS];
  const answers = await Promise.all(
    types.map((taskQueueType) =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: QUEUES[role] },
        taskQueueType,
      }),
    ),
  );
  return answers.every(({ pollers }) =>
    pollers.some(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < FRESH_MS),
  );
}

/** What is missing and the command that brings it, in one or two lines. */
export function missingWorkerMessage(missing: readonly QueueRole[], where: string): string {
  const names = missing.map((role) => QUEUES[role]).join(', ');
  const all = missing.length === QUEUE_ROLES.length;
  return (
    `No worker polls ${names} at ${where}.\n` +
    `Start one: conversation-analytics worker${all ? '' : ` --queues ${missing.join(',')}`}`
  );
}

export function noWorkerError(missing: readonly QueueRole[], where: string): CliError {
  return new CliError(EXIT.unreachable, `${missingWorkerMessage(missing, where)}\nNothing was started.`);
}
