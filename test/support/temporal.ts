import { fileURLToPath } from 'node:url';
import { defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { QUEUES, SEARCH_ATTRIBUTES, type QueueRole } from '../../src/names.js';
import { temporalBinary } from './engines.js';

/** A real Temporal server of one test file, with our search attributes. */
export async function startTemporal(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  return TestWorkflowEnvironment.createLocal({
    // Recorded histories name who did what: not this machine.
    client: { identity: 'test' },
    server: {
      executable: { type: 'existing-path', path: temporalBinary() },
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map((key) =>
        defineSearchAttributeKey(key.name, key.type),
      ),
    },
  });
}

let installed = false;
/** Keeps the SDK's own log lines out of the tests' output; must come before the first connection. */
export function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}

let bundle: Promise<WorkflowBundle> | undefined;
/** The workflows of this source tree, bundled once a test file. */
export function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({
      ...config,
      // `.js` in imports names the TypeScript source.
      resolve: { ...config.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
    }),
  });
  return bundle;
}

/** Starts one worker a queue on the given activities, with so many slots where it is said; returns their stop. */
export async function startWorkersOn(
  env: TestWorkflowEnvironment,
  activities: Partial<Record<QueueRole, object>>,
  slots: (role: QueueRole) => number = () => 100,
): Promise<() => Promise<void>> {
  const workers = await Promise.all(
    (Object.keys(activities) as QueueRole[]).map(async (role) =>
      Worker.create({
        connection: env.nativeConnection,
        identity: 'test',
        taskQueue: QUEUES[role],
        // Cancellations arrive with a heartbeat's answer.
        maxHeartbeatThrottleInterval: '100ms',
        maxConcurrentActivityTaskExecutions: slots(role),
        ...(role === 'main' ? { workflowBundle: await workflowBundle() } : {}),
        ...(activities[role] === undefined ? {} : { activities: activities[role] }),
      }),
    ),
  );
  const runs = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  };
}

/**
 * Replays every execution that the server has seen, continued and child ones included, against the current workflow
 * code. Returns how many; throws the first difference.
 */
export async function replayAll(env: TestWorkflowEnvironment): Promise<number> {
  const histories = [];
  for await (const { workflowId, runId } of env.client.workflow.list()) {
    histories.push({
      workflowId,
      history: await env.client.workflow.getHandle(workflowId, runId).fetchHistory(),
    });
  }
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: await workflowBundle() },
    histories,
  )) {
    if (error !== undefined) throw new Error(`replay of ${workflowId} differs`, { cause: error });
    replayed++;
  }
  return replayed;
}
