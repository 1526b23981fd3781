import type { CollectInput, CollectProgress } from '../domain/collection.js';
import { dayOf, describeRange } from '../domain/period.js';
import type { DateRange } from './arguments.js';
import { findWatermark } from './changes-since.js';
import { collectSettings } from '../starting.js';
import { findCollection, readRunInput, startCollection, type CollectHandle } from './collection.js';
import { CliError } from './errors.js';
import { followCollection, type Following } from './follow.js';
import type { InterruptChoice } from './interrupt.js';
import { missingWorkerMessage, noWorkerError, queuesWithoutPollers } from './pollers.js';
import { chooseRange } from './range.js';
import type { Screen } from './render/screen.js';
import { buildReport, type CollectReport } from './report.js';
import { findResumable } from './resume.js';
import type { Session } from './session.js';
import { resumeIfPaused } from './updates.js';
import { openState, type StateKeeper, type StateOptions } from './state-keeper.js';

/** What is asked of a collection; the command line and the API ask alike. */
export interface CollectRequest extends StateOptions, Partial<DateRange> {
  appId?: string | undefined;
  batchSize?: number | undefined;
  limit?: number | undefined;
  mongodb: boolean;
  detach: boolean;
  /** Go on with a running or unfinished run instead of naming days. */
  resume?: boolean | undefined;
}

/** Who looks on. */
export interface Watching {
  screen: Screen;
  /** Settles when the person wants to leave. */
  interrupted: Promise<InterruptChoice>;
  isInterrupted: () => boolean;
  /** Called once the run is there, and its end may be waited for. */
  onRun?: (session: Session) => void;
}

/** How it went on: a run that ended, one that was left, or none at all. */
export type CollectOutcome =
  | { kind: 'ended'; report: CollectReport }
  | { kind: 'detached'; workflowId: string; attached: boolean }
  /** `run` null: before anything was started. */
  | {
      kind: 'interrupted';
      run: { workflowId: string; input: CollectInput; choice: Exclude<InterruptChoice, 'cancel'> } | null;
    }
  | { kind: 'nothing'; why: string };

/** How long a worker that has just started may take to be seen. */
const POLLERS_GRACE_MS = 3_000;

/** Starts or attaches to the run that is asked for, and follows it to its end. */
export async function runCollection(
  session: Session,
  request: CollectRequest,
  watching: Watching,
): Promise<CollectOutcome> {
  const { screen } = watching;
  if (session.isSample) screen.line('Source: generated sample conversations (NOCODB_BASE_URL is not set)');
  const state = await openState(request, session.config, (line) => screen.line(line));
  try {
    return await runWithState(session, request, watching, state);
  } finally {
    await state?.close();
  }
}

async function runWithState(
  session: Session,
  request: CollectRequest,
  watching: Watching,
  state: StateKeeper | null,
): Promise<CollectOutcome> {
  const { screen } = watching;
  const wanted = await whatToRun(session, request, screen, state);
  if (wanted.kind === 'nothing') return wanted;
  const missing = await queuesWithoutPollers(session.temporal, session.namespace, {
    graceMs: POLLERS_GRACE_MS,
  });
  if (missing.length > 0 && !request.detach) throw noWorkerError(missing, session.temporal.where);

  if (watching.isInterrupted()) return { kind: 'interrupted', run: null };
  const { handle, attached } = await start(session, wanted);
  if (attached && wanted.kind === 'start') {
    screen.line('This range is already being collected: following that run, with its own settings.');
  }
  // A worker that this command has started has just read its settings: what paused the run may be put right.
  if (attached && !session.workerOutlives && (await resumeIfPaused(session, handle))) {
    screen.line('The run was paused: it goes on.');
  }
  if (session.webUi !== null) screen.line(`Web UI: ${runUrl(session, handle)}`);
  const { workflowId } = handle;
  const { runId } = await handle.describe();
  const asked = await readRunInput(session.temporal, { workflowId, runId });
  const input = asked?.input ?? wanted.input;
  await state?.begin({ workflowId, runId: asked?.firstRunId ?? runId, input });
  if (request.detach) {
    if (missing.length > 0) screen.line(missingWorkerMessage(missing, session.temporal.where));
    return { kind: 'detached', workflowId, attached };
  }

  watching.onRun?.(session);
  const following = await follow(
    session,
    handle,
    { ...watching, screen: noting(screen, state) },
    input,
    state,
  );
  if (following.kind === 'interrupted') {
    return { kind: 'interrupted', run: { workflowId, input, choice: following.choice } };
  }
  return {
    kind: 'ended',
    report: await buildReport(handle, following, session, { mongodb: input.mongodb }),
  };
}

type Wanted =
  | { kind: 'start'; input: CollectInput }
  | { kind: 'attach'; workflowId: string; input: CollectInput }
  | { kind: 'nothing'; why: string };

async function whatToRun(
  session: Session,
  request: CollectRequest,
  screen: Screen,
  state: StateKeeper | null,
): Promise<Wanted> {
  if (request.resume !== true) {
    const { startDate, endDate } = request;
    if (startDate === undefined || endDate === undefined)
      return { kind: 'start', input: await inputOfRest(session, request, screen) };
    return { kind: 'start', input: inputOf({ ...request, startDate, endDate }, session) };
  }
  const found = await findResumable(session, {
    appId: request.appId,
    preferred: state?.previous?.run.workflowId,
    tell: (line) => screen.line(line),
  });
  if (found.kind === 'none') return { kind: 'nothing', why: found.why };
  screen.line(
    `${found.kind === 'attach' ? 'Following' : 'Resuming'} ${describeScope(found.input)}: ${found.why}.`,
  );
  if (found.kind === 'attach')
    return { kind: 'attach', workflowId: found.run.workflowId, input: found.input };
  return { kind: 'start', input: withOwn(found.input, request) };
}

/** Without days: what has changed since the watermark; the first time the days that the lake, or the source, says. */
async function inputOfRest(session: Session, request: CollectRequest, screen: Screen): Promise<CollectInput> {
  const { appId } = request;
  const apps = appId === undefined ? 'all apps' : `app ${appId}`;
  const now = Date.now();
  const watermark = await findWatermark(session.config, appId);
  if (watermark !== null) {
    const { until } = watermark;
    screen.line(
      `Changes since ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC, ${apps}.`,
    );
    const days = { startDate: dayOf(Math.min(until, now)), endDate: dayOf(now) };
    return { ...inputOf({ ...request, ...days }, session), mode: 'changes' };
  }
  const chosen = await chooseRange(session.config, appId, now);
  screen.line(`Range: ${describeRange(chosen)}, ${apps}, since ${chosen.why}.`);
  const [first, ...more] = chosen.unfinished;
  if (first !== undefined) {
    screen.line(
      `Earlier and not complete: ${first}${more.length === 0 ? '' : ` and ${more.length} more`}. ` +
        `Collect them by --start-date ${first} --end-date ${more.at(-1) ?? first}.`,
    );
  }
  return { ...inputOf({ ...request, ...chosen }, session), setWatermark: true };
}

/** What the workflow is asked to do. Without MongoDB in the configuration, rows go to the lake only. */
export function inputOf(
  request: Omit<CollectRequest, 'detach'> & DateRange,
  { config }: Pick<Session, 'config'>,
): CollectInput {
  const settings = collectSettings(config);
  return {
    ...settings,
    startDate: request.startDate,
    endDate: request.endDate,
    batchSize: request.batchSize ?? settings.batchSize,
    mongodb: request.mongodb && settings.mongodb,
    ...(request.appId === undefined ? {} : { appId: request.appId }),
    ...(request.limit === undefined ? {} : { limit: request.limit }),
  };
}

/** The settings of the run that is resumed, but for what this request names itself. */
function withOwn(input: CollectInput, request: CollectRequest): CollectInput {
  return {
    ...input,
    mongodb: input.mongodb && request.mongodb,
    ...(request.batchSize === undefined ? {} : { batchSize: request.batchSize }),
    ...(request.limit === undefined ? {} : { limit: request.limit }),
  };
}

async function start(
  session: Session,
  wanted: Exclude<Wanted, { kind: 'nothing' }>,
): Promise<{ handle: CollectHandle; attached: boolean }> {
  if (wanted.kind === 'attach') {
    const handle = await findCollection(session.temporal, wanted.workflowId);
    if (handle !== null) return { handle, attached: true };
  }
  return startCollection(session.temporal, wanted.input);
}

async function follow(
  session: Session,
  handle: CollectHandle,
  { screen, interrupted }: Pick<Watching, 'screen' | 'interrupted'>,
  input: CollectInput,
  state: StateKeeper | null,
): Promise<Following> {
  let status: CollectProgress['status'] = 'running';
  let progress: CollectProgress | null = null;
  try {
    const following = await followCollection(handle, { session, screen, limit: input.limit, interrupted });
    ({ progress } = following);
    status = following.kind === 'closed' ? following.status : (progress?.status ?? 'running');
    return following;
  } catch (error) {
    // Any other error is about this command: the run goes on.
    if (error instanceof CliError) status = (await hasEnded(handle)) ? 'failed' : 'running';
    throw error;
  } finally {
    await state?.end(status, progress);
  }
}

async function hasEnded(handle: CollectHandle): Promise<boolean> {
  return handle.describe().then(
    ({ status }) => status.name !== 'RUNNING',
    () => false,
  );
}

/** Lets the state hear what the screen is shown. */
function noting(screen: Screen, state: StateKeeper | null): Screen {
  if (state === null) return screen;
  return {
    ...screen,
    show: (view) => {
      state.update(view.progress);
      screen.show(view);
    },
  };
}

function describeScope({ startDate, endDate, appId, mode }: CollectInput): string {
  const days = mode === 'changes' ? `changes since ${startDate}` : describeRange({ startDate, endDate });
  return `${days}, ${appId === undefined ? 'all apps' : `app ${appId}`}`;
}

function runUrl({ webUi, namespace }: Session, { workflowId }: CollectHandle): string {
  return `${webUi ?? ''}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
