import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { CollectInput, CollectSummary } from '../domain/collection.js';
import { Collection } from './collection.js';
import * as window from './shared/window.js';

/**
 * Collects a date range: plans each day into batches, keeps a window of batch children running, commits a day when its
 * last batch has ended, and continues as new before its history grows large. Pauses by itself where one failure after
 * another says that nothing more can succeed. With `retry` it runs the failed batches of an ended run again, and
 * commits their days.
 */
export async function collectConversations(input: CollectInput): Promise<CollectSummary> {
  const { firstExecutionRunId } = workflowInfo();
  const runId = input.retry?.runId ?? firstExecutionRunId;
  const run = new Collection(input, input.carried ?? window.initialState(input, runId));
  try {
    if (input.carried === undefined) await run.open();
    return await run.collect();
  } catch (err) {
    if (isCancellation(err)) await CancellationScope.nonCancellable(() => run.cancel());
    else run.fail();
    throw err;
  }
}
