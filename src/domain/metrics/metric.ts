import type { Unit } from '../report/document.js';

/**
 * Cohort: a conversation counts in the period of its first user message (without one: of its start). Event: each event
 * in the period of its own time. Snapshot: as things stood at the end of the period.
 */
export type Anchor = 'cohort' | 'event' | 'snapshot';

/** What a source must have for some metrics to mean anything, and the mapping key or setting that brings it. */
export const INPUTS = {
  status: 'conversations.status',
  closed_at: 'conversations.closed_at',
  user_id: 'conversations.user_id',
  agent_id: 'messages.agent_id',
  bot: 'roles (none is bot)',
  agent: 'roles (none is agent)',
  labels: 'messages.content',
  fallback: 'REPORT_FALLBACK_PATTERN',
  response_target: 'REPORT_RESPONSE_TARGET',
  business_hours: 'REPORT_BUSINESS_HOURS',
} as const;
export type Input = keyof typeof INPUTS;

/** Views that the expressions read; their columns: docs/metrics.md, "Facts". */
export const FACTS = [
  'sessions',
  'messages',
  'closings',
  'waiting',
  'backlog',
  'user_periods',
  'user_days',
  'user_windows',
] as const;
export type Facts = (typeof FACTS)[number];

/** What a figure can be split by: a column of its facts of the same name. */
export const DIMENSIONS = [
  'app',
  'topic',
  'intent',
  'outcome',
  'sentiment',
  'language',
  'resolution_source',
  'actor',
  'agent',
  'hour',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/**
 * The one expression of a metric, in SQL over a view of facts. `rows` says which rows count; number, table, series, CSV
 * and drill-down are all made from it.
 */
export type Expression = {
  over: Facts;
  rows: string;
  /** Rows that will belong to `rows` or not, which cannot be said yet. */
  pending?: string;
} & (
  | { kind: 'count' }
  /** Different values of a column. Without a row for which `defined` holds there is no figure, and not 0. */
  | { kind: 'distinct'; of: string; defined?: string }
  /** Of `rows`, the share for which `hits` holds. */
  | { kind: 'rate'; hits: string }
  /** Of all `rows` of the period, the share that a value of a dimension has. */
  | { kind: 'share' }
  /** One aggregate over another. */
  | { kind: 'ratio'; of: string; per: string }
  | { kind: 'mean'; of: string }
  /** Linear interpolation between the two nearest values. */
  | { kind: 'quantile'; of: string; q: number }
);

/** One line of the registry. */
export interface Metric {
  name: string;
  label: string;
  unit: Unit;
  definition: string;
  anchor: Anchor;
  grain: 'conversation' | 'message' | 'user';
  /** Whether more is better; null: neither. */
  direction: 'up' | 'down' | null;
  inputs: readonly Input[];
  dimensions: readonly Dimension[];
  expression: Expression;
}
