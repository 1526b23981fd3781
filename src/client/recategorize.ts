import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';

import { loadModel } from '../adapters/classifier/index.js';
import { dayEnd, dayStart } from '../domain/period.js';
import type {
  RecategorizeInput,
  RecategorizeProgress,
  RecategorizeSummary,
} from '../domain/recategorization.js';
import { describeRange } from '../domain/period.js';
import { ALL_APPS, QUEUES, recategorizeWorkflowId, SEARCH_ATTRIBUTES } from '../names.js';
import type { recategorizeRange } from '../workflows/index.js';
import type { DateRange } from './arguments.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { endOfRun } from './failures.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import type { Interruption } from './interruption.js';
import { requirePollers } from './pollers.js';
import { colorsFor } from './render/colors.js';
import { comparisonLines } from './render/comparison.js';
import { plural } from './render/format.js';
import type { Session } from './session.js';
import { withSession, type Watching } from './with-session.js';

export interface RecategorizeRequest extends DateRange {
  appId?: string | undefined;
  /** Absolute path. */
  model?: string | undefined;
  mongodb: boolean;
  dryRun: boolean;
  json: boolean;
}

type Handle = WorkflowHandle<typeof recategorizeRange>;

const POLL_MS = 500;
/** The run reads no source. */
const ROLES = ['main', 'process', 'categorize'] as const;

/** The `recategorize` command: finds or starts what it needs, starts or attaches to the run, and follows it to its end. */
export async function recategorize(
  request: RecategorizeRequest,
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  // A model that is broken is told before anything is started.
  if (request.model !== undefined) loadModel(request.model);
  const options = { mongodb: request.mongodb, logLevel };
  return withSession(options, io, (session, watching) => run(session, request, watching, io));
}

async function run(
  session: Session,
  request: RecategorizeRequest,
  watching: Watching,
  io: Io,
): Promise<ExitCode> {
  const { config } = session;
  const { screen, interruption } = watching;
  await requirePollers(session, ROLES);
  const { handle, attached } = await start(session, {
    startDate: request.startDate,
    endDate: request.endDate,
    mongodb: request.mongodb && config.mongodb !== null,
    dryRun: request.dryRun,
    ...(request.appId === undefined ? {} : { appId: request.appId }),
    ...(request.model === undefined ? {} : { modelDir: request.model }),
  });
  if (attached)
    screen.line('This range is already being recategorized: following that run, with its own settings.');
  interruption.situation(session.workerOutlives);
  const end = await follow(session, handle, watching);
  if (end.kind === 'interrupted') {
    screen.line(
      end.choice === 'leave'
        ? 'The run goes on without this command. The same command follows it again.'
        : 'Letting what is under way come to its end … The run is kept: the same command goes on with it.',
    );
    return EXIT.interrupted;
  }
  const { summary } = end;
  if (request.json) printJson(io, summary);
  else if (summary === null) printLines(io.stdout, ['Cancelled. Days that were switched stay so.']);
  else printLines(io.stdout, comparisonLines(summary, colorsFor(io.stdout, io.env)));
  return summary === null ? EXIT.cancelled : exitCodeOf(summary.status);
}

/** Starts the run, or attaches to the one that runs under the same id. */
async function start(
  { temporal: { client } }: Pick<Session, 'temporal'>,
  input: RecategorizeInput,
): Promise<{ handle: Handle; attached: boolean }> {
  const workflowId = recategorizeWorkflowId(input);
  const options = {
    workflowId,
    taskQueue: QUEUES.main,
    args: [input] as [RecategorizeInput],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    staticSummary: `labels again · ${describeRange(input)} · ${input.appId === undefined ? 'all apps' : `app ${input.appId}`}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: SEARCH_ATTRIBUTES.appId, value: input.appId ?? ALL_APPS },
      { key: SEARCH_ATTRIBUTES.periodStart, value: new Date(dayStart(input.startDate)) },
      { key: SEARCH_ATTRIBUTES.periodEnd, value: new Date(dayEnd(input.endDate)) },
      { key: SEARCH_ATTRIBUTES.runStatus, value: 'running' },
    ]),
  };
  try {
    const handle = await client.workflow.start<typeof recategorizeRange>('recategorizeRange', {
      ...options,
      workflowIdConflictPolicy: 'FAIL',
    });
    return { handle, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { handle: client.workflow.getHandle<typeof recategorizeRange>(workflowId), attached: true };
  }
}

type End =
  { kind: 'ended'; summary: RecategorizeSummary | null } | { kind: 'interrupted'; choice: 'leave' | 'drain' };

type Event =
  | { kind: 'ended'; summary: RecategorizeSummary | null }
  | { kind: 'tick' }
  | { kind: 'interrupt'; choice: Awaited<Interruption['choice']> };

/** Tells each finished day until the run has ended, or the person goes. `summary` null: cancelled. */
async function follow(session: Session, handle: Handle, { screen, interruption }: Watching): Promise<End> {
  const outcome = handle.result().then(
    (summary): Event => ({ kind: 'ended', summary }),
    (error: unknown): Event => {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const end = endOfRun(error);
      if (end === 'cancelled') return { kind: 'ended', summary: null };
      throw end;
    },
  );
  outcome.catch(() => undefined);
  let interrupt = interruption.choice.then((choice): Event => ({ kind: 'interrupt', choice }));
  let told = -1;
  for (;;) {
    const tick = sleep(POLL_MS).then((): Event => ({ kind: 'tick' }));
    const event = await Promise.race([outcome, interrupt, session.broken, tick]);
    if (event.kind === 'ended') return event;
    if (event.kind === 'interrupt') {
      if (event.choice !== 'cancel') return { kind: 'interrupted', choice: event.choice };
      screen.line('Cancelling: the day that is under way comes to its end …');
      await handle.cancel();
      interrupt = new Promise(() => undefined);
      continue;
    }
    // A worker that is busy answers later.
    const progress = await handle.query<RecategorizeProgress>('progress').catch(() => null);
    if (progress === null || progress.days.done === told) continue;
    told = progress.days.done;
    const { days, conversations } = progress;
    screen.wait(
      `${days.done} of ${plural(days.total, 'day')}: ${conversations.changed} of ${plural(conversations.read, 'conversation')} differ …`,
    );
  }
}
