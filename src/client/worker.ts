import {
  loadConfig,
  mergedEnvironment,
  requireNocodb,
  resolveTemporal,
  type Config,
  type TemporalTarget,
} from '../config.js';
import { dataDirectory } from '../devstack/paths.js';
import { findRunningDev } from '../devstack/state.js';
import { QUEUE_ROLES, QUEUES, type QueueRole } from '../names.js';
import { connectTemporal, ensureSearchAttributes } from './connection.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { GlobalOptions, Io } from './globals.js';
import { onInterrupt } from './interrupt.js';
import { createLog } from './logging.js';
import { noTemporal } from './status.js';

/** Queues whose work reads NocoDB or names its base in every key. */
const NEED_NOCODB: readonly QueueRole[] = ['source', 'process'];

/** The `worker` command: polls until SIGTERM or Ctrl-C, then lets running activities end. */
export async function runWorker(
  requested: readonly QueueRole[] | undefined,
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  const roles = requested ?? QUEUE_ROLES;
  const { config, target } = await settings(io);
  if (roles.some((role) => NEED_NOCODB.includes(role))) requireNocodb(config);
  const temporal = await connectTemporal(target);
  try {
    await ensureSearchAttributes(temporal, target.namespace);
  } finally {
    await temporal.close();
  }

  const { startWorkers } = await import('../workers/index.js');
  const workers = await startWorkers(config, { temporal: target, roles, log: createLog(logLevel) });
  const names =
    roles.length === QUEUE_ROLES.length ? 'all queues' : roles.map((role) => QUEUES[role]).join(', ');
  io.stderr.write(
    `Worker polls ${names} at ${temporal.where}. Ctrl-C ends it once running activities are done.\n`,
  );
  const stop = onInterrupt(() => {
    io.stderr.write('Ending: running activities come to their end (Ctrl-C again to stop at once) …\n');
    workers.shutdown();
  });
  try {
    await workers.done;
  } finally {
    stop();
  }
  return EXIT.complete;
}

/** The environment's Temporal, else a running `dev` with all that it has started. */
async function settings(io: Io): Promise<{ config: Config; target: TemporalTarget }> {
  const env = mergedEnvironment({ env: io.env });
  const config = loadConfig({ env, dotenvPath: null });
  const target = resolveTemporal({ env });
  if (target.address !== null) return { config, target };
  const running = await findRunningDev(dataDirectory(env));
  if (running === undefined) throw noTemporal();
  const { address, namespace } = running.temporal;
  return {
    config: loadConfig({ env: { ...env, ...running.env }, dotenvPath: null }),
    target: { address, namespace, connectionOptions: { address } },
  };
}
