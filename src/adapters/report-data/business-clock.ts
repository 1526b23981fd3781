import { calendarOf, openSpans } from '../../domain/report/business-hours.js';
import { DAY_MS } from '../../domain/period.js';
import { instant, literal, type DuckDb } from '../lake/duckdb.js';
import type { Horizon } from './horizon.js';
import type { ReportSettings } from './settings.js';

/** Waits that began so long before the horizon are counted in business hours too. */
const BEFORE_MS = 60 * DAY_MS;

/**
 * Business seconds of waits: fills `message_facts.reply_time_business_s`, and makes `first_agent_business`. A clock
 * that runs only while an app is open gives the seconds of any wait as a difference of two of its readings. Apps without
 * a calendar have no clock, and no figures.
 */
export async function createBusinessClock(
  db: DuckDb,
  settings: ReportSettings,
  horizon: Horizon,
  signal: AbortSignal,
): Promise<void> {
  const { businessHours } = settings;
  if (businessHours === null) {
    await db.run(
      'CREATE TEMP TABLE first_agent_business (conversation_no INTEGER, business_s DOUBLE)',
      signal,
    );
    return;
  }
  const apps = await db.rows<{ app: string | null }>('SELECT DISTINCT app FROM history', signal);
  const rows = apps.flatMap(({ app }) => {
    const calendar = calendarOf(businessHours, app);
    if (calendar === null) return [];
    const from = horizon.from - BEFORE_MS;
    let elapsed = 0;
    const spans = openSpans(calendar, from, horizon.to, settings.timezone).map(([start, end]) => {
      const row = `(${appLiteral(app)}, ${instant(start)}, ${elapsed}::DOUBLE, ${(end - start) / 1000}::DOUBLE)`;
      elapsed += (end - start) / 1000;
      return row;
    });
    return [`(${appLiteral(app)}, ${instant(0)}, 0::DOUBLE, 0::DOUBLE)`, ...spans];
  });
  const values =
    rows.length === 0 ? `SELECT '' , now(), 0::DOUBLE, 0::DOUBLE WHERE false` : `VALUES ${rows.join(', ')}`;
  await db.run(
    `CREATE TEMP TABLE business_clock AS SELECT * FROM (${values}) AS t(app, opens, elapsed, length)`,
    signal,
  );
  await db.run(
    `CREATE TEMP TABLE business_waits AS
      WITH waits AS (
        SELECT conversation_no, place, actor, is_auto_reply, coalesce(app, chr(1)) AS app,
          moment - to_microseconds((reply_time_s * 1000000)::BIGINT) AS from_at, moment AS to_at FROM message_facts
        WHERE reply_time_s IS NOT NULL
      )
      SELECT w.conversation_no, w.place, ${reading('e', 'w.to_at')} - ${reading('b', 'w.from_at')} AS business_s
      FROM waits w ASOF JOIN business_clock b ON w.app = b.app AND w.from_at >= b.opens
      ASOF JOIN business_clock e ON w.app = e.app AND w.to_at >= e.opens`,
    signal,
  );
  await db.run(
    `UPDATE message_facts SET reply_time_business_s = w.business_s FROM business_waits w
      WHERE w.conversation_no = message_facts.conversation_no AND w.place = message_facts.place
        AND message_facts.reply_time_s IS NOT NULL`,
    signal,
  );
  await db.run(
    `CREATE TEMP TABLE first_agent_business AS
      WITH firsts AS (
        SELECT h.conversation_no, coalesce(h.app, chr(1)) AS app, c.first_agent_response_s AS wait,
          min(m.moment) AS to_at
        FROM history h JOIN conversations c USING (conversation_key) JOIN message_facts m USING (conversation_no)
        JOIN (SELECT conversation_no, min(place) AS asked FROM message_facts
          WHERE actor = 'user' AND NOT is_private GROUP BY ALL) u USING (conversation_no)
        WHERE c.first_agent_response_s IS NOT NULL AND m.actor = 'agent' AND NOT m.is_private
          AND NOT m.is_auto_reply AND m.place > u.asked
        GROUP BY ALL
      ), waits AS (
        SELECT *, to_at - to_microseconds((wait * 1000000)::BIGINT) AS from_at FROM firsts
      )
      SELECT w.conversation_no, ${reading('e', 'w.to_at')} - ${reading('b', 'w.from_at')} AS business_s
      FROM waits w ASOF JOIN business_clock b ON w.app = b.app AND w.from_at >= b.opens
      ASOF JOIN business_clock e ON w.app = e.app AND w.to_at >= e.opens`,
    signal,
  );
}

/** Seconds that the clock shows at an instant, of the span that began last. */
function reading(span: string, moment: string): string {
  return `(${span}.elapsed + least(${span}.length, (epoch_ms(${moment}) - epoch_ms(${span}.opens)) / 1000))`;
}

function appLiteral(app: string | null): string {
  return app === null ? 'chr(1)' : literal(app);
}
