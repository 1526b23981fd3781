import { setTimeout as sleep } from 'node:timers/promises';

import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';

import { dayEnd, dayStart, describeRange } from '../domain/period.js';
import type { ReconcileInput, ReconcileProgress } from '../domain/reconcile.js';
import { ALL_APPS, QUEUES, reconcileWorkflowId, SEARCH_ATTRIBUTES } from '../names.js';
import type { reconcile as reconcileWorkflow } from '../workflows/index.js';
import { reconcileQuery } from '../workflows/messages.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import { endOfRun } from './failures.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import type { Interruption } from './interruption.js';
import { requirePollers } from './pollers.js';
import { colorsFor } from './render/colors.js';
import { reconcileLines, stepLine } from './render/reconcile.js';
import type { Screen } from './render/screen.js';
import { placesOf } from './report.js';
import type { ReconcileRequest } from './reconcile-options.js';
import type { Session } from './session.js';
import { withSession } from './with-session.js';

const POLL_MS = 1_000;
const QUERY_DEADLINE_MS = 3_000;

type Handle = WorkflowHandle<typeof reconcileWorkflow>;

/** The `reconcile` command: finds or starts what it needs, starts or attaches to the run, and shows it to its end. */
export async function reconcile(
  request: ReconcileRequest & { json: boolean },
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  const options = { mongodb: request.mongodb, logLevel };
  return withSession(options, io, async (session, { screen, interruption }) => {
    await requirePollers(session);
    const handle = await start(session, request);
    interruption.situation(session.workerOutlives);
    const result = await follow(session, handle, screen, interruption.choice);
    if (result === 'interrupted') return EXIT.interrupted;
    if (result === 'cancelled') return EXIT.cancelled;
    const { lake } = placesOf(session.config, { mongodb: false, webUi: null });
    const report = { workflowId: handle.workflowId, exitCode: exitCodeOf(result.status), ...result };
    if (request.json) printJson(io, report);
    else printLines(io.stdout, reconcileLines(result, lake, colorsFor(io.stdout, io.env)));
    return report.exitCode;
  });
}

async function start({ temporal, config }: Session, request: ReconcileRequest): Promise<Handle> {
  const { startDate, endDate, appId, gone, dryRun, mongodb } = request;
  const { multithreading, maxWorkers } = config.concurrency;
  const input: ReconcileInput = {
    startDate,
    endDate,
    ...(appId === undefined ? {} : { appId }),
    gone,
    dryRun,
    batchSize: config.batchSize,
    concurrency: multithreading ? maxWorkers : 1,
    mongodb: mongodb && config.mongodb !== null,
  };
  return temporal.client.workflow.start<typeof reconcileWorkflow>('reconcile', {
    workflowId: reconcileWorkflowId(input),
    taskQueue: QUEUES.main,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    // The same range that is being compared already: that run is followed, with its own settings.
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `reconcile ${describeRange(input)}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: SEARCH_ATTRIBUTES.appId, value: appId ?? ALL_APPS },
      { key: SEARCH_ATTRIBUTES.periodStart, value: new Date(dayStart(startDate)) },
      { key: SEARCH_ATTRIBUTES.periodEnd, value: new Date(dayEnd(endDate)) },
      { key: SEARCH_ATTRIBUTES.runStatus, value: 'running' },
    ]),
  });
}

async function follow(
  session: Session,
  handle: Handle,
  screen: Screen,
  interrupted: Interruption['choice'],
): Promise<ReconcileProgress | 'interrupted' | 'cancelled'> {
  const { temporal } = session;
  const leaving = new AbortController();
  const ended = temporal.connection
    .withAbortSignal(leaving.signal, () => handle.result())
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const end = endOfRun(error);
      if (end === 'cancelled') return end;
      throw end;
    });
  ended.catch(() => undefined);
  let choice = interrupted.then((asked) => ({ asked }));
  try {
    for (;;) {
      const event = await Promise.race([ended, choice, session.broken, sleep(POLL_MS, null)]);
      if (event === null) {
        const progress = await temporal.connection
          .withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query(reconcileQuery))
          .catch(() => null);
        if (progress !== null) screen.wait(stepLine(progress));
      } else if (typeof event === 'string' || !('asked' in event)) {
        return event;
      } else if (event.asked === 'cancel') {
        screen.line('Cancelling: what is under way comes to its end …');
        await handle.cancel();
        choice = new Promise(() => undefined);
      } else {
        screen.line('The run is kept. The same command follows it again.');
        return 'interrupted';
      }
    }
  } finally {
    leaving.abort();
  }
}
