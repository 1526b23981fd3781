import { z } from 'zod';
import { REPORT_KINDS, WEEKDAYS } from './period.js';

/**
 * Everything a report shows, computed from committed days and nothing else: the same commits give the same document,
 * byte for byte. Revision, status and times of the clock belong to who stores it. Holds ids and labels, never the text
 * of a conversation. Instants are epoch milliseconds, durations seconds, shares and rates 0..1.
 */

const epochMs = z.number().int();
/** A local or UTC day, `YYYY-MM-DD`. */
const day = z.iso.date();
const count = z.number().int().nonnegative();
/** Null: undefined, never 0. */
const figure = z.number().nullable();

export const UNITS = ['count', 'seconds', 'ratio', 'score', 'per_conversation', 'per_user'] as const;
export type Unit = (typeof UNITS)[number];

/**
 * Why a figure stands alone. small_n: too few to compare · new: there was none before · pending: some of the cohort
 * cannot be judged yet, and n counts those that can · unavailable: an input is missing for this app
 */
export const NOTES = ['small_n', 'new', 'pending', 'unavailable'] as const;
export type Note = (typeof NOTES)[number];

/** One metric and dimension, as a row of `analytics_reports` without what all rows of a report share. */
export const MetricRow = z.object({
  metric: z.string(),
  unit: z.enum(UNITS),
  /** null: the total. */
  dimension: z.string().nullable(),
  dimension_value: z.string().nullable(),
  value: figure,
  /** Sample size: the conversations, messages or users that the value was made from. */
  n: count,
  /** Of a rate. */
  numerator: figure,
  denominator: figure,
  previous_value: figure,
  /** Mean of the baseline periods (period.ts, `baselinePeriods`). */
  baseline_value: figure,
  /** Against `previous_value`: pct as a fraction (0.1 = +10 %), pp as a difference of rates, abs of scores. */
  delta: figure,
  delta_kind: z.enum(['pct', 'pp', 'abs']).nullable(),
  note: z.enum(NOTES).nullable(),
});
export type MetricRow = z.infer<typeof MetricRow>;

/** UTC days of a range that are not known, or not completely; `collect --start-date … --end-date …` closes it. */
export const MissingRange = z.object({ startDate: day, endDate: day });
export type MissingRange = z.infer<typeof MissingRange>;

export const ReportCoverage = z.object({
  /** Everything before this instant is known; at most the end of the period. */
  watermark: epochMs,
  /** Whether the watermark has reached the end of the period. */
  complete: z.boolean(),
  missing: z.array(MissingRange),
});
export type ReportCoverage = z.infer<typeof ReportCoverage>;

/** UTC day → id of the commit that was read. */
const Commits = z.record(day, z.string());
export const ReportCommits = z.object({
  /** Days that hold events of the period: a later commit of one of them can restate the report. */
  period: Commits,
  /** Days read for comparison, history and what has matured since. */
  context: Commits,
});
export type ReportCommits = z.infer<typeof ReportCommits>;

const PeriodSpan = z.object({
  name: z.string(),
  start: epochMs,
  end: epochMs,
  /** False: not covered completely, so that it enters no comparison. */
  complete: z.boolean(),
});

export const ReportHead = z.object({
  kind: z.enum(REPORT_KINDS),
  /** `2024-01-31`, `2024-W05`, `2024-01`. */
  period: z.string(),
  /** null: all apps. */
  appId: z.string().nullable(),
  /** App ids met in the period; null: conversations without one. */
  apps: z.array(z.string().nullable()),
  timezone: z.string(),
  weekStart: z.enum(WEEKDAYS),
  /** Half-open range. */
  periodStart: epochMs,
  periodEnd: epochMs,
  firstDay: day,
  lastDay: day,
  coverage: ReportCoverage,
  previous: PeriodSpan,
  /** Latest first. */
  baseline: z.array(PeriodSpan),
  /** Metrics that need time have it up to this instant; not before the watermark. */
  knownUntil: epochMs,
  /** First instant of the lake's history: who came before it counts as new. Null: an empty lake. */
  historyFrom: epochMs.nullable(),
  definitionVersion: z.string(),
  /** null: no labels. Several, joined by `,`, while labels of two taxonomies meet. */
  taxonomyVersion: z.string().nullable(),
  modelVersions: z.array(z.string()),
  commits: ReportCommits,
});
export type ReportHead = z.infer<typeof ReportHead>;

/** A metric over time, made by the same expression as its row. */
export const Series = z.object({
  metric: z.string(),
  unit: z.enum(UNITS),
  /**
   * `hour`: local hours 0..23 of a day · `day`: local days of the period · `spark`: up to 14 periods of the report's
   * kind, the last one being its own
   */
  grain: z.enum(['hour', 'day', 'spark']),
  points: z.array(
    z.object({
      /** Hour `00`..`23`, local day, or name of a period. */
      at: z.string(),
      value: figure,
      n: count,
      /** False: not covered completely. */
      complete: z.boolean(),
    }),
  ),
});
export type Series = z.infer<typeof Series>;

/** A topic or intent; `other` and `unknown` are always listed where they occur. */
export const LabelLine = z.object({
  label: z.string(),
  n: count,
  /** Of the engaged conversations; all lines of a table add up to 1. */
  share: figure,
  /** Conversations that have it in second place. */
  secondary: count,
  previousN: count.nullable(),
  /** Fraction; null: nothing to compare with, or too few. */
  growth: figure,
  note: z.enum(NOTES).nullable(),
  unansweredRate: figure,
  /** Share positive less share negative. */
  netSentiment: figure,
  firstResponseP50: figure,
  resolutionRate: figure,
});
export type LabelLine = z.infer<typeof LabelLine>;

export const WaitingLine = z.object({
  conversationKey: z.string(),
  conversationId: z.string(),
  appId: z.string().nullable(),
  /** First message of the user that nobody has answered. */
  since: epochMs,
  /** Seconds from then to the end of the period. */
  waited: z.number(),
  topic: z.string().nullable(),
  intent: z.string().nullable(),
});
export type WaitingLine = z.infer<typeof WaitingLine>;

/** A part of the whole: outcomes, sentiment labels, languages. */
export const ShareLine = z.object({ label: z.string(), n: count, share: figure, previousShare: figure });
export type ShareLine = z.infer<typeof ShareLine>;

/** An app, or an agent, beside the others. */
export const GroupLine = z.object({
  /** null: without an id. */
  id: z.string().nullable(),
  conversations: count,
  messages: count,
  containmentRate: figure,
  unansweredRate: figure,
  firstResponseP50: figure,
  firstResponseP90: figure,
  replyTimeP50: figure,
  netSentiment: figure,
});
export type GroupLine = z.infer<typeof GroupLine>;

/** Volume × share of negative sentiment × share not resolved. */
export const WorstTopic = z.object({
  label: z.string(),
  n: count,
  score: z.number(),
  negativeShare: z.number(),
  unresolvedShare: z.number(),
  /** Some of its unanswered or negative conversations, worst first, at most 5. */
  conversationIds: z.array(z.string()),
});
export type WorstTopic = z.infer<typeof WorstTopic>;

export const ReportTables = z.object({
  /** Who waits at the end of the period: those who have waited longest, at most 20; `waiting.count` has all. */
  waiting: z.object({ count, oldest: epochMs.nullable(), top: z.array(WaitingLine) }),
  topics: z.array(LabelLine),
  intents: z.array(LabelLine),
  /** Labels with at least 10 conversations now and none before, or the reverse. */
  newTopics: z.array(z.string()),
  vanishedTopics: z.array(z.string()),
  newIntents: z.array(z.string()),
  vanishedIntents: z.array(z.string()),
  worstTopics: z.array(WorstTopic),
  /** Of all sessions; add up to 1. */
  outcomes: z.array(ShareLine),
  sentiment: z.array(ShareLine),
  languages: z.array(ShareLine),
  /** Only in a report of all apps. */
  apps: z.array(GroupLine),
  /** Empty where no agent ids are mapped. */
  agents: z.array(GroupLine),
  /** Public messages in the period by actor. */
  actors: z.array(ShareLine),
});
export type ReportTables = z.infer<typeof ReportTables>;

const Bucket = z.object({
  label: z.string(),
  /** Seconds, half-open; `to` null: no limit. */
  from: z.number(),
  to: z.number().nullable(),
  n: count,
});

export const ReportDistributions = z.object({
  /** First response by anybody. */
  firstResponse: z.array(Bucket),
  /** By people; empty where no agents write. */
  firstAgentResponse: z.array(Bucket),
  /** User messages by local weekday (rows in the order of the week, from `weekStart`) and hour 0..23. */
  heatmap: z.array(z.object({ weekday: z.enum(WEEKDAYS), hours: z.array(count).length(24) })),
  /** Weekly cohorts of new users, oldest first. Weeks that are not over are left out. Empty in a daily report. */
  retention: z.array(
    z.object({
      /** First local day of the week in which they were first seen. */
      week: day,
      size: count,
      /** Users active so many weeks later; the first is week 0. */
      active: z.array(count),
    }),
  ),
});
export type ReportDistributions = z.infer<typeof ReportDistributions>;

export const Anomaly = z.object({
  /** `level`: a count far from its own past · `growth`: a topic or intent that grows */
  rule: z.enum(['level', 'growth']),
  metric: z.string(),
  dimension: z.string().nullable(),
  dimensionValue: z.string().nullable(),
  /** Local day, or name of the report's period. */
  at: z.string(),
  value: z.number(),
  expected: z.number(),
  /** Robust z; null for growth against none. */
  z: figure,
  direction: z.enum(['up', 'down']),
  /** null: neither is better. */
  good: z.boolean().nullable(),
});
export type Anomaly = z.infer<typeof Anomaly>;

export const DataQuality = z.object({
  /** Conversations in the lake that began on the UTC days that the period touches. */
  conversations: count,
  /** Messages sent in the period. */
  messages: count,
  /** Rows of those days that were received and not stored, of all apps. */
  rejected: count,
  rejectedByReason: z.record(z.string(), count),
  /** What the source says it has, where all of it was collected; null: unknown for a day. */
  sourceConversations: count.nullable(),
  /** Conversations of the period by quality flag. */
  flags: z.record(z.string(), count),
  /** Engaged conversations whose topic is neither null nor unknown, of the engaged. */
  classifiedShare: figure,
  /** Of the engaged, those with topic `other`. */
  otherShare: figure,
  /** Left out of all figures. */
  deleted: count,
});
export type DataQuality = z.infer<typeof DataQuality>;

/** A metric that was left out, and the mapping key or setting that would bring it. */
export const Unavailable = z.object({ metric: z.string(), mappingKey: z.string() });
export type Unavailable = z.infer<typeof Unavailable>;

export const ReportDocument = z.object({
  head: ReportHead,
  /** Metrics for the tiles, most important first; each has a total in `rows`. */
  headline: z.array(z.string()),
  /** Totals in the order of the registry, then dimensions. */
  rows: z.array(MetricRow),
  series: z.array(Series),
  tables: ReportTables,
  distributions: ReportDistributions,
  anomalies: z.array(Anomaly),
  dataQuality: DataQuality,
  unavailable: z.array(Unavailable),
});
export type ReportDocument = z.infer<typeof ReportDocument>;

/** The row of a metric's total, or of one value of a dimension. */
export function findRow(
  document: Pick<ReportDocument, 'rows'>,
  metric: string,
  dimension: string | null = null,
  value: string | null = null,
): MetricRow | undefined {
  return document.rows.find(
    (row) => row.metric === metric && row.dimension === dimension && row.dimension_value === value,
  );
}
