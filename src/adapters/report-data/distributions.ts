import { metricNamed } from '../../domain/metrics/registry.js';
import type { ReportDistributions } from '../../domain/report/document.js';
import {
  addDays,
  localDay,
  weekStartOf,
  WEEKDAYS,
  type ReportCalendar,
  type Weekday,
} from '../../domain/report/period.js';
import { literal, type DuckDb } from '../lake/duckdb.js';
import type { Horizon } from './horizon.js';

const HOUR_S = 3_600;
const BUCKETS = [
  { label: '0-1 h', from: 0, to: HOUR_S },
  { label: '1-4 h', from: HOUR_S, to: 4 * HOUR_S },
  { label: '4-8 h', from: 4 * HOUR_S, to: 8 * HOUR_S },
  { label: '8-24 h', from: 8 * HOUR_S, to: 24 * HOUR_S },
  { label: '24 h and more', from: 24 * HOUR_S, to: null },
] as const;
const RETENTION_WEEKS = 8;

export async function distributionsOf(
  db: DuckDb,
  horizon: Horizon,
  calendar: ReportCalendar,
  hasAgents: boolean,
  signal: AbortSignal,
): Promise<ReportDistributions> {
  return {
    firstResponse: await buckets(db, 'first_response_p50', signal),
    firstAgentResponse: hasAgents ? await buckets(db, 'first_agent_response_p50', signal) : [],
    heatmap: await heatmap(db, calendar, signal),
    retention: horizon.own.kind === 'daily' ? [] : await retention(db, horizon, calendar, signal),
  };
}

/** How the values of a duration's metric are spread. */
async function buckets(
  db: DuckDb,
  metric: string,
  signal: AbortSignal,
): Promise<ReportDistributions['firstResponse']> {
  const expression = metricNamed(metric)?.expression;
  if (expression?.kind !== 'quantile') return [];
  const { of, rows } = expression;
  const counts = BUCKETS.map(({ from, to }, i) => {
    const upper = to === null ? '' : ` AND ${of} < ${to}`;
    return `count(*) FILTER (${rows} AND ${of} >= ${from}${upper}) AS b${i}`;
  });
  const [row] = await db.rows(`SELECT ${counts.join(', ')} FROM session_facts WHERE seq = 0`, signal);
  return BUCKETS.map((bucket, i) => ({ ...bucket, n: Number(row?.[`b${i}`]) }));
}

async function heatmap(
  db: DuckDb,
  { weekStart }: ReportCalendar,
  signal: AbortSignal,
): Promise<ReportDistributions['heatmap']> {
  const userMessages = metricNamed('user_messages')?.expression.rows ?? 'false';
  const rows = await db.rows<{ weekday: number; hour: number; n: number }>(
    `SELECT weekday, hour, count(*) AS n FROM message_facts WHERE seq = 0 AND ${userMessages} GROUP BY ALL`,
    signal,
  );
  const first = WEEKDAYS.indexOf(weekStart);
  return WEEKDAYS.map((_, i) => {
    const index = (first + i) % 7;
    const hours = Array.from({ length: 24 }, () => 0);
    for (const { weekday, hour, n } of rows) if (weekday === index + 1) hours[hour] = n;
    return { weekday: WEEKDAYS[index] as Weekday, hours };
  });
}

/** Cohorts of the last weeks that are over when the period is. */
async function retention(
  db: DuckDb,
  { own }: Horizon,
  { timezone, weekStart }: ReportCalendar,
  signal: AbortSignal,
): Promise<ReportDistributions['retention']> {
  const after = weekStartOf(localDay(own.end, timezone), weekStart);
  const last = addDays(after, -7);
  const first = addDays(after, -7 * RETENTION_WEEKS);
  const weekOf = (day: string) =>
    `(${day} - ((isodow(${day}) - 1 - ${WEEKDAYS.indexOf(weekStart)} + 7) % 7)::INTEGER)`;
  const rows = await db.rows<{ week: string; later: number; users: number }>(
    `WITH weeks AS (SELECT DISTINCT user_no, ${weekOf('day')} AS week FROM user_day_facts),
      cohorts AS (SELECT user_no, ${weekOf('day')} AS week FROM
        (SELECT user_no, CAST(timezone(${literal(timezone)}, first_seen) AS DATE) AS day FROM people
          WHERE first_seen IS NOT NULL))
     SELECT c.week::VARCHAR AS week, ((w.week - c.week) // 7) AS later, count(*) AS users
     FROM cohorts c JOIN weeks w USING (user_no)
     WHERE c.week >= DATE ${literal(first)} AND w.week <= DATE ${literal(last)} AND w.week >= c.week
     GROUP BY ALL ORDER BY ALL`,
    signal,
  );
  const cohorts: ReportDistributions['retention'] = [];
  for (let i = 0; i < RETENTION_WEEKS; i++) {
    const week = addDays(first, 7 * i);
    const mine = rows.filter((row) => row.week === week);
    if (mine.length === 0) continue;
    const active = Array.from({ length: RETENTION_WEEKS - i }, (_, later) => {
      return mine.find((row) => row.later === later)?.users ?? 0;
    });
    cohorts.push({ week, size: active[0] ?? 0, active });
  }
  return cohorts;
}
