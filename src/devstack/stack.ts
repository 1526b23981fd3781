import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { provideMongo } from './engines/mongodb.js';
import { provideTemporal } from './engines/temporal.js';
import { StackError } from './errors.js';
import { tryLock, type Lock } from './lock-file.js';
import { elapsed, type Log } from './log.js';
import { cacheDirectory, dataDirectory } from './paths.js';
import { PortBook } from './port-book.js';
import { identify } from './process-identity.js';
import {
  Started,
  environmentFor,
  externalMongo,
  externalTemporal,
  runMongo,
  runSample,
  runTemporal,
  type Context,
} from './stack-parts.js';
import { STACK_FILES, findRunningDev, writeDevState, type StackAddresses } from './state.js';
import { DEFAULT_GRACE_SECONDS, stopLeftovers } from './supervisor.js';

export interface StackOptions {
  /** Default: `dataDirectory()`. */
  dataDir?: string | undefined;
  /** Default: `cacheDirectory()`. */
  cacheDir?: string | undefined;
  /** Use this Temporal server instead of starting one. */
  temporalAddress?: string | undefined;
  /** Namespace on `temporalAddress`; default `default`. */
  temporalNamespace?: string | undefined;
  /** Use this MongoDB instead of starting one; `false`: none at all. */
  mongodbUri?: string | false | undefined;
  /** Default: `lake` in the data directory. */
  lakeDir?: string | undefined;
  /** Serve the generated sample conversations as a NocoDB. */
  sample?: boolean | undefined;
  log: Log;
  /** Told when an engine ends although nobody stopped it; default: `log`. */
  onEngineExit?: ((message: string) => void) | undefined;
}

export interface Stack extends StackAddresses {
  readonly dataDir: string;
  /** Folder with one log file an engine. */
  readonly logDir: string;
  /** Stops what was started, in any case; may be called again. */
  stop(): Promise<void>;
}

/**
 * Starts what the options do not already name: Temporal with its Web UI, MongoDB, the sample source. Engines are found
 * or obtained first (see engines/provide.ts). Data lie in the data directory and outlive a restart; ports and the
 * sample's token stay the same where they are free. One process at a time may use a data directory. However this
 * process ends, `kill -9` included, the engines end too (see supervisor.ts).
 *
 * @throws StackError with what was tried and what to do.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir ?? dataDirectory());
  const lock = await lockData(dataDir);
  const started = new Started(lock, dataDir);
  try {
    return await assemble(options, dataDir, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/**
 * Removes everything that the stack keeps in the data directory, the lake included, and nothing else that lies there.
 * @throws StackError while a stack runs on it.
 */
export async function resetStack(dataDir: string): Promise<void> {
  const lock = await lockData(dataDir);
  try {
    await stopLeftovers(join(dataDir, STACK_FILES.run), DEFAULT_GRACE_SECONDS * 1_000);
    for (const [what, name] of Object.entries(STACK_FILES)) {
      if (what !== 'lock') await rm(join(dataDir, name), { recursive: true, force: true });
    }
  } finally {
    await lock.release();
  }
}

async function lockData(dataDir: string): Promise<Lock> {
  const lock = await tryLock(join(dataDir, STACK_FILES.lock));
  if ('release' in lock) return lock;
  const running = await findRunningDev(dataDir);
  const where = running?.temporal.uiUrl === undefined ? '' : ` (Web UI ${running.temporal.uiUrl})`;
  throw new StackError(
    `A stack of process ${lock.heldBy?.pid ?? 'unknown'} already runs on ${dataDir}${where}. ` +
      'Stop it first, or set CONVERSATION_ANALYTICS_DATA to another directory.',
  );
}

async function assemble(options: StackOptions, dataDir: string, started: Started): Promise<Stack> {
  const begin = Date.now();
  const { log } = options;
  const places = {
    run: join(dataDir, STACK_FILES.run),
    logs: join(dataDir, STACK_FILES.logs),
    lake: resolve(options.lakeDir ?? join(dataDir, STACK_FILES.lake)),
  };
  const left = await stopLeftovers(places.run, (DEFAULT_GRACE_SECONDS + 2) * 1_000);
  if (left > 0) log(`Ended ${left} engine${left === 1 ? '' : 's'} that an interrupted run had left`);
  await mkdir(places.lake, { recursive: true });

  const ports = new PortBook(dataDir);
  const context: Context = {
    options,
    dataDir,
    runDirectory: places.run,
    logDir: places.logs,
    ports,
    started,
  };
  // One after the other: two builds at once would only slow each other down.
  const provideOptions = { cacheDir: options.cacheDir ?? cacheDirectory(), log };
  const temporalBinary =
    options.temporalAddress === undefined ? await provideTemporal(provideOptions) : undefined;
  const mongoEngine = options.mongodbUri === undefined ? await provideMongo(provideOptions) : undefined;

  const [temporal, mongodb, sample] = await settleAll([
    temporalBinary === undefined
      ? Promise.resolve(externalTemporal(options))
      : runTemporal(context, temporalBinary.path),
    mongoEngine === undefined ? Promise.resolve(externalMongo(options)) : runMongo(context, mongoEngine),
    options.sample === true ? runSample(context) : Promise.resolve(undefined),
  ]);
  await ports.save();

  const addresses: StackAddresses = {
    temporal,
    mongodb,
    lakeDir: places.lake,
    ...(sample === undefined ? {} : { sample }),
    env: environmentFor(temporal, mongodb, places.lake, sample),
  };
  const self = identify(process.pid);
  if (self !== undefined) {
    await writeDevState(dataDir, { ...addresses, process: self, startedAt: new Date(begin).toISOString() });
  }
  log(`Stack ready in ${elapsed(begin)}`);
  return { ...addresses, dataDir, logDir: places.logs, stop: () => started.stop() };
}

/** Like Promise.all, but waits for all: what did start is then registered and can be stopped when one failed. */
async function settleAll<T extends readonly unknown[]>(tasks: {
  [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const results = await Promise.allSettled(tasks);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
