import type { ConversationRow, MessageRow } from '../../../src/domain/schema.js';
import type { LabelledThread } from '../../../src/domain/thread.js';

/**
 * The metrics of a report worked out anew in plain code from the rows of the lake, to hold the product's expressions
 * against. Shares nothing with them: no SQL, no bounds of periods (an instant belongs to the period that the calendar of
 * its zone says), no percentiles.
 */

export interface Question {
  kind: 'daily' | 'weekly' | 'monthly';
  period: string;
  timezone: string;
  /** Epoch ms up to which all is known. */
  knownUntil: number;
  fallback?: RegExp;
  /** Seconds within which people should answer. */
  target: number;
}

export interface Answer {
  value: number | null;
  n: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
type Row = ConversationRow;
type Said = MessageRow & { conversation: Row };

export function independentReport(threads: LabelledThread[], question: Question): Record<string, Answer> {
  const { timezone, knownUntil, kind } = question;
  const zone = zoned(timezone);
  const present = threads.filter(({ conversation }) => conversation.deleted_at === null);
  const all = present.map(({ conversation }) => conversation);
  const said = present.flatMap(({ conversation, messages }): Said[] =>
    messages.map((message) => ({ ...message, conversation })),
  );
  const name = (ms: number) => periodName(zone(ms), kind);
  const here = (ms: number | null): boolean => ms !== null && name(ms) === question.period;
  const end = endOf(question, name);
  const before = name(startOf(question, name) - 1);
  const answers: Record<string, Answer> = {};

  const count = (metric: string, n: number) => (answers[metric] = { value: n, n });
  const rate = <T>(metric: string, of: T[], hit: (item: T) => boolean) =>
    (answers[metric] = { value: of.length === 0 ? null : of.filter(hit).length / of.length, n: of.length });
  const over = (metric: string, sum: number, per: number) =>
    (answers[metric] = { value: per === 0 ? null : sum / per, n: per });
  const spread = (metric: string, values: (number | null)[]) => {
    const known = values.filter((value) => value !== null).sort((a, b) => a - b);
    const n = known.length;
    for (const [suffix, q] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p95', 0.95],
    ] as const) {
      answers[`${metric}_${suffix}`] = { value: percentile(known, q), n };
    }
    answers[`${metric}_mean`] = { value: n === 0 ? null : known.reduce((a, b) => a + b, 0) / n, n };
  };

  const begin = (c: Row) => c.first_user_message_at ?? c.started_at;
  const sessions = all.filter((c) => here(begin(c)));
  const engaged = sessions.filter((c) => c.n_user > 0);
  count('sessions', sessions.length);
  count('engaged_conversations', engaged.length);
  rate('engagement_rate', sessions, (c) => c.n_user > 0);
  over(
    'messages_per_conversation',
    sum(engaged, (c) => c.n_user + c.n_bot + c.n_agent),
    engaged.length,
  );
  over(
    'turns_per_conversation',
    sum(engaged, (c) => c.turns),
    engaged.length,
  );
  spread(
    'duration',
    engaged.map((c) => c.duration_s),
  );
  rate('classified_rate', engaged, (c) => c.topic !== null && c.topic !== 'unknown');
  rate('other_topic_rate', engaged, (c) => c.topic === 'other');
  rate('flagged_rate', sessions, (c) => c.quality_flags.length > 0);

  const now = said.filter((m) => here(m.sent_at));
  const open = now.filter((m) => !m.is_private);
  const by = (actor: string) => open.filter((m) => m.actor === actor);
  count('active_conversations', new Set(now.map((m) => m.conversation_key)).size);
  count('messages', open.length);
  count('user_messages', by('user').length);
  count('bot_messages', by('bot').length);
  count('agent_messages', by('agent').length);
  count('private_messages', now.length - open.length);
  const isFallback = (m: Said) => question.fallback?.test(m.text ?? '') ?? false;
  rate('fallback_rate', by('bot'), isFallback);
  count(
    'fallback_conversations',
    new Set(
      by('bot')
        .filter(isFallback)
        .map((m) => m.conversation_key),
    ).size,
  );

  spread(
    'first_response',
    sessions.map((c) => c.first_response_s),
  );
  spread(
    'first_bot_response',
    sessions.map((c) => c.first_bot_response_s),
  );
  spread(
    'first_agent_response',
    sessions.map((c) => c.first_agent_response_s),
  );
  spread(
    'reply_time',
    now.map((m) => m.reply_time_s),
  );
  spread(
    'agent_reply_time',
    now.filter((m) => m.actor === 'agent').map((m) => m.reply_time_s),
  );

  rate(
    'service_level_rate',
    engaged.filter((c) => c.first_agent_response_s !== null || c.unanswered === true),
    (c) => c.first_agent_response_s !== null && c.first_agent_response_s <= question.target,
  );
  count('unanswered', engaged.filter((c) => c.unanswered === true).length);
  rate(
    'unanswered_rate',
    engaged.filter((c) => c.unanswered !== null),
    (c) => c.unanswered === true,
  );
  const waits = present.flatMap((thread) => waitingSince(thread, end) ?? []);
  count('awaiting_reply', waits.length);
  answers.longest_wait = {
    value: waits.length === 0 ? null : (end - Math.min(...waits)) / 1000,
    n: waits.length,
  };
  const began = all.filter((c) => c.status !== null && c.started_at < end);
  count('backlog', began.filter((c) => c.closed_at === null || c.closed_at >= end).length);

  count('pending', engaged.filter((c) => c.ended_at === null).length);
  rate('bot_involvement_rate', engaged, (c) => c.n_bot > 0);
  const botEnded = engaged.filter((c) => c.n_bot > 0 && c.ended_at !== null);
  rate('containment_rate', botEnded, (c) => c.outcome === 'contained');
  const contained = (c: Row) => c.outcome === 'contained';
  const mood = (c: Row) => c.sentiment_end ?? 0;
  rate('bot_resolution_confirmed_rate', botEnded, (c) => contained(c) && mood(c) >= Math.fround(0.15));
  rate(
    'bot_resolution_assumed_rate',
    botEnded,
    (c) => contained(c) && mood(c) >= Math.fround(-0.15) && mood(c) < Math.fround(0.15),
  );
  rate('escalation_rate', botEnded, (c) => c.outcome === 'escalated');
  rate('abandonment_rate', botEnded, (c) => c.outcome === 'abandoned');
  const users = new Map<string, Row[]>();
  for (const c of all) {
    const user = userOf(c);
    if (user !== null) users.set(user, [...(users.get(user) ?? []), c]);
  }
  const finish = (c: Row) => Math.max(c.ended_at ?? 0, begin(c));
  const cameBack = (c: Row) =>
    (users.get(userOf(c) ?? '') ?? []).some(
      (other) => other.n_user > 0 && begin(other) > finish(c) && begin(other) <= finish(c) + DAY,
    );
  rate(
    'containment_no_callback_rate',
    botEnded.filter((c) => userOf(c) !== null && finish(c) + DAY <= knownUntil),
    (c) => c.outcome === 'contained' && !cameBack(c),
  );
  rate(
    'resolution_rate',
    engaged.filter((c) => c.status !== null),
    (c) => c.status === 'closed',
  );

  const closedAt = (c: Row) => c.closed_at ?? c.ended_at;
  const closed = all.filter((c) => c.resolution_source !== null && here(closedAt(c)));
  count('resolutions', closed.length);
  count('resolved_users', new Set(closed.flatMap((c) => userOf(c) ?? [])).size);
  spread(
    'resolution_time',
    closed.map((c) => {
      const took = c.first_user_message_at === null ? -1 : (closedAt(c) ?? 0) - c.first_user_message_at;
      return took < 0 ? null : took / 1000;
    }),
  );
  const closedKeys = new Set(closed.map((c) => c.conversation_key));
  spread(
    'handle_time_estimated',
    present
      .filter(({ conversation }) => closedKeys.has(conversation.conversation_key))
      .map(({ conversation, messages }) => handledSeconds(messages, closedAt(conversation) ?? 0)),
  );
  const judged = closed.filter(
    (c) => c.resolution_source === 'status' && (closedAt(c) ?? 0) + 7 * DAY <= knownUntil,
  );
  const reopened = new Set(
    said
      .filter(({ actor, is_private, sent_at, conversation: c }) => {
        const at = closedAt(c);
        return actor === 'user' && !is_private && at !== null && sent_at > at && sent_at <= at + 7 * DAY;
      })
      .map((m) => m.conversation_key),
  );
  rate('reopen_rate', judged, (c) => reopened.has(c.conversation_key));
  rate('durable_resolution_rate', judged, (c) => !reopened.has(c.conversation_key));
  rate('one_touch_rate', judged, (c) => c.n_agent < 2 && !reopened.has(c.conversation_key));

  const felt = engaged.filter((c) => c.sentiment !== null && c.sentiment !== 'unknown');
  const good = (c: Row) => c.sentiment?.endsWith('positive') === true;
  const bad = (c: Row) => c.sentiment?.endsWith('negative') === true;
  over('net_sentiment', felt.filter(good).length - felt.filter(bad).length, felt.length);
  rate('positive_rate', felt, good);
  rate('negative_rate', felt, bad);
  const scores = engaged.flatMap((c) => c.sentiment_score ?? []);
  over(
    'sentiment_mean',
    sum(scores, (score) => score),
    scores.length,
  );
  const shifts = engaged.flatMap((c) => c.sentiment_shift ?? []);
  over(
    'sentiment_shift_mean',
    sum(shifts, (shift) => shift),
    shifts.length,
  );
  rate('improved_rate', shifts, (shift) => Math.fround(shift) >= Math.fround(0.2));
  rate('declined_rate', shifts, (shift) => Math.fround(shift) <= Math.fround(-0.2));

  const byUsers = said.filter((m) => m.actor === 'user' && !m.is_private && userOf(m.conversation) !== null);
  const activeIn = (period: string) =>
    new Set(byUsers.filter((m) => name(m.sent_at) === period).flatMap((m) => userOf(m.conversation) ?? []));
  const active = activeIn(question.period);
  const wasActive = activeIn(before);
  const userDays = new Set(
    byUsers.filter((m) => here(m.sent_at)).map((m) => `${userOf(m.conversation) ?? ''} ${zone(m.sent_at)}`),
  );
  const days = daysOf(question);
  count('active_users', active.size);
  for (const span of [7, 28]) {
    const dates = lastDays(zone(end - 1), span);
    const seen = byUsers.filter((m) => dates.has(zone(m.sent_at))).map((m) => userOf(m.conversation));
    const users = new Set(seen).size;
    answers[`active_users_${span}d`] = knownUntil < end ? { value: null, n: 0 } : { value: users, n: users };
  }
  answers.daily_active_users = { value: userDays.size / days, n: userDays.size };
  over('stickiness', userDays.size / days, active.size);
  const isNew = (user: string) =>
    here(Math.min(...(users.get(user) ?? []).map((c) => c.first_user_message_at ?? Infinity)));
  const states = [...active].map((user) =>
    isNew(user) ? 'new' : wasActive.has(user) ? 'returning' : 'resurrected',
  );
  for (const state of ['new', 'returning', 'resurrected'])
    count(`${state}_users`, states.filter((each) => each === state).length);
  count('dormant_users', [...wasActive].filter((user) => !active.has(user)).length);
  const known = engaged.filter((c) => userOf(c) !== null);
  const people = new Set(known.map(userOf));
  over('conversations_per_user', known.length, people.size);
  const again = known.filter(
    (c) =>
      !['other', 'unknown', null].includes(c.topic) &&
      (users.get(userOf(c) ?? '') ?? []).some(
        (other) =>
          other !== c &&
          other.n_user > 0 &&
          other.topic === c.topic &&
          begin(other) >= begin(c) - 7 * DAY &&
          (begin(other) < begin(c) ||
            (begin(other) === begin(c) && other.conversation_key < c.conversation_key)),
      ),
  );
  over('repeat_contact_rate', new Set(again.map(userOf)).size, people.size);
  count('anonymous_conversations', engaged.length - known.length);
  return answers;
}

/** Since when the user waits at an instant; null: does not. */
function waitingSince({ conversation: c, messages, categories }: LabelledThread, end: number): number | null {
  if (c.closed_at !== null && c.closed_at < end) return null;
  const recent = messages.filter((m) => m.sent_at < end && m.sent_at >= end - 7 * DAY && !m.is_private);
  let open: number | null = null;
  let wantsPerson: number | null = null;
  for (const message of recent) {
    if (message.actor === 'user' && message.content_type !== 'empty') {
      const intent = categories.find(
        (row) => row.message_key === message.message_key && row.task === 'intent' && row.rank === 1,
      )?.label;
      if (intent !== 'thank_or_goodbye' && intent !== 'praise') open ??= message.sent_at;
      if (intent === 'contact_human') wantsPerson ??= message.sent_at;
    } else if ((message.actor === 'bot' || message.actor === 'agent') && !message.is_auto_reply) {
      open = null;
      if (message.actor === 'agent') wantsPerson = null;
    }
  }
  if (open === null || wantsPerson === null) return open ?? wantsPerson;
  return Math.min(open, wantsPerson);
}

/** What agents took for their messages up to an instant; null: they wrote none in answer to something. */
function handledSeconds(messages: readonly MessageRow[], until: number): number | null {
  let total: number | null = null;
  let before: number | null = null;
  for (const m of messages) {
    const counts = ['user', 'bot', 'agent'].includes(m.actor) && !m.is_private && !m.is_auto_reply;
    if (!counts || m.sent_at > until) continue;
    if (m.actor === 'agent' && before !== null)
      total = (total ?? 0) + Math.min(900, (m.sent_at - before) / 1000);
    before = m.sent_at;
  }
  return total;
}

/** So many days up to a day, by name. */
function lastDays(last: string, span: number): Set<string> {
  const at = Date.parse(`${last}T12:00:00Z`);
  return new Set(
    Array.from({ length: span }, (_, back) => new Date(at - back * DAY).toISOString().slice(0, 10)),
  );
}

function userOf(c: Row): string | null {
  return c.user_id === null ? null : JSON.stringify([c.app_id, c.user_id]);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** Between the two nearest ranks, in proportion. */
function percentile(sorted: readonly number[], q: number): number | null {
  if (sorted.length === 0) return null;
  const rank = q * (sorted.length - 1);
  const below = sorted[Math.floor(rank)]!;
  const above = sorted[Math.ceil(rank)]!;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Instant → local day, as the zone's calendar has it. */
function zoned(timezone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const days = new Map<number, string>();
  return (ms) => {
    const quarter = Math.floor(ms / (15 * 60_000));
    let day = days.get(quarter);
    if (day === undefined) days.set(quarter, (day = format.format(ms)));
    return day;
  };
}

function periodName(day: string, kind: Question['kind']): string {
  if (kind === 'daily') return day;
  if (kind === 'monthly') return day.slice(0, 7);
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const january = Date.UTC(date.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((date.getTime() - january) / DAY + 1) / 7);
  return `${date.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

/** A moment within the period, from which its two ends are sought by quarters of an hour. */
function within({ kind, period }: Question, name: (ms: number) => string): number {
  const year = Number(period.slice(0, 4));
  for (
    let ms = Date.UTC(year - 1, 11, 25);
    ms < Date.UTC(year + 1, 0, 8);
    ms += kind === 'daily' ? HOUR : DAY
  )
    if (name(ms) === period) return ms;
  throw new Error(`no such period: ${period}`);
}

function endOf(question: Question, name: (ms: number) => string): number {
  let ms = within(question, name);
  while (name(ms) === question.period) ms += HOUR / 4;
  return ms;
}

function startOf(question: Question, name: (ms: number) => string): number {
  let ms = within(question, name);
  while (name(ms - HOUR / 4) === question.period) ms -= HOUR / 4;
  return ms;
}

function daysOf({ kind, period }: Question): number {
  if (kind === 'daily') return 1;
  if (kind === 'weekly') return 7;
  return new Date(Number(period.slice(0, 4)), Number(period.slice(5, 7)), 0).getDate();
}
