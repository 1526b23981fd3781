import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  RecategorizeInput,
  RecategorizeProgress,
  RecategorizeState,
  RecategorizeSummary,
  RelabelledDay,
} from '../domain/recategorization.js';
import { SEARCH_ATTRIBUTES } from '../names.js';
import { recategorizeProgressQuery } from './messages.js';
import {
  closeRecategorization,
  committedDays,
  prepareProjection,
  projectLabels,
  relabelDay,
  switchDay,
} from './shared/activity-options.js';
import { followRun } from './shared/follow-run.js';

/** Commits of others that may come in between before a day is given up. */
const MAX_TRIES = 10;
/** A day is three activities: about 20 events. */
const DAYS_AN_EXECUTION = 200;

/**
 * Labels the committed days of a range again, one after another: reads a day, labels it, compares old and new labels,
 * and switches the day by the commit that every writer uses. A day that somebody else commits meanwhile is labelled
 * anew. A day whose labels stay as they are is not committed, so a run that is repeated changes nothing. At its end reports and
 * rows of users follow, as after a collection.
 */
export async function recategorizeRange(input: RecategorizeInput): Promise<RecategorizeSummary> {
  const state: RecategorizeState = input.carried ?? {
    progress: initialProgress(input, workflowInfo().firstExecutionRunId),
    days: [],
    touched: [],
  };
  setHandler(recategorizeProgressQuery, () => state.progress);
  try {
    if (input.carried === undefined) await open(input, state);
    const days = state.days.slice(0, input.daysAnExecution ?? DAYS_AN_EXECUTION);
    for (const day of days) {
      await recategorizeDay(input, state, day);
      state.days.shift();
      tell(state.progress);
    }
    if (state.days.length === 0) return await end(input, state);
  } catch (err) {
    if (isCancellation(err)) await CancellationScope.nonCancellable(() => close(state, 'cancelled'));
    else tell(Object.assign(state.progress, { status: 'failed' }));
    throw err;
  }
  return continueAsNew<typeof recategorizeRange>({ ...input, carried: state });
}

async function open({ startDate, endDate, ...input }: RecategorizeInput, state: RecategorizeState) {
  tell(state.progress);
  const [{ days }] = await Promise.all([
    committedDays({ startDate, endDate }),
    input.mongodb && !input.dryRun ? prepareProjection() : undefined,
  ]);
  state.days = days;
  state.progress.days.total = days.length;
}

async function recategorizeDay(input: RecategorizeInput, state: RecategorizeState, day: string) {
  const { progress } = state;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const labelled = await relabelDay({
      runId: progress.runId,
      day,
      dryRun: input.dryRun,
      ...(input.appId === undefined ? {} : { appId: input.appId }),
      ...(input.modelDir === undefined ? {} : { modelDir: input.modelDir }),
    });
    requireOneModel(progress, labelled);
    const { basis, pages } = labelled;
    if (basis !== null && labelled.changed > 0 && !input.dryRun) {
      // A cancellation waits for the day to be whole: MongoDB follows what the lake has committed.
      const result = await CancellationScope.nonCancellable(async () => {
        const switched = await switchDay({ runId: progress.runId, day, basis, pages });
        if (switched.result !== 'stale' && input.mongodb) await projectLabels({ day });
        return switched.result;
      });
      if (result === 'stale') continue;
    }
    count(state, day, labelled);
    return;
  }
  throw ApplicationFailure.nonRetryable(
    `${day} was committed by other runs ${MAX_TRIES} times while it was labelled again; recategorize it when they have ended`,
    'LakeConflict',
  );
}

function count({ progress, touched }: RecategorizeState, day: string, { read, changed }: RelabelledDay) {
  progress.days.done++;
  progress.days[changed > 0 ? 'switched' : 'unchanged']++;
  progress.conversations.read += read;
  progress.conversations.changed += changed;
  if (changed > 0) touched.push(day);
}

/** Workers with different models must not label one range. */
function requireOneModel(progress: RecategorizeProgress, labelled: RelabelledDay): void {
  progress.modelVersion ??= labelled.modelVersion;
  progress.taxonomyVersion ??= labelled.taxonomyVersion;
  if (progress.modelVersion === labelled.modelVersion) return;
  throw ApplicationFailure.nonRetryable(
    `the categorize workers have different models: ${progress.modelVersion} and ${labelled.modelVersion}. ` +
      'Give all of them the same one, then recategorize again: days that are done stay as they are',
    'ModelUnavailable',
  );
}

/** Reports of the whole range are compared: an execution that was cut short has switched some of it as well. */
async function end(input: RecategorizeInput, state: RecategorizeState): Promise<RecategorizeSummary> {
  const summary = await close(state, 'complete');
  if (!input.dryRun && patched('reports-follow')) {
    await followRun({ ...summary, mongodb: input.mongodb });
  }
  return summary;
}

async function close(
  { progress, touched }: RecategorizeState,
  status: 'complete' | 'cancelled',
): Promise<RecategorizeSummary> {
  progress.status = status;
  tell(progress);
  return closeRecategorization({ progress, touched });
}

function initialProgress(input: RecategorizeInput, runId: string): RecategorizeProgress {
  return {
    runId,
    startDate: input.startDate,
    endDate: input.endDate,
    appId: input.appId ?? null,
    dryRun: input.dryRun,
    status: 'running',
    days: { total: 0, done: 0, switched: 0, unchanged: 0 },
    conversations: { read: 0, changed: 0 },
    modelVersion: null,
    taxonomyVersion: null,
  };
}

/** Lets the Web UI tell the story. */
function tell(p: RecategorizeProgress): void {
  const { days, conversations } = p;
  setCurrentDetails(
    [
      `Labelling **${p.startDate} to ${p.endDate}** again: **${p.status}**${p.dryRun ? ' (dry run: nothing is switched)' : ''}`,
      '',
      `Model ${p.modelVersion ?? 'not known yet'}; ${days.done} of ${days.total} days, ${days.switched} ` +
        `${p.dryRun ? 'would be ' : ''}switched; ${conversations.changed} of ${conversations.read} conversations differ.`,
    ].join('\n'),
  );
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.runStatus, value: p.status }]);
}
