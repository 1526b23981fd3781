import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createCategorizeActivities } from '../activities/categorize.js';
import { createChangeActivities } from '../activities/changes.js';
import { createMainActivities } from '../activities/main.js';
import { createProcessActivities } from '../activities/process.js';
import { createReportActivities, createReportComputeActivities } from '../activities/reports.js';
import {
  createReconcileActivities,
  createRemovalActivities,
  createSweepActivities,
} from '../activities/reconcile.js';
import {
  createRecategorizeBooks,
  createRelabelActivities,
  createSwitchActivities,
} from '../activities/recategorize.js';
import { createSourceActivities } from '../activities/source.js';
import { createStartActivities } from '../activities/starting.js';
import type { Config, TemporalTarget } from '../config.js';
import { QUEUE_ROLES, QUEUES, type QueueRole } from '../names.js';
import { cpuThreads, Dependencies } from './dependencies.js';

/** How long activities may go on after a shutdown was asked for, before they are cancelled and later retried. */
const SHUTDOWN_GRACE = '20s';
const SHUTDOWN_FORCE = '30s';
/**
 * Heartbeats reach the server at most so often. A cancellation arrives with the answer to one: the default of up to
 * 60 s would make Ctrl-C wait.
 */
const HEARTBEAT_EVERY = '2s';

export interface WorkersOptions {
  temporal: Pick<TemporalTarget, 'connectionOptions' | 'namespace'>;
  /** Queues to poll; default all. */
  roles?: readonly QueueRole[];
  log: Logger;
}

export interface RunningWorkers {
  /** Settles when every worker has drained after `shutdown`, or rejects when one fails. */
  done: Promise<void>;
  /** Asks for a graceful end: running activities may finish. */
  shutdown(): void;
}

/** Opens what the queues need and starts one worker a queue, in this process. */
export async function startWorkers(config: Config, options: WorkersOptions): Promise<RunningWorkers> {
  routeRuntimeLogs(options.log);
  const roles = options.roles ?? QUEUE_ROLES;
  const deps = new Dependencies(config, options.log);
  const connection = await NativeConnection.connect(options.temporal.connectionOptions);
  try {
    const workers: Worker[] = [];
    for (const role of roles) {
      workers.push(
        await Worker.create({
          connection,
          namespace: options.temporal.namespace,
          taskQueue: QUEUES[role],
          shutdownGraceTime: SHUTDOWN_GRACE,
          shutdownForceTime: SHUTDOWN_FORCE,
          maxHeartbeatThrottleInterval: HEARTBEAT_EVERY,
          maxConcurrentActivityTaskExecutions: slots(config, role),
          ...(await roleOptions(role, deps)),
        }),
      );
    }
    return supervise(workers, async () => {
      await connection.close();
      await deps.close();
    });
  } catch (err) {
    await connection.close();
    await deps.close();
    throw err;
  }
}

/** Activities at once on a queue: I/O by IO_THREADS, CPU by PROCESSING_THREADS and cores, one batch a device. */
export function slots(config: Config, role: QueueRole): number {
  const { multithreading, ioThreads } = config.concurrency;
  if (!multithreading) return 1;
  return { main: ioThreads, source: ioThreads, process: cpuThreads(config), categorize: 1 }[role];
}

async function roleOptions(role: QueueRole, deps: Dependencies): Promise<Partial<WorkerOptions>> {
  const { store } = deps;
  switch (role) {
    case 'main':
      return {
        ...workflowCode(),
        activities: {
          ...createMainActivities({
            store,
            lake: deps.lake,
            projection: deps.projection,
            storeText: deps.storeText,
          }),
          ...createRemovalActivities({ store, projection: deps.projection }),
          ...createRecategorizeBooks({
            store,
            projection: deps.projectionRebuild,
            book: deps.reports.book,
          }),
          ...createStartActivities(deps.starting),
          ...createReportActivities({ store, ...deps.reports }),
        },
      };
    case 'source':
      return {
        activities: {
          ...createSourceActivities({ store, source: deps.source }),
          ...createSweepActivities({ store, source: deps.source }),
          ...createChangeActivities({
            store,
            source: deps.source,
            sourceName: deps.sourceName,
            overlapMs: deps.overlapMs,
          }),
        },
      };
    case 'process':
      return {
        activities: {
          ...createProcessActivities({
            store,
            sourceName: deps.sourceName,
            pool: deps.pool,
            lake: deps.lake,
          }),
          ...createReportComputeActivities({ store, ...deps.reports }),
          ...createReconcileActivities({ store, sourceName: deps.sourceName, lake: deps.lake }),
          ...createSwitchActivities({ store, pool: deps.pool, lake: deps.lake }),
        },
      };
    case 'categorize':
      return {
        activities: {
          ...createCategorizeActivities({ store, labeller: await deps.labeller(), labels: deps.labels }),
          ...createRelabelActivities({
            store,
            classifier: (dir) => deps.classifier(dir),
            labels: deps.labels,
          }),
        },
      };
  }
}

/** The bundle made at build time; from source, the workflows themselves are bundled at start. */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  return { workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)) };
}

function supervise(workers: Worker[], release: () => Promise<void>): RunningWorkers {
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run());
  // One that fails takes the others down: half a pipeline would let runs wait in silence.
  for (const run of runs) run.catch(shutdown);
  const done = Promise.allSettled(runs).then(async (results) => {
    await release();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  });
  return { done, shutdown };
}

let routed = false;
/** Temporal's runtime exists once a process: its logs go where ours go, never to the terminal's progress. */
function routeRuntimeLogs(log: Logger): void {
  if (routed) return;
  routed = true;
  const target = log.child({ component: 'temporal' });
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) =>
      target[levels[level]](meta ?? {}, message),
    ),
    // The command line decides what a signal means.
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
  });
}
