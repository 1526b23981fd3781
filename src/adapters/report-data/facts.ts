import { localDays, type ReportPeriod } from '../../domain/report/period.js';
import { DAY_MS } from '../../domain/period.js';
import { instant, literal, type DuckDb } from '../lake/duckdb.js';
import { createBusinessClock } from './business-clock.js';
import { lookedAtPlaces, type Horizon, type PlacedPeriod } from './horizon.js';
import type { ReportSettings } from './settings.js';
import { userWindowsTable, type UserWindow } from './user-windows.js';

/** Who waits longer than this has given up; an older question is `unanswered`. */
const WAITS_MS = 7 * DAY_MS;
/** Longer than this nobody works at one answer: what is more was waiting. */
const HANDLES_S = 15 * 60;

export interface FactsRequest {
  horizon: Horizon;
  settings: ReportSettings;
  /** null: all apps. */
  appId: string | null;
  /** Up to here all is known, epoch ms. */
  knownUntil: number;
  /** Those of which all days are known. */
  windows: readonly UserWindow[];
}

/**
 * Makes the tables of facts that the metrics' expressions read, from the views `history_conversations` (all days up to
 * the horizon's end), `conversations` and `messages` (days of the horizon) and `categories` (days of what waits). Every
 * table has `seq`, the place of the period, null outside of all.
 */
export async function createFacts(db: DuckDb, request: FactsRequest, signal: AbortSignal): Promise<void> {
  const { horizon } = request;
  const run = (sql: string): Promise<void> => db.run(sql, signal);
  await createSessionFacts(db, request, signal);
  await run(periodsTable(horizon));
  await run(handlingTable());
  await run(closingsTable(request));
  await run(askedTable(horizon));
  await run(waitingTable());
  await run(backlogTable());
  await run(userDaysTable());
  await run(userPeriodsTable(horizon));
  await run(userWindowsTable(request.windows));
}

/** Only `history`, `people`, `message_facts` and `session_facts`. */
export async function createSessionFacts(
  db: DuckDb,
  request: Omit<FactsRequest, 'windows'>,
  signal: AbortSignal,
): Promise<void> {
  const run = (sql: string): Promise<void> => db.run(sql, signal);
  await run(historyTable(request));
  await run(usersTable());
  await run(messagesTable(request));
  await createBusinessClock(db, request.settings, request.horizon, signal);
  await run(sessionsTable(request));
}

function periodsTable(horizon: Horizon): string {
  const lookedAt = lookedAtPlaces(horizon);
  const rows = [horizon.before, ...horizon.periods].map(
    (period) =>
      `(${period.seq}, ${instant(period.start)}, ${instant(period.end)}, ${daysIn(period)}, ${lookedAt.has(period.seq)})`,
  );
  return `CREATE TEMP TABLE periods AS SELECT * FROM (VALUES ${rows.join(', ')})
    AS t(seq, start_at, end_at, period_days, looked_at)`;
}

function daysIn(period: ReportPeriod): number {
  return localDays(period).length;
}

/** SQL of the place of the period that an instant lies in; the periods join without gap. */
function seqOf(moment: string, { before, periods }: Horizon): string {
  const newestFirst: PlacedPeriod[] = [before, ...periods].reverse();
  const end = newestFirst[0]?.end ?? 0;
  const cases = newestFirst.map(({ start, seq }) => `WHEN ${moment} >= ${instant(start)} THEN ${seq}`);
  return `CASE WHEN ${moment} >= ${instant(end)} THEN NULL ${cases.join(' ')} END`;
}

function localTime(moment: string, { timezone }: ReportSettings): string {
  return `timezone(${literal(timezone)}, ${moment})`;
}

/** Not deleted, and of the report's app. */
function inScope({ appId }: Pick<FactsRequest, 'appId'>): string {
  return `deleted_at IS NULL${appId === null ? '' : ` AND app_id = ${literal(appId)}`}`;
}

/** `source:app/user`, or `source:user` where the ids of all apps are one person's. */
export function userKey(scope: ReportSettings['userScope']): string {
  const part = (column: string) => `replace(replace(${column}, '%', '%25'), '/', '%2F')`;
  const app = scope === 'source' ? '' : `${part("coalesce(app_id, '')")} || '/' || `;
  return `source || ':' || ${app}${part('user_id')}`;
}

function historyTable(request: Omit<FactsRequest, 'windows'>): string {
  const { settings, horizon } = request;
  return `CREATE TEMP TABLE history AS
    SELECT row_number() OVER ()::INTEGER AS conversation_no, conversation_key, conversation_id, app_id AS app,
      ${userKey(settings.userScope)} AS user_key, started_at, first_user_message_at,
      coalesce(first_user_message_at, started_at) AS moment, ended_at, closed_at, status, resolution_source, engaged,
      topic, intent, n_agent,
      topic IS NOT NULL AND topic NOT IN ('other', 'unknown') AND engaged AND user_id IS NOT NULL AND
        moment - lag(moment) OVER (PARTITION BY source, ${settings.userScope === 'source' ? '' : 'app_id, '}user_id, topic, engaged
          ORDER BY moment, conversation_key) <= INTERVAL 7 DAY AS is_repeat
    FROM (SELECT *, coalesce(first_user_message_at, started_at) AS moment FROM history_conversations)
    WHERE ${inScope(request)} AND moment < ${instant(horizon.to)}`;
}

function usersTable(): string {
  return `CREATE TEMP TABLE people AS
    SELECT row_number() OVER ()::INTEGER AS user_no, user_key, min(first_user_message_at) AS first_seen
    FROM history WHERE user_key IS NOT NULL GROUP BY user_key`;
}

function messagesTable({ horizon, settings }: Pick<FactsRequest, 'horizon' | 'settings'>): string {
  const { fallbackPattern } = settings;
  const fallback =
    fallbackPattern === null
      ? 'NULL::BOOLEAN'
      : `CASE WHEN actor = 'bot' THEN regexp_matches(coalesce(text, ''), ${literal(fallbackPattern)}) END`;
  const local = localTime('m.sent_at', settings);
  return `CREATE TEMP TABLE message_facts AS
    SELECT h.conversation_no, h.app, h.topic, p.user_no, m.seq AS place, m.sent_at AS moment,
      (${seqOf('m.sent_at', horizon)})::INTEGER AS seq, CAST(${local} AS DATE) AS day, hour(${local})::TINYINT AS hour,
      isodow(${local})::TINYINT AS weekday, m.actor, m.agent_id AS agent, m.is_private, m.is_auto_reply,
      m.reply_time_s, NULL::DOUBLE AS reply_time_business_s, ${fallback} AS is_fallback
    FROM messages m JOIN history h USING (conversation_key) LEFT JOIN people p USING (user_key)
    WHERE m.sent_at >= ${instant(horizon.from)} AND m.sent_at < ${instant(horizon.to)}`;
}

function sessionsTable({ horizon, settings, knownUntil }: Omit<FactsRequest, 'windows'>): string {
  const local = localTime('h.moment', settings);
  const { responseTargetMs } = settings;
  const targetS = responseTargetMs === null ? 'NULL' : responseTargetMs / 1000;
  return `CREATE TEMP TABLE session_facts AS
    WITH placed AS (
      SELECT h.*, p.user_no, (${seqOf('h.moment', horizon)})::INTEGER AS seq, greatest(h.ended_at, h.moment) AS over_at
      FROM history h LEFT JOIN people p USING (user_key)
      WHERE h.moment >= ${instant(horizon.from)} AND h.moment < ${instant(horizon.own.end)}
    ), came_back AS (
      SELECT s.conversation_no, n.moment AS next_at FROM placed s
      ASOF JOIN (SELECT user_key, moment FROM history WHERE engaged AND user_key IS NOT NULL) n
        ON s.user_key = n.user_key AND s.over_at < n.moment
    )
    SELECT h.conversation_no, h.conversation_key, h.app, h.user_no, h.moment, h.seq, CAST(${local} AS DATE) AS day,
      hour(${local})::TINYINT AS hour, c.topic, c.intent, c.intent_secondary, c.outcome, c.sentiment, c.language,
      c.engaged, c.bot_involved, c.ended_at IS NOT NULL AS ended, c.unanswered, c.status, c.resolution_source,
      c.duration_s, c.first_response_s, c.first_bot_response_s, c.first_agent_response_s,
      b.business_s AS first_agent_response_business_s, c.n_user, c.n_bot, c.n_agent, c.turns,
      c.sentiment_score, c.sentiment_end, c.sentiment_shift, c.first_agent_response_s <= ${targetS} AS in_time, len(c.quality_flags) > 0 AS flagged, c.quality_flags,
      coalesce(h.is_repeat, false) AS is_repeat,
      coalesce(h.over_at + INTERVAL 24 HOUR <= ${instant(knownUntil)}, false) AS callback_known,
      coalesce(r.next_at <= h.over_at + INTERVAL 24 HOUR, false) AS callback
    FROM placed h JOIN conversations c USING (conversation_key)
    LEFT JOIN came_back r USING (conversation_no)
    LEFT JOIN first_agent_business b USING (conversation_no)`;
}

/** Seconds that agents have worked at a conversation until its closing, as far as gaps between messages tell. */
function handlingTable(): string {
  return `CREATE TEMP TABLE handling AS
    WITH gaps AS (
      SELECT m.conversation_no, m.actor, epoch_ms(m.moment) - lag(epoch_ms(m.moment))
        OVER (PARTITION BY m.conversation_no ORDER BY m.place) AS gap_ms
      FROM message_facts m JOIN history h USING (conversation_no)
      WHERE h.resolution_source IS NOT NULL AND h.n_agent > 0 AND m.moment <= coalesce(h.closed_at, h.ended_at)
        AND m.actor IN ('user', 'bot', 'agent') AND NOT m.is_private AND NOT m.is_auto_reply
    )
    SELECT conversation_no, sum(least(gap_ms / 1000, ${HANDLES_S}))::DOUBLE AS handle_s
    FROM gaps WHERE actor = 'agent' AND gap_ms >= 0 GROUP BY conversation_no`;
}

function closingsTable({ horizon, settings, knownUntil }: FactsRequest): string {
  return `CREATE TEMP TABLE closing_facts AS
    WITH closed AS (
      SELECT h.conversation_no, h.conversation_key, h.app, p.user_no, h.resolution_source, h.n_agent, h.engaged,
        h.first_user_message_at, coalesce(h.closed_at, h.ended_at) AS moment
      FROM history h LEFT JOIN people p USING (user_key)
      WHERE h.resolution_source IS NOT NULL
    ), reopens AS (
      SELECT DISTINCT conversation_no FROM closed c JOIN message_facts m USING (conversation_no)
      WHERE m.actor = 'user' AND NOT m.is_private AND m.moment > c.moment AND m.moment <= c.moment + INTERVAL 7 DAY
    )
    SELECT c.*, (${seqOf('c.moment', horizon)})::INTEGER AS seq, CAST(${localTime('c.moment', settings)} AS DATE) AS day,
      CASE WHEN c.moment >= c.first_user_message_at THEN epoch_ms(c.moment) - epoch_ms(c.first_user_message_at) END / 1000
        AS resolution_s, g.handle_s,
      c.moment + INTERVAL 7 DAY <= ${instant(knownUntil)} AS reopen_known, r.conversation_no IS NOT NULL AS reopened
    FROM closed c LEFT JOIN reopens r USING (conversation_no) LEFT JOIN handling g USING (conversation_no)
    WHERE c.moment >= ${instant(horizon.from)} AND c.moment < ${instant(horizon.own.end)}`;
}

/** User messages with their intents, of the days before the end of each period that is looked at. */
function askedTable(horizon: Horizon): string {
  const lookedAt = lookedAtPlaces(horizon);
  const spans = horizon.periods
    .filter(({ seq }) => lookedAt.has(seq))
    .map(({ end }) => `(m.sent_at >= ${instant(end - WAITS_MS)} AND m.sent_at < ${instant(end)})`);
  return `CREATE TEMP TABLE asked AS
    SELECT h.conversation_no, m.seq AS place, m.sent_at AS moment, c.label AS intent
    FROM messages m JOIN history h USING (conversation_key)
    LEFT JOIN (SELECT message_key, label FROM categories
      WHERE subject_type = 'message' AND task = 'intent' AND rank = 1) c USING (message_key)
    WHERE m.actor = 'user' AND NOT m.is_private AND m.content_type <> 'empty' AND (${spans.join(' OR ')})`;
}

function waitingTable(): string {
  const week = `moment >= p.end_at - INTERVAL 7 DAY AND moment < p.end_at`;
  return `CREATE TEMP TABLE waiting_facts AS
    WITH ends AS (SELECT seq, end_at FROM periods WHERE looked_at), replies AS (
      SELECT p.seq, m.conversation_no, max(m.place) AS last_reply, max(m.place) FILTER (m.actor = 'agent') AS last_agent
      FROM ends p JOIN message_facts m ON m.${week.replace('AND moment', 'AND m.moment')}
      WHERE m.actor IN ('bot', 'agent') AND NOT m.is_private AND NOT m.is_auto_reply
      GROUP BY ALL
    ), open_questions AS (
      SELECT p.seq, p.end_at, a.conversation_no, min(a.moment) AS since
      FROM ends p JOIN asked a ON a.${week.replace('AND moment', 'AND a.moment')}
      LEFT JOIN replies r ON r.seq = p.seq AND r.conversation_no = a.conversation_no
      WHERE (a.place > coalesce(r.last_reply, 0) AND coalesce(a.intent, '') NOT IN ('thank_or_goodbye', 'praise'))
        OR (a.intent = 'contact_human' AND a.place > coalesce(r.last_agent, 0))
      GROUP BY ALL
    )
    SELECT q.seq, q.since, (epoch_ms(q.end_at) - epoch_ms(q.since)) / 1000 AS waited_s, q.conversation_no, h.conversation_key, h.conversation_id, h.app, h.topic, h.intent
    FROM open_questions q JOIN history h USING (conversation_no)
    WHERE h.closed_at IS NULL OR h.closed_at >= q.end_at`;
}

function backlogTable(): string {
  return `CREATE TEMP TABLE backlog_facts AS
    SELECT p.seq, h.conversation_no, h.conversation_key, h.app, h.topic
    FROM (SELECT * FROM periods WHERE looked_at) p JOIN history h ON h.started_at < p.end_at
    WHERE h.status IS NOT NULL AND (h.closed_at IS NULL OR h.closed_at >= p.end_at)`;
}

function userDaysTable(): string {
  return `CREATE TEMP TABLE user_day_facts AS
    SELECT DISTINCT m.seq, m.user_no, m.app, m.day, p.period_days,
      m.user_no::BIGINT * 1000000 + (m.day - DATE '1970-01-01') AS user_day
    FROM message_facts m JOIN periods p USING (seq)
    WHERE m.actor = 'user' AND NOT m.is_private AND m.user_no IS NOT NULL`;
}

/** A row a user and period: active in it, or in the one before. */
function userPeriodsTable({ before }: Horizon): string {
  return `CREATE TEMP TABLE user_period_facts AS
    WITH active AS (SELECT user_no, seq, min(app) AS app FROM user_day_facts GROUP BY ALL),
    states AS (
      SELECT a.user_no, a.seq, a.app, b.user_no IS NOT NULL AS was_active, true AS is_active
      FROM active a LEFT JOIN active b ON b.user_no = a.user_no AND b.seq = a.seq - 1
      UNION ALL
      SELECT b.user_no, b.seq + 1, b.app, true, false
      FROM active b ANTI JOIN active a ON a.user_no = b.user_no AND a.seq = b.seq + 1
      WHERE b.seq < 0
    )
    SELECT s.user_no, s.seq, s.app, CASE WHEN NOT s.is_active THEN 'dormant'
        WHEN u.first_seen >= p.start_at THEN 'new' WHEN s.was_active THEN 'returning' ELSE 'resurrected' END AS lifecycle
    FROM states s JOIN people u USING (user_no) JOIN periods p USING (seq)
    WHERE s.seq > ${before.seq}`;
}
