import type { Client, WorkflowStartOptions } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';

import type { Config } from './config.js';
import type { CollectInput } from './domain/collection.js';
import { dayEnd, dayStart, describeRange } from './domain/period.js';
import type { BuildReportInput } from './domain/report/build.js';
import { parsePeriod, type ReportCalendar } from './domain/report/period.js';
import {
  ALL_APPS,
  collectWorkflowId,
  LOOK_AGAIN_SIGNAL,
  QUEUES,
  reportWorkflowId,
  SEARCH_ATTRIBUTES,
  WORKFLOWS,
} from './names.js';
import type { buildReport, collectConversations } from './workflows/index.js';

/** How workflows are started from outside: by the command line, and by activities, alike. */

/** What a collection is asked to do where nothing else is said, beside its days. */
export type CollectSettings = Pick<CollectInput, 'batchSize' | 'concurrency' | 'mongodb'>;

export function collectSettings({ batchSize, concurrency, mongodb }: Config): CollectSettings {
  return {
    batchSize,
    concurrency: concurrency.multithreading ? concurrency.maxWorkers : 1,
    mongodb: mongodb !== null,
  };
}

/** Options of a collection's start, but for what happens where it is running already. */
export function collectStart(
  input: CollectInput,
): Omit<WorkflowStartOptions<typeof collectConversations>, 'workflowIdConflictPolicy'> {
  return {
    workflowId: collectWorkflowId(input),
    taskQueue: QUEUES.main,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `${describeDays(input)} · ${describeApp(input.appId)}`,
    typedSearchAttributes: attributes(
      input.appId,
      dayStart(input.startDate),
      dayEnd(input.endDate),
      'running',
    ),
  };
}

/**
 * Starts the building of a report, or tells the one that is being built to look again before it ends: nothing that was
 * committed before this call is missed.
 * @returns its workflow id
 */
export async function startReport(
  { workflow }: Pick<Client, 'workflow'>,
  input: BuildReportInput,
  calendar: ReportCalendar,
): Promise<{ workflowId: string }> {
  const { kind, period, appId } = input;
  const { start, end } = parsePeriod(kind, period, calendar);
  const { workflowId } = await workflow.signalWithStart<typeof buildReport>(WORKFLOWS.report, {
    workflowId: reportWorkflowId(input),
    taskQueue: QUEUES.main,
    args: [input],
    signal: LOOK_AGAIN_SIGNAL,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `${kind} report · ${period} · ${describeApp(appId)}`,
    typedSearchAttributes: attributes(appId, start, end, 'waiting'),
  });
  return { workflowId };
}

function describeDays(input: CollectInput): string {
  return input.mode === 'changes' ? `changes since ${input.startDate}` : describeRange(input);
}

function describeApp(appId: string | null | undefined): string {
  return appId == null ? 'all apps' : `app ${appId}`;
}

function attributes(appId: string | null | undefined, start: number, end: number, status: string) {
  return new TypedSearchAttributes([
    { key: SEARCH_ATTRIBUTES.appId, value: appId ?? ALL_APPS },
    { key: SEARCH_ATTRIBUTES.periodStart, value: new Date(start) },
    { key: SEARCH_ATTRIBUTES.periodEnd, value: new Date(end) },
    { key: SEARCH_ATTRIBUTES.runStatus, value: status },
  ]);
}
