import { redactUri, type Config } from '../config.js';
import type { CollectProgress, CollectSummary } from '../domain/collection.js';
import type { CollectHandle } from './collection.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import type { LabelCounts } from './labels.js';
import type { Session } from './session.js';
import { lakeLocation } from './surroundings.js';

/** What a collection came to: what `--json` prints, and what the summary is drawn from. Holds no text of anyone. */
export interface CollectReport {
  workflowId: string;
  runId: string;
  status: CollectProgress['status'];
  exitCode: ExitCode;
  startedAt: string;
  closedAt: string | null;
  elapsedMs: number;
  /** null: the run ended before it could say anything. */
  summary: CollectProgress | CollectSummary | null;
  /** Counted in the lake over the range; null where the lake cannot be read from here. */
  labels: LabelCounts | null;
  data: DataPlaces;
}

export interface DataPlaces {
  /** Directory or `s3://bucket/prefix`. */
  lake: string;
  /** Address without credentials, and database; null: not written. */
  mongodb: { uri: string; database: string } | null;
  webUi: string | null;
}

export function placesOf(config: Config, options: { mongodb: boolean; webUi: string | null }): DataPlaces {
  const { mongodb } = config;
  return {
    lake: lakeLocation(config),
    mongodb:
      mongodb === null || !options.mongodb
        ? null
        : { uri: redactUri(mongodb.uri), database: mongodb.database },
    webUi: options.webUi,
  };
}

/** Rows that are neither stored nor rejected; anything but 0 is a fault of the pipeline, and told loudly. */
export function unaccountedRows(progress: CollectProgress): { conversations: number; messages: number } {
  const missing = ({ received, stored, rejected }: CollectProgress['messages']) =>
    received - stored - rejected;
  return { conversations: missing(progress.conversations), messages: missing(progress.messages) };
}

/** Exit code of an ended run: rows that are unaccounted for make it partial, whatever it says of itself. */
export function exitCodeOfRun(status: string, progress: CollectProgress | null): ExitCode {
  const code = exitCodeOf(status);
  if (code !== EXIT.complete || progress === null) return code;
  const { conversations, messages } = unaccountedRows(progress);
  return conversations === 0 && messages === 0 ? code : EXIT.partial;
}

export async function buildReport(
  handle: CollectHandle,
  ended: { status: CollectProgress['status']; progress: CollectProgress | CollectSummary | null },
  session: Pick<Session, 'config' | 'webUi'>,
  options: { mongodb: boolean },
): Promise<CollectReport> {
  const run = await handle.describe();
  const { readLabels } = await import('./labels.js');
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    status: ended.status,
    exitCode: exitCodeOfRun(ended.status, ended.progress),
    startedAt: run.startTime.toISOString(),
    closedAt: run.closeTime?.toISOString() ?? null,
    elapsedMs: (run.closeTime ?? new Date()).getTime() - run.startTime.getTime(),
    summary: ended.progress,
    labels:
      ended.progress === null || isNothingNew(ended.progress)
        ? null
        : await readLabels(session.config, ended.progress),
    data: placesOf(session.config, { mongodb: options.mongodb, webUi: session.webUi }),
  };
}

/** Whether a look for changes found none: then there are no counts to tell. */
export function isNothingNew({ mode, days }: Pick<CollectProgress, 'mode' | 'days'>): boolean {
  return mode === 'changes' && days.total === 0;
}
