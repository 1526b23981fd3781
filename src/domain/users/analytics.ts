import { z } from 'zod';
import { DAY_MS } from '../period.js';
import { SCHEMA_VERSION } from '../schema.js';

export const USER_ANALYTICS_COLLECTION = 'user_analytics';
export const LIFECYCLES = ['new', 'returning', 'resurrected', 'dormant'] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

const epochMs = z.number().int();
const count = z.number().int().nonnegative();
const LabelCounts = z.array(z.object({ label: z.string(), n: count }));

/** A row a user who has written at least once; instants are epoch milliseconds. */
export const UserRow = z.object({
  user_key: z.string(),
  app_id: z.string().nullable(),
  user_id: z.string(),
  first_seen_at: epochMs,
  last_seen_at: epochMs,
  /** First message after the last silence of more than 28 days; without one: the first of all. */
  active_since_at: epochMs,
  conversations: count,
  messages: count,
  active_days: count,
  repeat_contacts_7d: count,
  tz: z.string(),
  top_topics: LabelCounts,
  top_intents: LabelCounts,
  languages: z.array(z.string()),
  sentiment_mean: z.number().nullable(),
  /** Mean score of the later half of the conversations less that of the earlier. Null under 3. */
  sentiment_trend: z.number().nullable(),
  lifecycle: z.enum(LIFECYCLES),
  history_from: epochMs,
  as_of: epochMs,
  source: z.string(),
  fetched_at: epochMs,
  run_id: z.string(),
  schema_version: count,
});
export type UserRow = z.infer<typeof UserRow>;

/** Everything of one user, from committed days. */
export interface UserFacts {
  user_key: string;
  app_id: string | null;
  user_id: string;
  source: string;
  /** Those in which the user wrote, in order of their first user message. */
  conversations: {
    at: number;
    topic: string | null;
    intent: string | null;
    score: number | null;
    language: string | null;
    fetched_at: number;
    run_id: string;
  }[];
  /** Local days with public user messages, in order; `first` and `last` are instants. */
  days: { first: number; last: number; messages: number }[];
}

export interface UserContext {
  tz: string;
  /** First instant of the lake's history. */
  historyFrom: number;
  /** Up to here all is known: from manifests, not from a clock. */
  asOf: number;
}

const SILENCE_MS = 28 * DAY_MS;
const REPEAT_MS = 7 * DAY_MS;
const TOP = 5;
const UNTOLD = new Set(['other', 'unknown']);

/** @returns null for who never wrote */
export function userRowOf(facts: UserFacts, { tz, historyFrom, asOf }: UserContext): UserRow | null {
  const { conversations, days } = facts;
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return null;
  let activeSince = first.first;
  days.forEach((day, i) => {
    const before = days[i - 1];
    if (before !== undefined && day.first - before.last > SILENCE_MS) activeSince = day.first;
  });
  const scores = conversations.flatMap(({ score }) => score ?? []);
  const seen = { first_seen_at: first.first, last_seen_at: last.last, active_since_at: activeSince };
  const newest = conversations.reduce<UserFacts['conversations'][number] | null>(
    (best, each) => (best === null || each.fetched_at >= best.fetched_at ? each : best),
    null,
  );
  return {
    user_key: facts.user_key,
    app_id: facts.app_id,
    user_id: facts.user_id,
    ...seen,
    conversations: conversations.length,
    messages: days.reduce((sum, { messages }) => sum + messages, 0),
    active_days: days.length,
    repeat_contacts_7d: repeats(conversations),
    tz,
    top_topics: top(conversations.map(({ topic }) => topic)),
    top_intents: top(conversations.map(({ intent }) => intent)),
    languages: [...new Set(conversations.flatMap(({ language }) => language ?? []))].sort(),
    sentiment_mean: mean(scores),
    sentiment_trend: trendOf(scores),
    lifecycle: lifecycleOf(seen, asOf),
    history_from: historyFrom,
    as_of: asOf,
    source: facts.source,
    fetched_at: newest?.fetched_at ?? 0,
    run_id: newest?.run_id ?? '',
    schema_version: SCHEMA_VERSION,
  };
}

/** From a row's own columns, so that it moves on with time though nothing else of the user is computed again. */
export function lifecycleOf(
  seen: Pick<UserRow, 'first_seen_at' | 'last_seen_at' | 'active_since_at'>,
  asOf: number,
): Lifecycle {
  if (asOf - seen.last_seen_at > SILENCE_MS) return 'dormant';
  if (asOf - seen.active_since_at > SILENCE_MS) return 'returning';
  return seen.active_since_at === seen.first_seen_at ? 'new' : 'resurrected';
}

/** Conversations whose topic the user had already in the 7 days before. */
function repeats(conversations: UserFacts['conversations']): number {
  const lastAt = new Map<string, number>();
  let found = 0;
  for (const { topic, at } of conversations) {
    if (topic === null || UNTOLD.has(topic)) continue;
    if (at - (lastAt.get(topic) ?? -Infinity) <= REPEAT_MS) found++;
    lastAt.set(topic, at);
  }
  return found;
}

function top(labels: (string | null)[]): UserRow['top_topics'] {
  const counts = new Map<string, number>();
  for (const label of labels)
    if (label !== null && label !== 'unknown') counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .map(([label, n]) => ({ label, n }))
    .sort((a, b) => b.n - a.n || (a.label < b.label ? -1 : 1))
    .slice(0, TOP);
}

function trendOf(scores: readonly number[]): number | null {
  if (scores.length < 3) return null;
  const half = Math.floor(scores.length / 2);
  return (mean(scores.slice(-half)) ?? 0) - (mean(scores.slice(0, half)) ?? 0);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
