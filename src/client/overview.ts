import type { Config } from '../config.js';
import type { Watermark } from '../domain/changes.js';
import type { DayManifest } from '../ports/lake.js';
import { listCollections, readRunInput, type RunListing } from './collection.js';
import { appsOf, coverageOf, type CoveredDay } from '../adapters/lake/covered-days.js';
import { describeError } from './errors.js';
import { withLakeStore } from './lake-store.js';
import { placesOf } from './report.js';
import type { Session } from './session.js';

/** How everything stands: what a bare `status` shows. */
export interface StatusReport {
  /** Address and namespace. */
  temporal: string;
  /** The last collections, newest first. */
  runs: RunListing[];
  coverage: Coverage;
  /** Runs of the list whose failed batches have not been run again with success. */
  failures: RunFailures[];
  /** Schedules that start our workflows, the next first; null where Temporal does not say. */
  schedules: ScheduleListing[] | null;
}

export interface Coverage {
  /** Directory or `s3://bucket/prefix`. */
  lake: string;
  /** Why it cannot be read from here; null where it can. */
  problem: string | null;
  apps: {
    /** null: readings of all apps together. */
    appId: string | null;
    days: DayListing[];
    /** Where the next collection without days begins, by source; none until there was one. */
    watermarks: WatermarkListing[];
  }[];
}

export interface WatermarkListing {
  source: string;
  /** First UTC day from which on every row is known. */
  from: string;
  /** ISO 8601: rows stamped earlier have been read. */
  until: string;
  /** ISO 8601: the last look, which found nothing newer. */
  checkedAt: string;
}

export interface DayListing extends Pick<CoveredDay, 'day' | 'state' | 'sourceCount' | 'runId'> {
  /** ISO 8601: rows are known up to here. */
  coveredUntil: string;
}

export interface RunFailures {
  workflowId: string;
  runId: string;
  failedBatches: number;
}

export interface ScheduleListing {
  id: string;
  workflowType: string;
  paused: boolean;
  /** ISO 8601; null: none is planned. */
  nextAt: string | null;
}

const RUNS_SHOWN = 20;
/** Runs with failures that are looked up in the lake. */
const FAILURES_READ = 10;
/** A lake that does not answer must not keep the rest from being shown. */
const LAKE_TIMEOUT_MS = 30_000;

/** Workflows of this program that a schedule may start. */
const OUR_WORKFLOWS = new Set(['collectConversations', 'reconcile', 'tick', 'buildReport']);

/** Asks Temporal and the lake how everything stands; starts and changes nothing. */
export async function readStatus(
  session: Pick<Session, 'temporal' | 'config' | 'webUi'>,
): Promise<StatusReport> {
  const [runs, coverage, schedules] = await Promise.all([
    listCollections(session.temporal, RUNS_SHOWN),
    readCoverage(session.config),
    listSchedules(session),
  ]);
  return {
    temporal: session.temporal.where,
    runs,
    coverage,
    failures: await readRunFailures(session, runs),
    schedules,
  };
}

async function readCoverage(config: Config): Promise<Coverage> {
  const { lake } = placesOf(config, { mongodb: false, webUi: null });
  try {
    const { openLakeReader } = await import('../adapters/lake/index.js');
    const { listWatermarks } = await import('../adapters/watermarks/index.js');
    const signal = AbortSignal.timeout(LAKE_TIMEOUT_MS);
    const [manifests, watermarks] = await withLakeStore(config, (store) =>
      Promise.all([openLakeReader(store).committedDays({}, signal), listWatermarks(store, signal)]),
    );
    return { lake, problem: null, apps: appListings(manifests, watermarks) };
  } catch (error) {
    return { lake, problem: describeError(error).lines[0] ?? 'it does not answer', apps: [] };
  }
}

function appListings(manifests: readonly DayManifest[], watermarks: readonly Watermark[]): Coverage['apps'] {
  const apps = new Set([...appsOf(manifests), ...watermarks.flatMap(({ appId }) => appId ?? [])]);
  return [null, ...[...apps].sort()]
    .map((appId) => ({
      appId,
      days: coverageOf(manifests, appId, watermarks).map(dayListing),
      watermarks: watermarks.filter((watermark) => watermark.appId === appId).map(watermarkListing),
    }))
    .filter(({ days }) => days.length > 0);
}

function watermarkListing({ source, from, until, checkedAt }: Watermark): WatermarkListing {
  return {
    source,
    from,
    until: new Date(until).toISOString(),
    checkedAt: new Date(checkedAt).toISOString(),
  };
}

function dayListing({ day, state, sourceCount, runId, coveredUntil }: CoveredDay): DayListing {
  return { day, state, sourceCount, runId, coveredUntil: new Date(coveredUntil).toISOString() };
}

/** Failed batches that still stand: the records in the lake know of retries, the runs' own counters do not. */
async function readRunFailures(
  { temporal, config }: Pick<Session, 'temporal' | 'config'>,
  runs: readonly RunListing[],
): Promise<RunFailures[]> {
  const newest = runs.filter(
    (run, at) => runs.findIndex((other) => other.workflowId === run.workflowId) === at,
  );
  const failed = newest.filter(({ failedBatches }) => failedBatches > 0).slice(0, FAILURES_READ);
  if (failed.length === 0) return [];
  const ids = await Promise.all(
    failed.map(async (run) => (await readRunInput(temporal, run))?.firstRunId ?? run.runId),
  );
  const { readFailures } = await import('../adapters/run-records/index.js');
  const signal = AbortSignal.timeout(LAKE_TIMEOUT_MS);
  const records = await withLakeStore(config, (store) =>
    Promise.all(ids.map((runId) => readFailures(store, runId, signal))),
  ).catch(() => []);
  return failed
    .map(({ workflowId, failedBatches }, at) => {
      const standing = records[at]?.length ?? 0;
      return {
        workflowId,
        runId: ids[at] ?? '',
        failedBatches: records.length > 0 ? standing : failedBatches,
      };
    })
    .filter(({ failedBatches }) => failedBatches > 0);
}

async function listSchedules({ temporal }: Pick<Session, 'temporal'>): Promise<ScheduleListing[] | null> {
  const found: ScheduleListing[] = [];
  try {
    for await (const { scheduleId, action, state, info } of temporal.client.schedule.list()) {
      if (action === undefined || !OUR_WORKFLOWS.has(action.workflowType)) continue;
      const next = info.nextActionTimes.map((at) => at.toISOString()).sort()[0] ?? null;
      found.push({ id: scheduleId, workflowType: action.workflowType, paused: state.paused, nextAt: next });
    }
  } catch {
    return null;
  }
  return found.sort((a, b) => (a.nextAt ?? '9').localeCompare(b.nextAt ?? '9'));
}
