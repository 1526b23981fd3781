import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { TickInput } from '../domain/schedule.js';
import { SCHEDULED_FOR } from '../names.js';
import { startScheduled } from './shared/activity-options.js';

/** One firing of a Schedule: starts the collection or report that it is for, and ends. */
export async function tick(input: TickInput): Promise<{ workflowId: string }> {
  const scheduledAt = workflowInfo().typedSearchAttributes.get(SCHEDULED_FOR);
  if (scheduledAt === undefined) {
    throw ApplicationFailure.nonRetryable(
      'only a Schedule starts this workflow: conversation-analytics schedule trigger',
      'InvalidInput',
    );
  }
  const { workflowId } = await startScheduled({ tick: input, scheduledAt: scheduledAt.getTime() });
  return { workflowId };
}
