import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

import { encodeKeyPart } from './domain/key-part.js';
import { reportName, type ReportId } from './domain/report/key.js';

export { encodeKeyPart };

/** Every name that two processes must agree on: queues, workflows, their ids, schedules, search attributes. */

export const QUEUES = {
  /** Workflows, and light I/O activities. */
  main: 'conversation-analytics',
  /** Reading NocoDB; the request budget is per process that polls it. */
  source: 'conversation-analytics-source',
  /** CPU work on a thread pool. */
  process: 'conversation-analytics-process',
  /** GPU-pinned: only workers that may classify poll it. */
  categorize: 'conversation-analytics-categorize',
} as const;

export type QueueRole = keyof typeof QUEUES;
export const QUEUE_ROLES = Object.keys(QUEUES) as QueueRole[];

/** Names of the workflows that are started from outside a workflow; they are in histories for good. */
export const WORKFLOWS = {
  collect: 'collectConversations',
  report: 'buildReport',
  tick: 'tick',
} as const;

/** Signal that tells `buildReport` to look at its days, and at its approval, once more. */
export const LOOK_AGAIN_SIGNAL = 'lookAgain';

/** App name that stands for "every app" in ids and coverage; reserved. */
export const ALL_APPS = '_all';
/** App name that stands for "rows without an app id" in coverage; reserved. */
export const NO_APP = '_none';

/**
 * Workflow id of a collection: of its range, or of what has changed. Other characters than letters, digits, `.` and `-`
 * are percent-encoded.
 */
export function collectWorkflowId(range: {
  startDate: string;
  endDate: string;
  appId?: string | undefined;
  mode?: 'changes' | undefined;
}): string {
  if (range.mode === 'changes') return changesWorkflowId(range.appId);
  return `collect/${appKey(range.appId)}/${range.startDate}..${range.endDate}`;
}

/** Workflow id of one report: `report/daily/2024-01-31/_all`. */
export function reportWorkflowId(report: ReportId): string {
  return `report/${reportName(report)}`;
}

const SCHEDULE_PREFIX = 'schedule/';

/** Id of a Schedule, by the name that people give it. */
export function scheduleId(name: string): string {
  return `${SCHEDULE_PREFIX}${name}`;
}

/** The name that people gave a Schedule; null where it is none of ours. */
export function scheduleName(id: string): string | null {
  return id.startsWith(SCHEDULE_PREFIX) ? id.slice(SCHEDULE_PREFIX.length) : null;
}

/** Workflow id of the firings of a Schedule; Temporal appends the time that each was scheduled for. */
export function tickWorkflowId(name: string): string {
  return `tick/${name}`;
}

function appKey(appId: string | null | undefined): string {
  return appId == null ? ALL_APPS : encodeKeyPart(appId);
}

/** Workflow id of the collection of what has changed: one at a time for an app, or for all. */
export function changesWorkflowId(appId: string | null | undefined): string {
  return `collect/${appKey(appId)}/changes`;
}

/** Workflow id of the reconciliation of a range. */
export function reconcileWorkflowId(range: {
  startDate: string;
  endDate: string;
  appId?: string | undefined;
}): string {
  const app = range.appId === undefined ? ALL_APPS : encodeKeyPart(range.appId);
  return `reconcile/${app}/${range.startDate}..${range.endDate}`;
}

/** Workflow id of the collection that reads again what a reconciliation has found: its child. */
export function rereadWorkflowId(reconcileId: string): string {
  return `${reconcileId}/read`;
}

/** Workflow id of a range that is labelled again. */
export function recategorizeWorkflowId(range: {
  startDate: string;
  endDate: string;
  appId?: string | undefined;
}): string {
  return collectWorkflowId(range).replace(/^collect/, 'recategorize');
}

/** Workflow id of one batch: a child of its collection. */
export function batchWorkflowId(parentId: string, day: string, batch: number): string {
  return `${parentId}/${day}/${batch}`;
}

/** Typed search attributes; they hold ids, dates and counts, never text of conversations. */
export const SEARCH_ATTRIBUTES = {
  appId: defineSearchAttributeKey('AppId', SearchAttributeType.KEYWORD),
  periodStart: defineSearchAttributeKey('PeriodStart', SearchAttributeType.DATETIME),
  periodEnd: defineSearchAttributeKey('PeriodEnd', SearchAttributeType.DATETIME),
  runStatus: defineSearchAttributeKey('RunStatus', SearchAttributeType.KEYWORD),
  rejectedCount: defineSearchAttributeKey('RejectedCount', SearchAttributeType.INT),
  failedBatches: defineSearchAttributeKey('FailedBatches', SearchAttributeType.INT),
} as const;

/** Set by Temporal on what a Schedule starts: the time it was scheduled for, without jitter, delay or retry. */
export const SCHEDULED_FOR = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);
