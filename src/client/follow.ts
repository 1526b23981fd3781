import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowFailedError,
} from '@temporalio/client';

import type { CollectProgress, CollectSummary } from '../domain/collection.js';
import { progressQuery } from '../workflows/messages.js';
import type { CollectHandle } from './collection.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { endOfRun } from './failures.js';
import type { InterruptChoice } from './interrupt.js';
import { missingWorkerMessage, queuesWithoutPollers } from './pollers.js';
import { pauseLines } from './render/pause.js';
import { PaceMeter } from './render/rate.js';
import { describeRetrying } from './retrying.js';
import type { Screen } from './render/screen.js';
import type { Session } from './session.js';

const POLL_MS = 1_000;
const QUERY_DEADLINE_MS = 3_000;
/** How often the queues are looked at, so that a run without a worker does not wait in silence. */
const POLLERS_EVERY_MS = 5_000;
/** How long the server may be gone before the command gives up; the run itself goes on. */
const SERVER_GONE_MS = 120_000;

export type Following =
  | { kind: 'closed'; status: CollectProgress['status']; progress: CollectProgress | CollectSummary | null }
  | { kind: 'interrupted'; choice: Exclude<InterruptChoice, 'cancel'>; progress: CollectProgress | null };

export interface FollowOptions {
  session: Pick<Session, 'temporal' | 'namespace' | 'broken' | 'workerOutlives'>;
  screen: Screen;
  limit?: number | undefined;
  /** Settles at the first Ctrl-C, with what is to be done. */
  interrupted: Promise<InterruptChoice>;
}

type Event =
  | { kind: 'result'; summary: CollectSummary }
  | { kind: 'failed'; error: unknown }
  | { kind: 'interrupt'; choice: InterruptChoice }
  | { kind: 'tick' };

/**
 * Shows how a run goes until it ends or the person leaves. A run that fails ends in a CliError naming the reason.
 */
export async function followCollection(handle: CollectHandle, options: FollowOptions): Promise<Following> {
  // A long poll that outlived its connection would throw from a timer of the library, out of anyone's reach.
  const leaving = new AbortController();
  // The library listens anew with every long poll, and a run may take hours of them.
  setMaxListeners(0, leaving.signal);
  try {
    return await follow(handle, options, leaving.signal);
  } finally {
    leaving.abort();
  }
}

async function follow(
  handle: CollectHandle,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Following> {
  const { session, screen } = options;
  const watcher = new Watcher(handle, options);
  const awaitResult = (): Promise<Event> =>
    session.temporal.connection
      .withAbortSignal(signal, () => handle.result())
      .then(
        (summary) => ({ kind: 'result', summary }),
        (error: unknown) => ({ kind: 'failed', error }),
      );
  let outcome = awaitResult();
  let interrupt: Promise<Event> = options.interrupted.then((choice) => ({ kind: 'interrupt', choice }));
  let goneSince: number | null = null;

  for (;;) {
    const tick = sleep(POLL_MS).then((): Event => ({ kind: 'tick' }));
    const event = await Promise.race([outcome, interrupt, session.broken, tick]);
    switch (event.kind) {
      case 'result':
        watcher.end(event.summary);
        return { kind: 'closed', status: event.summary.status, progress: event.summary };
      case 'failed': {
        if (event.error instanceof WorkflowFailedError) {
          const end = endOfRun(event.error);
          const progress = await watcher.lastProgress();
          watcher.end(progress);
          if (end !== 'cancelled') throw end;
          return { kind: 'closed', status: 'cancelled', progress };
        }
        if (!isConnectivity(event.error)) throw event.error;
        goneSince ??= Date.now();
        if (Date.now() - goneSince > SERVER_GONE_MS) throw serverGone(session.temporal.where, event.error);
        await sleep(POLL_MS);
        outcome = awaitResult();
        break;
      }
      case 'interrupt':
        if (event.choice !== 'cancel') {
          screen.done();
          return { kind: 'interrupted', choice: event.choice, progress: watcher.known };
        }
        screen.line('Cancelling: batches that are under way come to their end …');
        await handle.cancel();
        interrupt = new Promise(() => undefined);
        break;
      case 'tick':
        if (await watcher.look()) goneSince = null;
        break;
    }
  }
}

/** Asks a run how it stands, and where it does not answer, why. */
class Watcher {
  known: CollectProgress | null = null;
  private readonly pace: PaceMeter;
  private note: string | null = null;
  private pollersSeenAt = Date.now();
  private toldPause: string | null = null;

  constructor(
    private readonly handle: CollectHandle,
    private readonly options: FollowOptions,
  ) {
    this.pace = new PaceMeter(options.limit);
  }

  /** @returns whether the server answered */
  async look(): Promise<boolean> {
    const { screen } = this.options;
    const answer = await this.ask();
    if (answer.progress !== null) this.known = answer.progress;
    if (this.known !== null) this.tellPause(this.known);
    if (Date.now() - this.pollersSeenAt >= POLLERS_EVERY_MS || answer.silent)
      await this.lookForWorkers(answer.silent);
    if (this.known !== null) {
      screen.show({ progress: this.known, pace: this.pace.add(this.known, Date.now()), note: this.note });
    } else screen.wait(this.note ?? 'Checking the source and planning …');
    return answer.reachable;
  }

  /** Says once why a run stands still, and how it goes on: it may be for hours. */
  private tellPause({ status, pauseReason }: CollectProgress): void {
    const pause = status === 'paused' ? (pauseReason ?? '') : null;
    if (pause !== null && pause !== this.toldPause) {
      const { screen, session } = this.options;
      for (const line of pauseLines(this.handle.workflowId, pause, session.workerOutlives))
        screen.line(screen.colors.yellow(line));
    }
    this.toldPause = pause;
  }

  /** Shows the counters for the last time. */
  end(progress: CollectProgress | null): void {
    const { screen } = this.options;
    if (progress !== null) {
      screen.show({
        progress,
        pace: { ...this.pace.add(progress, Date.now()), timeLeftMs: null },
        note: null,
      });
    }
    screen.done();
  }

  /** The counters at the end; those last seen where nobody answers any more. */
  async lastProgress(): Promise<CollectProgress | null> {
    const { progress } = await this.ask();
    return progress ?? this.known;
  }

  private async ask(): Promise<{ progress: CollectProgress | null; silent: boolean; reachable: boolean }> {
    const { connection } = this.options.session.temporal;
    try {
      const progress = await connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
        this.handle.query(progressQuery),
      );
      return { progress, silent: false, reachable: true };
    } catch (error) {
      // The run answers once it has checked the source.
      if (error instanceof QueryNotRegisteredError) return { progress: null, silent: false, reachable: true };
      return { progress: null, silent: true, reachable: !isUnavailable(error) };
    }
  }

  private async lookForWorkers(silent: boolean): Promise<void> {
    const { temporal, namespace } = this.options.session;
    this.pollersSeenAt = Date.now();
    try {
      const missing = await queuesWithoutPollers(temporal, namespace);
      if (missing.length > 0) this.note = missingWorkerMessage(missing, temporal.where).replace('\n', ' ');
      else if (silent && this.known === null) this.note = 'Waiting for the worker …';
      else this.note = await describeRetrying(temporal, this.handle);
    } catch {
      this.note = `Temporal does not answer at ${temporal.where}; trying again …`;
    }
  }
}

const UNAVAILABLE = 14;

function isUnavailable(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && (cause.code as number) === UNAVAILABLE;
}

/** Everything that is about reaching the server, and says nothing about the run. */
function isConnectivity(error: unknown): boolean {
  return error instanceof ServiceError || isGrpcServiceError(error);
}

function serverGone(where: string, cause: unknown): CliError {
  return new CliError(
    EXIT.unreachable,
    `Temporal at ${where} has not answered for ${SERVER_GONE_MS / 1000} s.\n` +
      'The run is kept there: the same command attaches to it again once the server is back.',
    { cause },
  );
}
