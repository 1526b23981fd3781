import { mergedEnvironment } from '../config.js';
import type { CollectProgress } from '../domain/collection.js';
import { parseCollectArguments } from './collect-options.js';
import { runCollection } from './collect-run.js';
import { ensureSearchAttributes } from './connection.js';
import { UsageError } from './errors.js';
import type { InterruptChoice } from './interrupt.js';
import type { LogLevel } from './log-level.js';
import { readStatus, type StatusReport } from './overview.js';
import { colorsFor } from './render/colors.js';
import type { Screen } from './render/screen.js';
import type { CollectReport } from './report.js';
import { findSession, startSession, type Session } from './session.js';
import { checkStateFile } from './state-keeper.js';
import { handleOf, noTemporal, reportOf } from './status.js';
import { standing } from './standing.js';

/** Where a client finds its settings, and what it may start. */
export interface ClientOptions {
  /** Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** File of further settings beneath `env`; default `.env` in the working directory where it exists; null: none. */
  dotenvPath?: string | null;
  /**
   * Start a local stack with a worker where no Temporal is named and no `dev` runs. Default true; false rejects then
   * with exit code 5.
   */
  start?: boolean;
  /** Whether a stack that is started gets a MongoDB where none is named. Default true. */
  mongodb?: boolean;
  /** Of a worker that is started; it logs to a file. Default `info`. */
  logLevel?: LogLevel;
  /** One finished line of what is going on. */
  onNotice?: (line: string) => void;
  /** Gives up starting. */
  signal?: AbortSignal;
}

/** What is to be collected. Without days: what is new or has changed since the last time; the first time, every day. */
export interface CollectOptions {
  /** First UTC day, `YYYY-MM-DD`. */
  startDate?: string;
  /** Last UTC day, inclusive; default: today. */
  endDate?: string;
  /** Only this app. */
  appId?: string;
  /** Conversations a batch, 1 to 1000; default BATCH_SIZE. */
  batchSize?: number;
  /** At most so many conversations. */
  limit?: number;
  /** false: write to the lake only. Default true, where a MongoDB is configured. */
  mongodb?: boolean;
  /** Keep the state of the run in this JSON file. */
  stateFile?: string;
  /** Keep it in the bucket of the lake. */
  useS3State?: boolean;
  /** About once a second, with the counters of the run. */
  onProgress?: (progress: CollectProgress) => void;
  /** One finished line: the range that was chosen, a run that is attached to, a worker that is missing. */
  onNotice?: (line: string) => void;
  /** Stops waiting, and rejects with its reason; the run itself is kept, and goes on where a worker does. */
  signal?: AbortSignal;
}

/** Instead of days: go on with the running run, or the last one that is not finished. */
export interface ResumeOptions extends Omit<CollectOptions, 'startDate' | 'endDate'> {
  resume: true;
}

/** A connection to Temporal, with all that was started for it. Safe to use for several calls, one after another or at once. */
export interface Client {
  /** Address and namespace of Temporal. */
  readonly where: string;
  /** Address of the Web UI, where it is known. */
  readonly webUi: string | null;
  /** Collects, or attaches to the same range that is being collected; resolves when the run has ended. */
  collect(options?: CollectOptions): Promise<CollectReport>;
  /** null: there is nothing to resume. */
  collect(options: ResumeOptions): Promise<CollectReport | null>;
  /** The last runs, coverage by app and day, failures, schedules. */
  status(): Promise<StatusReport>;
  /** How one run stands, or what it came to; by its workflow id. */
  status(id: string): Promise<CollectReport>;
  /** Lets running activities of a worker that was started come to their end, and stops all that was started. */
  close(): Promise<void>;
}

/**
 * Finds Temporal as the command line does (environment, profile, a running `dev`), or starts a local stack.
 * @throws ConfigError, CliError
 */
export async function createClient(options: ClientOptions = {}): Promise<Client> {
  const session = await openSession(options);
  return {
    where: session.temporal.where,
    webUi: session.webUi,
    collect: ((asked: CollectOptions | ResumeOptions = {}) => collectIn(session, asked)) as Client['collect'],
    status: ((id?: string) =>
      id === undefined ? readStatus(session) : readRun(session, id)) as Client['status'],
    close: () => session.close(),
  };
}

/** `createClient`, one collection, and `close`. */
export function collect(options?: CollectOptions & ClientOptions): Promise<CollectReport>;
export function collect(options: ResumeOptions & ClientOptions): Promise<CollectReport | null>;
export async function collect(
  options: (CollectOptions | ResumeOptions) & ClientOptions = {},
): Promise<CollectReport | null> {
  const request = parseCollectArguments(options, Date.now());
  await checkStateFile(request);
  const session = await openSession(options);
  try {
    return await collectIn(session, options);
  } finally {
    await session.close();
  }
}

/** How everything stands, or one run. Only looks: starts nothing. @throws CliError (exit code 5) where no Temporal is found */
export function status(options?: Omit<ClientOptions, 'start'> & { id?: undefined }): Promise<StatusReport>;
export function status(options: Omit<ClientOptions, 'start'> & { id: string }): Promise<CollectReport>;
export async function status(
  options: Omit<ClientOptions, 'start'> & { id?: string | undefined } = {},
): Promise<StatusReport | CollectReport> {
  const session = await openSession({ ...options, start: false }, false);
  try {
    return options.id === undefined ? await readStatus(session) : await readRun(session, options.id);
  } finally {
    await session.close();
  }
}

async function openSession(options: ClientOptions, prepare = true): Promise<Session> {
  const { env = process.env, dotenvPath, signal, onNotice } = options;
  signal?.throwIfAborted();
  const settings = {
    env: mergedEnvironment({ env, ...(dotenvPath === undefined ? {} : { dotenvPath }) }),
    mongodb: options.mongodb ?? true,
    logLevel: options.logLevel ?? 'info',
    tell: (line: string) => onNotice?.(line),
  };
  const found = await findSession(settings);
  if (found !== null) {
    if (prepare) await ensureSearchAttributes(found.temporal, found.namespace);
    return found;
  }
  if (options.start === false) throw noTemporal();
  const started = await startSession(settings);
  if (signal?.aborted === true) {
    await started.close();
    signal.throwIfAborted();
  }
  return started;
}

async function collectIn(
  session: Session,
  options: CollectOptions | ResumeOptions,
): Promise<CollectReport | null> {
  const { onProgress, onNotice, signal } = options;
  signal?.throwIfAborted();
  const request = parseCollectArguments(options, Date.now());
  const leaving = interruptOf(signal, session.workerOutlives ? 'leave' : 'drain');
  try {
    const outcome = await runCollection(session, request, {
      screen: listeningScreen(onProgress, onNotice),
      interrupted: leaving.choice,
      isInterrupted: () => signal?.aborted === true,
    });
    switch (outcome.kind) {
      case 'ended':
        return outcome.report;
      case 'nothing':
        onNotice?.(outcome.why);
        return null;
      case 'interrupted':
        throw signal?.reason;
      case 'detached':
        throw new UsageError('detach is for the command line: leave a run by `signal`');
    }
  } finally {
    leaving.stop();
  }
}

async function readRun(session: Session, id: string): Promise<CollectReport> {
  const handle = await handleOf(session, id);
  const following = await standing(session, handle);
  return reportOf(session, handle, following);
}

function interruptOf(
  signal: AbortSignal | undefined,
  choice: InterruptChoice,
): { choice: Promise<InterruptChoice>; stop: () => void } {
  let leave: () => void = () => undefined;
  const left = new Promise<InterruptChoice>((resolve) => (leave = () => resolve(choice)));
  signal?.addEventListener('abort', leave, { once: true });
  return { choice: left, stop: () => signal?.removeEventListener('abort', leave) };
}

/** What the command line draws, as calls. */
function listeningScreen(
  onProgress: CollectOptions['onProgress'],
  onNotice: CollectOptions['onNotice'],
): Screen {
  let lastNote: string | null = null;
  return {
    colors: colorsFor({}, {}),
    line: (text) => onNotice?.(text),
    show: ({ progress, note }) => {
      onProgress?.(progress);
      if (note !== null && note !== lastNote) onNotice?.(note);
      lastNote = note;
    },
    wait: () => undefined,
    done: () => undefined,
    hold: () => undefined,
  };
}
