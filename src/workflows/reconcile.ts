import {
  patched,
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChangedDays } from '../domain/changes.js';
import type { Differences, ReconcileInput, ReconcileProgress } from '../domain/reconcile.js';
import { rereadWorkflowId, SEARCH_ATTRIBUTES } from '../names.js';
import type { collectConversations } from './collect-conversations.js';
import { reconcileQuery } from './messages.js';
import { followRun } from './shared/follow-run.js';
import {
  compareWithLake,
  dropGone,
  projectDeletions,
  projectRemovals,
  sweepSource,
} from './shared/activity-options.js';

/**
 * Compares a range of the lake with the source: keys and counts of the whole tables are read, what differs is read
 * again by a collection of exactly these conversations, and what the source no longer has is marked or removed.
 */
export async function reconcile(input: ReconcileInput): Promise<ReconcileProgress> {
  const { firstExecutionRunId: runId } = workflowInfo();
  const progress = initialProgress(input, runId);
  setHandler(reconcileQuery, () => progress);
  const step = (next: ReconcileProgress['step']) => {
    progress.step = next;
    setCurrentDetails(`${next}: ${input.startDate} to ${input.endDate}`);
  };

  step('reading the source');
  const swept = await sweepSource({ runId });
  const { rows, requests, orphanMessages, undated, sweepKey, sweptAt } = swept;
  progress.source = { ...rows, requests };
  progress.unmatched = { undatedConversations: undated, orphanMessages };

  step('comparing');
  const { startDate, endDate, appId } = input;
  const range = { startDate, endDate, ...(appId === undefined ? {} : { appId }) };
  const found = await compareWithLake({ runId, range, sweepKey, sweptAt });
  progress.compared = found.compared;
  progress.differences = found.differences;
  progress.findingsKey = found.findingsKey;
  if (input.dryRun) return end(progress, !differs(found.differences));

  let healed = true;
  if (found.changed !== null) {
    step('reading again');
    healed = await readAgain(input, found.changed, progress);
  }
  if (found.goneDays.length > 0) step('deleting');
  for (const { day, key } of found.goneDays) {
    const { gone } = await dropGone({ runId, day, key, gone: input.gone, at: sweptAt });
    progress.healed.gone += gone;
    if (!input.mongodb) continue;
    await (input.gone === 'mark' ? projectDeletions({ day }) : projectRemovals({ key }));
  }
  // What was read again has seen to that itself.
  if (found.goneDays.length > 0 && patched('reports-follow')) {
    await followRun({ ...input, appId: input.appId ?? null });
  }
  return end(progress, healed);
}

/** @returns whether all of it was read */
async function readAgain(
  { startDate, endDate, appId, batchSize, concurrency, mongodb }: ReconcileInput,
  changed: ChangedDays,
  progress: ReconcileProgress,
): Promise<boolean> {
  const summary = await executeChild<typeof collectConversations>('collectConversations', {
    workflowId: rereadWorkflowId(workflowInfo().workflowId),
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: `${changed.conversations} conversations of ${changed.days} days`,
    args: [
      {
        startDate,
        endDate,
        ...(appId === undefined ? {} : { appId }),
        batchSize,
        concurrency,
        mongodb,
        mode: 'changes',
        changed,
      },
    ],
  });
  progress.healed.read = summary.conversations.received;
  return summary.status === 'complete';
}

function end(progress: ReconcileProgress, agrees: boolean): ReconcileProgress {
  progress.status = agrees ? 'complete' : 'partial';
  progress.step = 'done';
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.runStatus, value: progress.status }]);
  setCurrentDetails(`done: ${progress.status}`);
  return progress;
}

function differs({ deleted, missing, changed, moved }: Differences): boolean {
  return deleted + missing + changed + moved > 0;
}

function initialProgress(
  { startDate, endDate, appId, gone, dryRun }: ReconcileInput,
  runId: string,
): ReconcileProgress {
  return {
    runId,
    startDate,
    endDate,
    appId: appId ?? null,
    gone,
    dryRun,
    status: 'running',
    step: 'reading the source',
    source: null,
    compared: null,
    differences: null,
    unmatched: null,
    healed: { read: 0, gone: 0 },
    findingsKey: null,
  };
}
