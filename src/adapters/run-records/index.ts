import { z } from 'zod';
import { STAGES, type FailedBatch } from '../../domain/collection.js';
import type { Finding } from '../../domain/reconcile.js';
import { collectWorkflowId } from '../../names.js';
import type { ObjectStore } from '../../ports/object-store.js';

/**
 * What a run leaves in the object store, beside its rows: `_state/runs/<run>/run.json` (how it ended),
 * `failures/<day>-<batch>.json` and `failures.json` (failed batches), `state.json` (what a retry goes on with).
 */
export const runKey = (runId: string) => `_state/runs/${runId}/run.json`;
export const failuresKey = (runId: string) => `_state/runs/${runId}/failures.json`;
export const stateKey = (runId: string) => `_state/runs/${runId}/state.json`;
const failurePrefix = (runId: string) => `_state/runs/${runId}/failures/`;
/** @param name `batchName` */
export const failureKey = (runId: string, name: string) =>
  `${failurePrefix(runId)}${name.replace('/', '-')}.json`;

/** Records of release 0.1.0 know neither stage nor attempts. */
const failedBatch = z.object({
  day: z.string(),
  batch: z.number(),
  idFrom: z.string(),
  idTo: z.string(),
  count: z.number(),
  activity: z.string().nullable(),
  stage: z.enum(STAGES).nullable().default(null),
  attempts: z.number().nullable().default(null),
  type: z.string(),
  message: z.string(),
}) satisfies z.ZodType<FailedBatch>;

/** The failed batches of a run, running or closed, by day and number. @throws PipelineError Lake* */
export async function readFailures(
  store: ObjectStore,
  runId: string,
  signal?: AbortSignal,
): Promise<FailedBatch[]> {
  const failed: FailedBatch[] = [];
  for await (const { key } of store.list(failurePrefix(runId), signal)) {
    const object = await store.get(key, signal);
    if (object !== null) failed.push(failedBatch.parse(parse(object.body)));
  }
  return failed.sort((a, b) => (a.day === b.day ? a.batch - b.batch : a.day < b.day ? -1 : 1));
}

const runRecord = z.object({
  runId: z.string(),
  startDate: z.string(),
  endDate: z.string(),
  appId: z.string().nullable(),
  mode: z.literal('changes').optional(),
});

/**
 * The run that closed its records last, of those of a workflow id where one is given; null where there is none.
 * @throws PipelineError Lake*
 */
export async function findClosedRun(
  store: ObjectStore,
  workflowId: string | undefined,
): Promise<{ workflowId: string; runId: string } | null> {
  let newest: { workflowId: string; runId: string; at: number } | null = null;
  for await (const { key, modifiedAt: at } of store.list('_state/runs/')) {
    if (!key.endsWith('/run.json') || (newest !== null && newest.at >= at)) continue;
    const object = await store.get(key);
    const record = object === null ? undefined : runRecord.safeParse(parse(object.body)).data;
    if (record === undefined) continue;
    const id = collectWorkflowId({ ...record, appId: record.appId ?? undefined });
    if (workflowId === undefined || id === workflowId) newest = { workflowId: id, runId: record.runId, at };
  }
  return newest === null ? null : { workflowId: newest.workflowId, runId: newest.runId };
}

/** What a reconciliation found to differ: `_state/runs/<run>/findings.ndjson`, one JSON object a line. */
export async function writeFindings(
  store: ObjectStore,
  runId: string,
  findings: readonly Finding[],
  signal?: AbortSignal,
): Promise<string | null> {
  const key = `_state/runs/${runId}/findings.ndjson`;
  if (findings.length === 0) {
    await store.delete([key], signal);
    return null;
  }
  const text = findings.map((finding) => `${JSON.stringify(finding)}\n`).join('');
  await store.put(key, Buffer.from(text), signal === undefined ? {} : { signal });
  return key;
}

export function toJson(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`, 'utf8');
}

function parse(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body).toString('utf8'));
}
