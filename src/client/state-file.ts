import { z } from 'zod';

import { STAGES, type CollectInput, type CollectProgress } from '../domain/collection.js';
import { UsageError } from './errors.js';
import type { StatePlace } from './state-places.js';

/**
 * The document that `--state-file` and `--use-s3-state` keep: what a run is, how far it has come, and what failed. It
 * is a copy for people and scripts: the lake and Temporal remain the truth.
 */

export const STATE_FORMAT = 'conversation-analytics/processing-state';
export const STATE_VERSION = 1;

const count = z.number().int().nonnegative();
const rows = z.object({ received: count, stored: count, rejected: count });

const failedBatch = z.object({
  day: z.string(),
  batch: count,
  idFrom: z.string(),
  idTo: z.string(),
  count,
  activity: z.string().nullable(),
  stage: z.enum(STAGES).nullable(),
  attempts: count.nullable(),
  type: z.string(),
  message: z.string(),
});

const processingState = z.object({
  format: z.literal(STATE_FORMAT),
  version: z.literal(STATE_VERSION),
  /** NOCODB_SOURCE or the base id; null where this configuration does not say. */
  source: z.string().nullable(),
  updatedAt: z.iso.datetime(),
  run: z.object({
    workflowId: z.string().min(1),
    /** First execution: names the run's rows. */
    runId: z.string().min(1),
    startDate: z.string(),
    endDate: z.string(),
    appId: z.string().nullable(),
    status: z.enum(['running', 'paused', 'cancelling', 'complete', 'partial', 'cancelled', 'failed']),
    settings: z.object({
      batchSize: count,
      concurrency: count,
      mongodb: z.boolean(),
      limit: count.nullable(),
    }),
  }),
  /** null: not known yet. `committed`: days that the lake holds by this run; null where it cannot be read from here. */
  days: z
    .object({
      total: count,
      done: count,
      incomplete: count,
      committed: z.record(z.string(), z.enum(['complete', 'partly'])).nullable(),
    })
    .nullable(),
  counts: z
    .object({
      batches: z.object({ planned: count, running: count, done: count, failed: count }),
      conversations: rows,
      messages: rows,
      rejects: z.record(z.string(), count),
      undatedConversations: count,
      mismatches: z.array(z.object({ day: z.string(), expected: count, received: count })),
    })
    .nullable(),
  /** null where the lake cannot be read from here. */
  failedBatches: z.array(failedBatch).nullable(),
});
export type ProcessingState = z.infer<typeof processingState>;

/** What only the lake knows of a run. */
export type StateDetails = Pick<ProcessingState, 'failedBatches'> & {
  committed: Record<string, 'complete' | 'partly'> | null;
};

export function stateOf(options: {
  source: string | null;
  run: { workflowId: string; runId: string; input: CollectInput };
  status: CollectProgress['status'];
  progress: CollectProgress | null;
  details: StateDetails;
  now: number;
}): ProcessingState {
  const { source, run, status, progress, details, now } = options;
  const { input } = run;
  return {
    format: STATE_FORMAT,
    version: STATE_VERSION,
    source,
    updatedAt: new Date(now).toISOString(),
    run: {
      workflowId: run.workflowId,
      runId: run.runId,
      startDate: input.startDate,
      endDate: input.endDate,
      appId: input.appId ?? null,
      status,
      settings: {
        batchSize: input.batchSize,
        concurrency: progress?.concurrency ?? input.concurrency,
        mongodb: input.mongodb,
        limit: input.limit ?? null,
      },
    },
    days: progress === null ? null : { ...progress.days, committed: details.committed },
    counts:
      progress === null
        ? null
        : {
            batches: progress.batches,
            conversations: progress.conversations,
            messages: progress.messages,
            rejects: { ...progress.rejects },
            undatedConversations: progress.undatedConversations,
            mismatches: progress.mismatches,
          },
    failedBatches: details.failedBatches,
  };
}

export type ReadState =
  | { kind: 'absent' }
  | { kind: 'ours'; state: ProcessingState }
  /** It cannot be used, and is not to be lost either. */
  | { kind: 'unusable'; why: string };

/**
 * Judges what lies at the place of the state.
 * @param source of this configuration; null: not known
 * @throws UsageError where it is JSON of something else, which must never be overwritten
 */
export function parseState(
  text: string | null,
  source: string | null,
  place: Pick<StatePlace, 'name' | 'flag'>,
): ReadState {
  if (text === null || text.trim() === '') return { kind: 'absent' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unusable', why: 'it is not JSON (perhaps cut off)' };
  }
  const head = z.object({ format: z.literal(STATE_FORMAT), version: z.unknown() }).safeParse(value);
  if (!head.success) {
    throw new UsageError(
      `${place.flag}: ${place.name} holds JSON that is no processing state of this program; it is left as it is.\n` +
        `Allowed is a file that does not exist yet, or one that ${place.flag} has written.\n` +
        'Name another file, or move that one away.',
    );
  }
  const { version } = head.data;
  if (version !== STATE_VERSION) {
    return {
      kind: 'unusable',
      why: `its version is ${JSON.stringify(version)}, and this program writes ${STATE_VERSION}`,
    };
  }
  const parsed = processingState.safeParse(value);
  if (!parsed.success) {
    return {
      kind: 'unusable',
      why: `${parsed.error.issues[0]?.path.join('.') ?? 'a field'} is not as it should be`,
    };
  }
  const state = parsed.data;
  if (source !== null && state.source !== null && state.source !== source) {
    return { kind: 'unusable', why: `it is of the source ${state.source}, and this one is ${source}` };
  }
  return { kind: 'ours', state };
}
