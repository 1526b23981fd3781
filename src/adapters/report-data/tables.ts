import { SENTIMENTS, UNKNOWN } from '../../domain/categorize/taxonomy.js';
import { ACTORS, OUTCOMES } from '../../domain/schema.js';
import { MIN_COUNT } from '../../domain/report/anomalies.js';
import type {
  GroupLine,
  LabelLine,
  MetricRow,
  ReportTables,
  ShareLine,
  WorstTopic,
} from '../../domain/report/document.js';
import type { DuckDb } from '../lake/duckdb.js';
import type { Horizon } from './horizon.js';

const TOP_WAITING = 20;
const TOP_WORST = 5;
const EXAMPLES = 5;

/** Tables of a report: what the metrics' rows say, laid out, and the conversations that someone should look at. */
export async function tablesOf(
  db: DuckDb,
  rows: readonly MetricRow[],
  horizon: Horizon,
  {
    isPreviousKnown,
    allApps,
    hasAgentIds,
  }: { isPreviousKnown: boolean; allApps: boolean; hasAgentIds: boolean },
  signal: AbortSignal,
): Promise<ReportTables> {
  const find = indexOf(rows);
  const secondaryTopics = await counts(
    db,
    `SELECT c.label AS label, count(*) AS n FROM session_facts s JOIN categories c USING (conversation_key)
     WHERE s.seq = 0 AND s.engaged AND c.subject_type = 'conversation' AND c.task = 'topic' AND c.rank = 2 GROUP BY ALL`,
    signal,
  );
  const secondaryIntents = await counts(
    db,
    `SELECT intent_secondary AS label, count(*) AS n FROM session_facts
     WHERE seq = 0 AND engaged AND intent_secondary IS NOT NULL GROUP BY ALL`,
    signal,
  );
  const topics = labelLines(find, 'topic', secondaryTopics, isPreviousKnown);
  const intents = labelLines(find, 'intent', secondaryIntents, isPreviousKnown);
  return {
    waiting: await waiting(db, horizon, signal),
    topics: topics.filter(({ n }) => n > 0),
    intents: intents.filter(({ n }) => n > 0),
    newTopics: appeared(topics),
    vanishedTopics: vanished(topics),
    newIntents: appeared(intents),
    vanishedIntents: vanished(intents),
    worstTopics: await worstTopics(db, signal),
    outcomes: shareLines(find, 'outcome_share', 'outcome', OUTCOMES),
    sentiment: shareLines(find, 'conversation_share', 'sentiment', SENTIMENTS),
    languages: shareLines(find, 'conversation_share', 'language'),
    apps: allApps ? appLines(find) : [],
    agents: hasAgentIds ? agentLines(find) : [],
    actors: actorLines(find),
  };
}

/** Rows by metric and dimension. */
type Find = (metric: string, dimension: string) => ReadonlyMap<string | null, MetricRow>;

function indexOf(rows: readonly MetricRow[]): Find {
  const index = new Map<string, Map<string | null, MetricRow>>();
  for (const row of rows) {
    const key = `${row.metric}/${row.dimension ?? ''}`;
    const values = index.get(key);
    if (values === undefined) index.set(key, new Map([[row.dimension_value, row]]));
    else values.set(row.dimension_value, row);
  }
  return (metric, dimension) => index.get(`${metric}/${dimension}`) ?? new Map<string, MetricRow>();
}

function labelLines(
  find: Find,
  dimension: 'topic' | 'intent',
  secondary: ReadonlyMap<string, number>,
  isPreviousKnown: boolean,
): LabelLine[] {
  const value = (metric: string, label: string | null): number | null =>
    find(metric, dimension).get(label)?.value ?? null;
  const lines = [...find('engaged_conversations', dimension)].map(([label, row]): LabelLine => ({
    label: label ?? UNKNOWN,
    n: row.n,
    share: value('conversation_share', label),
    secondary: secondary.get(label ?? UNKNOWN) ?? 0,
    previousN: isPreviousKnown ? (row.previous_value ?? 0) : null,
    growth: row.delta,
    note: row.note,
    unansweredRate: value('unanswered_rate', label),
    netSentiment: value('net_sentiment', label),
    firstResponseP50: value('first_response_p50', label),
    resolutionRate: value('resolution_rate', label),
  }));
  return lines.sort((a, b) => b.n - a.n || (a.label < b.label ? -1 : 1));
}

function appeared(lines: readonly LabelLine[]): string[] {
  return lines.filter(({ n, previousN }) => n >= MIN_COUNT && previousN === 0).map(({ label }) => label);
}

function vanished(lines: readonly LabelLine[]): string[] {
  return lines
    .filter(({ n, previousN }) => n === 0 && (previousN ?? 0) >= MIN_COUNT)
    .map(({ label }) => label);
}

/** Shares in a given order, else the largest first. */
function shareLines(find: Find, metric: string, dimension: string, order?: readonly string[]): ShareLine[] {
  const lines = [...find(metric, dimension)].map(([label, row]): ShareLine => ({
    label: label ?? UNKNOWN,
    n: row.n,
    share: row.value,
    previousShare: row.previous_value,
  }));
  const place = (label: string) => {
    const index = order?.indexOf(label) ?? 0;
    return index < 0 ? Infinity : index;
  };
  const comparePlaces = (a: ShareLine, b: ShareLine) =>
    place(a.label) === place(b.label) ? 0 : place(a.label) - place(b.label);
  return lines
    .filter(({ n }) => n > 0)
    .sort((a, b) => comparePlaces(a, b) || b.n - a.n || (a.label < b.label ? -1 : 1));
}

function actorLines(find: Find): ShareLine[] {
  const rows = find('messages', 'actor');
  const sum = (value: (row: MetricRow) => number) =>
    [...rows.values()].reduce((all, row) => all + value(row), 0);
  const total = sum(({ n }) => n);
  const before = sum((row) => row.previous_value ?? 0);
  return ACTORS.flatMap((label) => {
    const row = rows.get(label);
    if (row === undefined || row.n === 0) return [];
    const previousShare = before === 0 ? null : (row.previous_value ?? 0) / before;
    return [{ label, n: row.n, share: row.n / total, previousShare }];
  });
}

function appLines(find: Find): GroupLine[] {
  const value = (metric: string, app: string | null) => find(metric, 'app').get(app)?.value ?? null;
  return byVolume(
    [...find('engaged_conversations', 'app').keys()].map((id) => ({
      id,
      conversations: value('engaged_conversations', id) ?? 0,
      messages: value('messages', id) ?? 0,
      containmentRate: value('containment_rate', id),
      unansweredRate: value('unanswered_rate', id),
      firstResponseP50: value('first_response_p50', id),
      firstResponseP90: value('first_response_p90', id),
      replyTimeP50: value('reply_time_p50', id),
      netSentiment: value('net_sentiment', id),
    })),
  );
}

function agentLines(find: Find): GroupLine[] {
  const value = (metric: string, agent: string | null) => find(metric, 'agent').get(agent)?.value ?? null;
  const agents = [...find('messages', 'agent').keys()].filter((id) => id !== null);
  return byVolume(
    agents.map((id) => ({
      id,
      conversations: value('active_conversations', id) ?? 0,
      messages: value('messages', id) ?? 0,
      containmentRate: null,
      unansweredRate: null,
      firstResponseP50: null,
      firstResponseP90: null,
      replyTimeP50: value('reply_time_p50', id),
      netSentiment: null,
    })),
  );
}

function byVolume(lines: GroupLine[]): GroupLine[] {
  return lines.sort((a, b) => b.messages - a.messages || ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
}

async function waiting(db: DuckDb, { own }: Horizon, signal: AbortSignal): Promise<ReportTables['waiting']> {
  const [all] = await db.rows<{ n: number; oldest: Date | null }>(
    'SELECT count(*) AS n, min(since) AS oldest FROM waiting_facts WHERE seq = 0',
    signal,
  );
  const top = await db.rows<{
    conversation_key: string;
    conversation_id: string;
    app: string | null;
    since: Date;
    topic: string | null;
    intent: string | null;
  }>(
    `SELECT conversation_key, conversation_id, app, since, topic, intent FROM waiting_facts WHERE seq = 0
     ORDER BY since, conversation_key LIMIT ${TOP_WAITING}`,
    signal,
  );
  return {
    count: all?.n ?? 0,
    oldest: all?.oldest?.getTime() ?? null,
    top: top.map((row) => ({
      conversationKey: row.conversation_key,
      conversationId: row.conversation_id,
      appId: row.app,
      since: row.since.getTime(),
      waited: (own.end - row.since.getTime()) / 1000,
      topic: row.topic,
      intent: row.intent,
    })),
  };
}

async function worstTopics(db: DuckDb, signal: AbortSignal): Promise<WorstTopic[]> {
  const rows = await db.rows<{
    label: string;
    n: number;
    negative: number;
    unresolved: number;
    examples: string[] | null;
  }>(
    `WITH judged AS (
       SELECT s.topic, h.conversation_id, s.sentiment_score, s.sentiment IN ('negative', 'very_negative') AS negative,
         CASE WHEN s.status IS NULL THEN s.outcome IN ('unanswered', 'abandoned') ELSE s.status <> 'closed' END AS unresolved
       FROM session_facts s JOIN history h USING (conversation_no)
       WHERE s.seq = 0 AND s.engaged AND s.topic IS NOT NULL AND s.topic <> '${UNKNOWN}'
     )
     SELECT topic AS label, count(*) AS n, count(*) FILTER (negative) AS negative, count(*) FILTER (unresolved) AS unresolved,
       list(conversation_id ORDER BY (negative AND unresolved) DESC, unresolved DESC, sentiment_score, conversation_id)
         FILTER (negative OR unresolved) AS examples
     FROM judged GROUP BY topic HAVING count(*) >= ${MIN_COUNT} ORDER BY topic`,
    signal,
  );
  return rows
    .map(({ label, n, negative, unresolved, examples }) => ({
      label,
      n,
      score: (negative * unresolved) / n,
      negativeShare: negative / n,
      unresolvedShare: unresolved / n,
      conversationIds: (examples ?? []).slice(0, EXAMPLES),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.label < b.label ? -1 : 1))
    .slice(0, TOP_WORST);
}

async function counts(db: DuckDb, sql: string, signal: AbortSignal): Promise<Map<string, number>> {
  const rows = await db.rows<{ label: string; n: number }>(sql, signal);
  return new Map(rows.map(({ label, n }) => [label, n]));
}
