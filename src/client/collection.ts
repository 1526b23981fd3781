import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowExecutionInfo,
  type WorkflowHandle,
} from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

import type { CollectInput } from '../domain/collection.js';
import { dayOf } from '../domain/period.js';
import { ALL_APPS, changesWorkflowId, SEARCH_ATTRIBUTES, WORKFLOWS } from '../names.js';
import { collectStart } from '../starting.js';
import type { collectConversations } from '../workflows/index.js';
import type { TemporalConnection } from './connection.js';

export type CollectHandle = WorkflowHandle<typeof collectConversations>;

export interface StartedCollection {
  handle: CollectHandle;
  /** True where the same range was already being collected: its own settings stay. */
  attached: boolean;
}

/** Starts a collection, or attaches to the one that runs under the same id. */
export async function startCollection(
  { client }: Pick<TemporalConnection, 'client'>,
  input: CollectInput,
): Promise<StartedCollection> {
  const options = collectStart(input);
  try {
    // FAIL first, so that people are told whether the run is theirs; between the two calls USE_EXISTING covers a race.
    const handle = await client.workflow.start<typeof collectConversations>(WORKFLOWS.collect, {
      ...options,
      workflowIdConflictPolicy: 'FAIL',
    });
    return { handle, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const handle = await client.workflow.start<typeof collectConversations>(WORKFLOWS.collect, {
      ...options,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return { handle, attached: true };
  }
}

export interface RunListing {
  workflowId: string;
  runId: string;
  /** Inclusive UTC days. */
  startDate: string;
  endDate: string;
  /** null: all apps. */
  appId: string | null;
  /** Temporal's word, such as RUNNING, COMPLETED, CANCELLED. */
  state: string;
  /** complete, partial, …: as the run itself says; null where it had not said yet. */
  status: string | null;
  failedBatches: number;
  startedAt: string;
  closedAt: string | null;
}

/** The last collections, newest first: those that run, then by their end. */
export async function listCollections(
  { client }: Pick<TemporalConnection, 'client'>,
  limit: number,
): Promise<RunListing[]> {
  const runs: RunListing[] = [];
  for await (const run of client.workflow.list({
    query: `WorkflowType = '${WORKFLOWS.collect}'`,
    pageSize: limit,
  })) {
    const scope = parseCollectId(run.workflowId) ?? changesScope(run);
    if (scope === null) continue;
    runs.push({
      workflowId: run.workflowId,
      runId: run.runId,
      ...scope,
      state: run.status.name,
      status: run.typedSearchAttributes.get(SEARCH_ATTRIBUTES.runStatus) ?? null,
      failedBatches: run.typedSearchAttributes.get(SEARCH_ATTRIBUTES.failedBatches) ?? 0,
      startedAt: run.startTime.toISOString(),
      closedAt: run.closeTime?.toISOString() ?? null,
    });
    if (runs.length >= limit) break;
  }
  return runs;
}

/** Days that a collection of changes was started for, and its app; null where it is none. */
function changesScope({
  workflowId,
  typedSearchAttributes,
}: Pick<WorkflowExecutionInfo, 'workflowId' | 'typedSearchAttributes'>): ReturnType<typeof parseCollectId> {
  const appId = typedSearchAttributes.get(SEARCH_ATTRIBUTES.appId);
  const start = typedSearchAttributes.get(SEARCH_ATTRIBUTES.periodStart);
  const end = typedSearchAttributes.get(SEARCH_ATTRIBUTES.periodEnd);
  if (appId === undefined || start === undefined || end === undefined) return null;
  const app = appId === ALL_APPS ? null : appId;
  if (workflowId !== changesWorkflowId(app)) return null;
  return { appId: app, startDate: dayOf(start.getTime()), endDate: dayOf(end.getTime() - 1) };
}

/** Range and app that a workflow id names (names.ts makes them); null where it is none of a collection. */
export function parseCollectId(
  workflowId: string,
): Pick<RunListing, 'startDate' | 'endDate' | 'appId'> | null {
  const match = /^collect\/([^/]+)\/(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(workflowId);
  const [, app, startDate, endDate] = match ?? [];
  if (app === undefined || startDate === undefined || endDate === undefined) return null;
  try {
    return { startDate, endDate, appId: app === ALL_APPS ? null : decodeURIComponent(app) };
  } catch {
    return null;
  }
}

/** What a run was asked to do, and the id that names its rows and its staging: of the first execution of its chain. */
export interface RunInput {
  input: CollectInput;
  firstRunId: string;
  /** Whether it runs failed batches of an earlier run again: that one's id names rows and staging. */
  isRetry: boolean;
}

/** Reads what a run was asked to do from the first event of its history; null where Temporal does not keep it any more. */
export async function readRunInput(
  { connection, client }: Pick<TemporalConnection, 'connection' | 'client'>,
  execution: { workflowId: string; runId: string },
): Promise<RunInput | null> {
  const { namespace } = client.options;
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution,
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const payload = started?.input?.payloads?.[0];
  if (started == null || payload === undefined) return null;
  // State that an earlier execution handed on is not part of what was asked for.
  const input = defaultPayloadConverter.fromPayload<CollectInput>(payload);
  delete input.carried;
  return {
    input,
    firstRunId: input.retry?.runId ?? started.firstExecutionRunId ?? execution.runId,
    isRetry: input.retry !== undefined,
  };
}

/** A handle on a run by its workflow id; null where Temporal knows none. */
export async function findCollection(
  { client }: Pick<TemporalConnection, 'client'>,
  workflowId: string,
): Promise<CollectHandle | null> {
  const handle = client.workflow.getHandle<typeof collectConversations>(workflowId);
  try {
    await handle.describe();
    return handle;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
