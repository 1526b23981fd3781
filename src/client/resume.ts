import { WorkflowFailedError } from '@temporalio/client';

import type { CollectInput } from '../domain/collection.js';
import { dayEnd, dayOf, dayStart, DAY_MS, describeRange } from '../domain/period.js';
import {
  findCollection,
  listCollections,
  readRunInput,
  type RunInput,
  type RunListing,
} from './collection.js';
import { coverageOf } from '../adapters/lake/covered-days.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import { endOfRun } from './failures.js';
import { readManifests } from './lake-store.js';
import type { Session } from './session.js';

/** Runs that are looked through for one that is not finished. */
const RUNS_READ = 200;

/** What `--resume` found. */
export type Resumption =
  /** A run that goes on by itself. */
  | { kind: 'attach'; run: RunListing; input: CollectInput; why: string }
  /** One that ended early: its range, or what is left of it, is to be collected with its own settings. */
  | { kind: 'restart'; run: RunListing; input: CollectInput; why: string }
  | { kind: 'none'; why: string };

interface Options {
  /** Only runs of this app. */
  appId?: string | undefined;
  /** Looked at first: the run that a state file names. */
  preferred?: string | undefined;
  tell: (line: string) => void;
}

/** Finds the run to go on with: a running one, else the one that ended last without being finished. */
export async function findResumable(
  session: Pick<Session, 'temporal' | 'config'>,
  { appId, preferred, tell }: Options,
): Promise<Resumption> {
  const listed = await listCollections(session.temporal, RUNS_READ);
  const mine = listed.filter((run) => appId === undefined || run.appId === appId);
  const newest = [...new Map([...mine].reverse().map((run) => [run.workflowId, run])).values()].reverse();
  const ordered = [
    ...newest.filter(({ workflowId }) => workflowId === preferred),
    ...newest.filter(({ workflowId }) => workflowId !== preferred),
  ];
  if (preferred !== undefined && ordered[0]?.workflowId !== preferred) {
    tell(`The state names the run ${preferred}, which Temporal at ${session.temporal.where} does not know.`);
  }
  const running =
    ordered.find((run) => run.workflowId === preferred && isRunning(run)) ?? ordered.find(isRunning);
  if (running !== undefined) {
    const known = await readRunInput(session.temporal, running);
    if (known !== null) return { kind: 'attach', run: running, input: known.input, why: 'it is running' };
  }
  const books = new Books(session, listed);
  for (const run of ordered.filter((candidate) => !isRunning(candidate) && !isFinished(candidate))) {
    const found = await restart(session, run, books, tell);
    if (found !== null) return found;
  }
  const scope = appId === undefined ? '' : ` of app ${appId}`;
  return {
    kind: 'none',
    why: `Nothing to resume: no collection${scope} is running or unfinished at ${session.temporal.where}.`,
  };
}

function isRunning({ state }: RunListing): boolean {
  return state === 'RUNNING';
}

function isFinished({ state, status }: RunListing): boolean {
  return state === 'COMPLETED' && status === 'complete';
}

async function restart(
  session: Pick<Session, 'temporal' | 'config'>,
  run: RunListing,
  books: Books,
  tell: (line: string) => void,
): Promise<Resumption | null> {
  const known = await readRunInput(session.temporal, run);
  if (known === null) return null;
  if (run.state === 'FAILED' && (await wasRefused(session, run))) return null;
  const ended = run.status === 'partial' && run.state === 'COMPLETED' ? 'partial' : run.state.toLowerCase();
  const isChanges = known.input.mode === 'changes';
  const left = isChanges
    ? null // its watermark has not moved: what has changed is looked up anew
    : await books.daysLeft(run, known).catch(() => {
        tell('The lake cannot be read from here: the whole range is collected again.');
        return null;
      });
  if (left?.length === 0) return null;
  const whole = { startDate: known.input.startDate, endDate: known.input.endDate };
  const range =
    left === null ? whole : { startDate: left[0] ?? whole.startDate, endDate: left.at(-1) ?? whole.endDate };
  const isPart = range.startDate !== whole.startDate || range.endDate !== whole.endDate;
  return {
    kind: 'restart',
    run,
    input: { ...withoutRetry(known.input), ...range },
    why: `it ended as ${ended}${isPart ? `; of ${describeRange(whole)} the other days are committed` : ''}`,
  };
}

/** What is left is read anew, not only the batches that a retry of the run named. */
function withoutRetry(input: CollectInput): CollectInput {
  const whole = { ...input };
  delete whole.retry;
  return whole;
}

/** A run that was refused for its arguments (an unknown app) would be refused again. */
async function wasRefused(session: Pick<Session, 'temporal'>, run: RunListing): Promise<boolean> {
  const handle = await findCollection(session.temporal, run.workflowId);
  try {
    await handle?.result();
    return false;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const end = endOfRun(error);
    return end instanceof CliError && end.exitCode === EXIT.usage;
  }
}

/** Which days of a run are done, by the lake's manifests and by what Temporal knows of the runs that they name. */
class Books {
  private readonly runs = new Map<string, { startedAt: number; mongodb: boolean; ended: boolean } | null>();

  constructor(
    private readonly session: Pick<Session, 'temporal' | 'config'>,
    private readonly listed: readonly RunListing[],
  ) {}

  /**
   * Days that must be read again. A day counts as done where the run itself, or one that began later, has read all of
   * it, and has written it to MongoDB where the run does. A run that was broken off may have committed a day whose
   * deletions are not in MongoDB yet: none of its days count then.
   */
  async daysLeft(run: RunListing, { input, firstRunId }: RunInput): Promise<string[]> {
    const days = { start: input.startDate, end: input.endDate };
    const covered = coverageOf(await readManifests(this.session.config, days), input.appId ?? null);
    const done = new Set<string>();
    for (const day of covered) {
      if (!day.whole || day.coveredUntil < Math.min(dayEnd(day.day), Date.parse(run.startedAt))) continue;
      const reader =
        day.runId === firstRunId
          ? { startedAt: Number.POSITIVE_INFINITY, mongodb: input.mongodb, ended: run.state === 'COMPLETED' }
          : await this.reader(day.runId);
      if (reader === null || reader.startedAt <= Date.parse(run.startedAt)) continue;
      if (!input.mongodb || (reader.mongodb && reader.ended)) done.add(day.day);
    }
    return daysOf(input.startDate, input.endDate).filter((day) => !done.has(day));
  }

  /** A run by the id of its first execution; null where Temporal does not list it any more. */
  private async reader(runId: string) {
    const known = this.runs.get(runId);
    if (known !== undefined) return known;
    const run = this.listed.find((listing) => listing.runId === runId);
    const asked = run === undefined ? null : await readRunInput(this.session.temporal, run);
    // The chain's last execution says how it came out.
    const last = this.listed.find(({ workflowId }) => workflowId === run?.workflowId);
    const reader =
      run === undefined || asked === null
        ? null
        : {
            startedAt: Date.parse(run.startedAt),
            mongodb: asked.input.mongodb,
            ended: last?.state === 'COMPLETED',
          };
    this.runs.set(runId, reader);
    return reader;
  }
}

function daysOf(startDate: string, endDate: string): string[] {
  const days: string[] = [];
  for (let at = dayStart(startDate); at <= dayStart(endDate); at += DAY_MS) days.push(dayOf(at));
  return days;
}
