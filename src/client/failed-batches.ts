import { findClosedRun, readFailures } from '../adapters/run-records/index.js';
import { mergedEnvironment, type Config } from '../config.js';
import { batchName, type FailedBatch } from '../domain/collection.js';
import { remedyOf } from '../domain/errors.js';
import { SEARCH_ATTRIBUTES } from '../names.js';
import { readRunInput } from './collection.js';
import { CliError, UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { findRun } from './find-run.js';
import { printJson, printLines, type GlobalOptions, type Io } from './globals.js';
import { withLakeStore } from './lake-store.js';
import { colorsFor } from './render/colors.js';
import { failureLines } from './render/failures.js';
import { findSession } from './session.js';
import { findSurroundings, lakeLocation } from './surroundings.js';

export interface FailuresRequest {
  run: string | undefined;
  json: boolean;
}

/** A run whose failed batches are looked at. */
interface KnownRun {
  workflowId: string;
  runId: string;
  config: Config;
  /** As the run says; null where only its records are known. */
  failed: number | null;
}

/** The `failures` command: starts nothing. Where no Temporal is up, the records in the lake are enough. */
export async function failures(request: FailuresRequest, options: GlobalOptions, io: Io): Promise<ExitCode> {
  const run = await findKnownRun(request.run, options, io);
  const batches = await readFailedBatches(run.config, run.runId);
  if (batches.length === 0 && run.failed !== null && run.failed > 0) throw unreadable(run);
  if (request.json) {
    printJson(io, {
      workflowId: run.workflowId,
      runId: run.runId,
      batches: batches.map((batch) => ({ name: batchName(batch), ...batch, remedy: remedyOf(batch.type) })),
    });
  } else printLines(io.stdout, failureLines(run.workflowId, batches, colorsFor(io.stdout, io.env)));
  return EXIT.complete;
}

/** Failed batches by day and number, as the lake's records have them. @throws PipelineError Lake* */
export async function readFailedBatches(config: Config, runId: string): Promise<FailedBatch[]> {
  return withLakeStore(config, (store) => readFailures(store, runId));
}

async function findKnownRun(id: string | undefined, { logLevel }: GlobalOptions, io: Io): Promise<KnownRun> {
  const env = mergedEnvironment({ env: io.env });
  const session = await findSession({ env, mongodb: false, logLevel, tell: () => undefined });
  if (session === null) return findRecordedRun(id, io);
  try {
    const handle = await findRun(session, id, 'any');
    const { workflowId } = handle;
    const { runId: execution, typedSearchAttributes } = await handle.describe();
    const asked = await readRunInput(session.temporal, { workflowId, runId: execution });
    return {
      workflowId,
      runId: asked?.firstRunId ?? execution,
      config: session.config,
      failed: typedSearchAttributes.get(SEARCH_ATTRIBUTES.failedBatches) ?? null,
    };
  } finally {
    await session.close();
  }
}

/** Without Temporal: what runs on this machine's own stack have left in the lake. */
async function findRecordedRun(id: string | undefined, io: Io): Promise<KnownRun> {
  const { config } = await findSurroundings(io);
  const found = await withLakeStore(config, (store) => findClosedRun(store, id));
  if (found !== null) return { ...found, config, failed: null };
  throw new UsageError(
    `The lake (${lakeLocation(config)}) holds no record of ${id === undefined ? 'any run' : `a run ${JSON.stringify(id)}`} that has ended.\n` +
      'Ids look like collect/_all/2026-08-01..2026-08-07. No Temporal is up that could be asked for others:\n' +
      'set TEMPORAL_ADDRESS, or start the local stack: conversation-analytics dev',
  );
}

function unreadable({ workflowId, failed, config }: KnownRun): CliError {
  return new CliError(
    EXIT.unreachable,
    `${workflowId} has failed batches (${failed ?? 0}), but their records are not in ${lakeLocation(config)}.\n` +
      'Its workers write another lake: set LAKE_DIR, or S3_ENABLED and S3_BUCKET, as they have them.',
  );
}
