import { describeRange } from '../domain/period.js';
import { parseAppId, parseCount, parseOptionalRange } from './arguments.js';
import type { CollectRequest } from './collect-run.js';
import { UsageError } from './errors.js';

/** Highest number of conversations that a run may be limited to. */
const MAX_LIMIT = 1_000_000_000;
const MAX_BATCH = 1_000;

/** What a person or a program asks for, not checked yet. */
export interface CollectArguments {
  startDate?: string | undefined;
  endDate?: string | undefined;
  appId?: string | undefined;
  batchSize?: string | number | undefined;
  limit?: string | number | undefined;
  mongodb?: boolean | undefined;
  detach?: boolean | undefined;
  resume?: boolean | undefined;
  stateFile?: string | undefined;
  useS3State?: boolean | undefined;
}

/** Checks the arguments of a collection. @throws UsageError naming the value, what is allowed and what to do next */
export function parseCollectArguments(given: CollectArguments, now: number): CollectRequest {
  const { appId, batchSize, limit, stateFile } = given;
  const range = parseOptionalRange(given.startDate, given.endDate, now);
  if (given.resume === true && range !== null) {
    throw new UsageError(
      `--resume goes on with a run that there is, and --start-date ${range.startDate} names days.\n` +
        'Allowed is one of the two.\n' +
        'Leave the days out, or leave --resume out: a range that is being collected is attached to anyway.',
    );
  }
  if (stateFile !== undefined && given.useS3State === true) {
    throw new UsageError(
      `--state-file ${JSON.stringify(stateFile)} and --use-s3-state are two places for one state.\n` +
        'Allowed is one of the two.\nLeave one of them out.',
    );
  }
  if (stateFile?.trim() === '') {
    throw new UsageError(
      '--state-file "" is no path.\nAllowed is the path of a file; it need not exist.\nFor example: --state-file processing_state.json',
    );
  }
  return {
    ...range,
    ...(appId === undefined ? {} : { appId: parseAppId(appId) }),
    ...(limit === undefined ? {} : { limit: parseCount('--limit', String(limit), MAX_LIMIT) }),
    ...(batchSize === undefined
      ? {}
      : { batchSize: parseCount('--batch-size', String(batchSize), MAX_BATCH) }),
    mongodb: given.mongodb ?? true,
    detach: given.detach ?? false,
    resume: given.resume ?? false,
    ...(stateFile === undefined ? {} : { stateFile }),
    s3State: given.useS3State ?? false,
  };
}

/** What is about to be done, in a few words. */
export function describeRequest({ startDate, endDate, appId, resume }: CollectRequest): string {
  const apps = appId === undefined ? 'all apps' : `app ${appId}`;
  if (resume === true) return `Looking for a collection of ${apps} to go on with`;
  if (startDate === undefined || endDate === undefined) return `Collecting what is new of ${apps}`;
  return `Collecting ${describeRange({ startDate, endDate })}, ${apps}`;
}
