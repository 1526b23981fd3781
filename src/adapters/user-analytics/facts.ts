import { CONVERSATIONS, MESSAGES, SCHEMA_VERSION } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { UserFacts, UserRow } from '../../domain/users/analytics.js';
import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { literal, type DuckDb } from '../lake/duckdb.js';
import { selectTable } from '../lake/table-sql.js';
import { userKey } from '../report-data/facts.js';

export interface UserSettings {
  /** IANA zone of active days. */
  timezone: string;
  /** `source`: equal user ids of all apps are one person. */
  userScope: 'app' | 'source';
}

/** Users whose facts are held in memory at once. */
const PAGE = 5_000;

/** Makes the table `known`: the conversations of all days in which a user with an id wrote. */
export async function prepareFacts(
  db: DuckDb,
  store: ObjectStore,
  manifests: readonly DayManifest[],
  { userScope }: UserSettings,
  signal: AbortSignal,
): Promise<void> {
  const select = await selectDays(db, store, CONVERSATIONS, manifests, signal);
  await db.run(
    `CREATE TEMP TABLE known AS SELECT conversation_key, source, app_id, user_id, ${userKey(userScope)} AS user_key,
       CAST(started_at AT TIME ZONE 'UTC' AS DATE)::VARCHAR AS day, first_user_message_at AS began_at, topic, intent,
       sentiment_score AS score, language, fetched_at, run_id, deleted_at
     FROM (${select}) WHERE user_id IS NOT NULL AND engaged`,
    signal,
  );
}

/**
 * Users of the days that were committed anew, and those whose conversations have become more or fewer: what left a day
 * is seen by its absence.
 */
export async function touchedUsers(
  db: DuckDb,
  changed: readonly DayManifest[],
  before: ReadonlyMap<string, UserRow>,
  isSame: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const days = changed.map(({ day }) => literal(day)).join(', ');
  const rows = await db.rows<{ user_key: string; n: number; is_changed: boolean }>(
    `SELECT user_key, count(*) FILTER (deleted_at IS NULL) AS n,
       ${days === '' ? 'false' : `bool_or(day IN (${days}))`} AS is_changed FROM known GROUP BY user_key`,
    signal,
  );
  const touched = new Set<string>(before.keys());
  for (const { user_key, n, is_changed } of rows) {
    if (isSame && !is_changed && (before.get(user_key)?.conversations ?? 0) === n) touched.delete(user_key);
    else touched.add(user_key);
  }
  return [...touched].sort();
}

/** All that the lake holds of some users; reads the messages only of days on which they have conversations. */
export async function* factsOf(
  db: DuckDb,
  store: ObjectStore,
  manifests: readonly DayManifest[],
  users: readonly string[],
  { timezone, userScope }: UserSettings,
  signal: AbortSignal,
): AsyncIterable<UserFacts> {
  for (let from = 0; from < users.length; from += PAGE) {
    const keys = users.slice(from, from + PAGE).map(literal);
    await db.run(
      `CREATE OR REPLACE TEMP TABLE theirs AS SELECT * FROM known
       WHERE deleted_at IS NULL AND user_key IN (${keys.join(', ')})`,
      signal,
    );
    const days = await db.rows<{ day: string }>('SELECT DISTINCT day FROM theirs', signal);
    const theirDays = new Set(days.map(({ day }) => day));
    const read = manifests.filter(({ day }) => theirDays.has(day));
    const messages = await selectDays(db, store, MESSAGES, read, signal);
    const rows = await db.rows<{ facts: string }>(
      `WITH spoken AS (
         SELECT t.user_key, CAST(timezone(${literal(timezone)}, m.sent_at) AS DATE) AS day,
           min(epoch_ms(m.sent_at)) AS first, max(epoch_ms(m.sent_at)) AS last, count(*) AS messages
         FROM (${messages}) m JOIN theirs t USING (conversation_key)
         WHERE m.actor = 'user' AND NOT m.is_private GROUP BY ALL
       ), days AS (
         SELECT user_key, list({first: first, last: last, messages: messages} ORDER BY day) AS days
         FROM spoken GROUP BY user_key
       ), talks AS (
         SELECT user_key, any_value(source) AS source, any_value(app_id) AS app_id, any_value(user_id) AS user_id,
           list({'at': epoch_ms(began_at), topic: topic, intent: intent, score: score, language: language,
             fetched_at: epoch_ms(fetched_at), run_id: run_id} ORDER BY began_at, conversation_key) AS conversations
         FROM theirs GROUP BY user_key
       )
       SELECT to_json({user_key: user_key, source: source, app_id: ${userScope === 'source' ? 'NULL::VARCHAR' : 'app_id'},
         user_id: user_id, conversations: conversations, days: days})::VARCHAR AS facts
       FROM talks JOIN days USING (user_key) ORDER BY user_key`,
      signal,
    );
    for (const { facts } of rows) yield JSON.parse(facts) as UserFacts;
  }
}

async function selectDays(
  db: DuckDb,
  store: ObjectStore,
  table: AnyTable,
  manifests: readonly DayManifest[],
  signal: AbortSignal,
): Promise<string> {
  const paths: string[] = [];
  for (const { files } of manifests) {
    const key = files[table.file]?.key;
    const path = key === undefined ? null : await store.localPath(key, signal);
    if (path !== null) paths.push(path);
  }
  const isPresent = manifests.every(({ schema_version }) => schema_version === SCHEMA_VERSION);
  return selectTable(db, table, paths, isPresent ? { schemaVersion: SCHEMA_VERSION } : {});
}
