import type { CollectProgress } from '../domain/collection.js';
import { pauseUpdate, resumeUpdate, setConcurrencyUpdate } from '../workflows/messages.js';
import type { CollectHandle } from './collection.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { findRun } from './find-run.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { batches, count } from './render/format.js';
import type { Session } from './session.js';
import { tellRun } from './updates.js';
import { withTemporal } from './with-temporal.js';

export interface ControlRequest {
  /** Workflow id; undefined: the one that is running. */
  run: string | undefined;
  json: boolean;
}

/** What a run answered, and how people are told. */
interface Told {
  line: string;
  progress: CollectProgress | null;
}

const follow = (id: string) => `Follow it: conversation-analytics status '${id}' --watch`;

/** The `pause` command: starts no further batch; those under way come to their end. */
export function pause(request: ControlRequest & { reason: string }, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (session, handle) => {
    const progress = await tellRun(session, handle, () =>
      handle.executeUpdate(pauseUpdate, { args: [request.reason] }),
    );
    const left = progress.batches.running;
    const line =
      `Paused: ${handle.workflowId} (${request.reason}); ` +
      `${batches(left)} under way ${left === 1 ? 'comes' : 'come'} to ${left === 1 ? 'its' : 'their'} end.`;
    return { line: `${line}\nGo on: conversation-analytics resume '${handle.workflowId}'`, progress };
  });
}

/** The `resume` command: goes on, and takes up the batches that failed around a pause of the run's own. */
export function resume(request: ControlRequest, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (session, handle) => {
    const progress = await tellRun(session, handle, () => handle.executeUpdate(resumeUpdate));
    return { line: `Goes on: ${handle.workflowId}\n${follow(handle.workflowId)}`, progress };
  });
}

/** The `set-concurrency` command: batches in flight, from now on. */
export function setConcurrency(request: ControlRequest & { n: number }, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (session, handle) => {
    const progress = await tellRun(session, handle, () =>
      handle.executeUpdate(setConcurrencyUpdate, { args: [request.n] }),
    );
    const line = `${handle.workflowId} keeps up to ${batches(request.n)} in flight from now on (${count(progress.batches.running)} now).`;
    return { line, progress };
  });
}

/** The `cancel` command: what is committed stays. */
export function cancel(request: ControlRequest, options: GlobalOptions, io: Io) {
  return control(request, options, io, async (_, handle) => {
    await handle.cancel();
    const line = `Cancelling ${handle.workflowId}: what is under way is given up, days that are committed stay.`;
    return { line: `${line}\n${follow(handle.workflowId)}`, progress: null };
  });
}

async function control(
  request: ControlRequest,
  options: GlobalOptions,
  io: Io,
  tell: (session: Session, handle: CollectHandle) => Promise<Told>,
): Promise<ExitCode> {
  return withTemporal(options, io, async (session) => {
    const handle = await findRun(session, request.run, 'running');
    const { line, progress } = await tell(session, handle);
    if (request.json) printJson(io, { workflowId: handle.workflowId, progress });
    else printLines(io.stdout, line.split('\n'));
    return EXIT.complete;
  });
}
