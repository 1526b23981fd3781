import { join } from 'node:path';

import {
  loadConfig,
  resolveTemporal,
  type Config,
  type TemporalTarget,
  type VariableName,
} from '../config.js';
import { dataDirectory } from '../devstack/paths.js';
import { findRunningDev, type StackAddresses } from '../devstack/state.js';
import type { RunningWorkers } from '../workers/index.js';
import { connectTemporal, ensureSearchAttributes, type TemporalConnection } from './connection.js';
import type { LogLevel } from './log-level.js';
import { createLog } from './logging.js';

export interface SessionOptions {
  /** The environment with `.env` beneath it. */
  env: Record<string, string>;
  flags?: Partial<Record<VariableName, string>>;
  /** Whether MongoDB is to be started where none is named. */
  mongodb: boolean;
  ignoreProfile?: boolean;
  /** Default: the data directory of the environment. */
  dataDir?: string;
  /** Serve the sample even where a NocoDB is named. */
  sample?: boolean;
  logLevel: LogLevel;
  /** One finished line of what is going on. */
  tell: (line: string) => void;
}

/** Temporal, a worker, and what the data go to: found, or started for the time of a command. */
export interface Session {
  temporal: TemporalConnection;
  namespace: string;
  /** As the worker has it where it is known (own stack or `dev`); else as this command has it. */
  config: Config;
  webUi: string | null;
  /** Whether a worker goes on when this command ends. */
  workerOutlives: boolean;
  /** What this command, or the running `dev`, has started; null: a Temporal of somebody else's. */
  stack: StackAddresses | null;
  /** Whether conversations come from the generated sample. */
  isSample: boolean;
  /** Where the logs of what this command started lie; null where it started nothing. */
  logDir: string | null;
  /** Rejects when a worker or engine that this command started ends by itself. */
  broken: Promise<never>;
  /** Lets running activities of this command's own worker end; then stops all that it started. */
  close(): Promise<void>;
}

const never = new Promise<never>(() => undefined);

/** An address in the environment or profile, else a running `dev`, else null. */
export async function findSession(options: SessionOptions): Promise<Session | null> {
  const { env, flags = {} } = options;
  const config = loadConfig({ env, dotenvPath: null, flags });
  const target = resolveTemporal({ env, ignoreProfile: options.ignoreProfile ?? false });
  if (target.address !== null) {
    return attach(target, { config, webUi: config.temporalUi ?? null, stack: null, isSample: false });
  }
  const running = await findRunningDev(options.dataDir ?? dataDirectory(env));
  if (running === undefined) return null;
  return attach(localTarget(running.temporal), {
    config: loadConfig({ env: { ...env, ...running.env }, dotenvPath: null, flags }),
    webUi: running.temporal.uiUrl ?? null,
    stack: running,
    isSample: running.sample !== undefined,
  });
}

async function attach(
  target: TemporalTarget,
  known: Pick<Session, 'config' | 'webUi' | 'stack' | 'isSample'>,
): Promise<Session> {
  const temporal = await connectTemporal(target);
  return {
    ...known,
    temporal,
    namespace: target.namespace,
    workerOutlives: true,
    logDir: null,
    broken: never,
    close: () => temporal.close(),
  };
}

/** Starts what the environment does not name, and a worker on every queue. */
export async function startSession(options: SessionOptions): Promise<Session> {
  const { env, flags = {} } = options;
  const named = loadConfig({ env, dotenvPath: null, flags });
  const external = resolveTemporal({ env, ignoreProfile: options.ignoreProfile ?? false });
  const dataDir = options.dataDir ?? dataDirectory(env);
  const sample = options.sample ?? named.nocodb === null;
  let fail: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (fail = reject));
  broken.catch(() => undefined);

  const { startStack } = await import('../devstack/stack.js');
  const stack = await startStack({
    dataDir,
    sample,
    log: options.tell,
    ...(external.address === null
      ? {}
      : { temporalAddress: external.address, temporalNamespace: external.namespace }),
    ...(options.mongodb ? {} : { mongodbUri: false as const }),
    ...(options.mongodb && named.mongodb !== null ? { mongodbUri: named.mongodb.uri } : {}),
    ...(named.origins.LAKE_DIR === 'default' ? {} : { lakeDir: named.lake.dir }),
    onEngineExit: (message) => fail(new Error(message)),
  });
  const opened: { temporal?: TemporalConnection; workers?: RunningWorkers } = {};
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeAll());
  const closeAll = async () => {
    const { temporal, workers } = opened;
    workers?.shutdown();
    // What went wrong is told by `broken`; here only its end matters.
    await workers?.done.catch(() => undefined);
    try {
      await stack.stop();
    } finally {
      await temporal?.close();
    }
  };
  try {
    const config = loadConfig({ env: { ...env, ...stack.env }, dotenvPath: null, flags });
    const target = external.address === null ? localTarget(stack.temporal) : external;
    const temporal = await connectTemporal(target);
    opened.temporal = temporal;
    await ensureSearchAttributes(temporal, target.namespace);

    options.tell('Starting the worker …');
    const { startWorkers } = await import('../workers/index.js');
    const log = createLog(options.logLevel, join(stack.logDir, 'worker.log'));
    const workers = await startWorkers(config, { temporal: target, log });
    opened.workers = workers;
    workers.done.catch(fail);
    return {
      temporal,
      namespace: target.namespace,
      config,
      webUi: stack.temporal.uiUrl ?? config.temporalUi ?? null,
      workerOutlives: false,
      stack,
      isSample: sample,
      logDir: stack.logDir,
      broken,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function localTarget({ address, namespace }: { address: string; namespace: string }): TemporalTarget {
  return { address, namespace, connectionOptions: { address } };
}
