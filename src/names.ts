import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

import { encodeKeyPart } from './domain/key-part.js';

export { encodeKeyPart };

/** Every name that two processes must agree on: queues, workflow ids, search attributes. */

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
  const app = range.appId === undefined ? ALL_APPS : encodeKeyPart(range.appId);
  return `collect/${app}/${range.startDate}..${range.endDate}`;
}

/** Workflow id of the collection of what has changed: one at a time for an app, or for all. */
export function changesWorkflowId(appId: string | null | undefined): string {
  return `collect/${appId == null ? ALL_APPS : encodeKeyPart(appId)}/changes`;
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
