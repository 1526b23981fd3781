import { departureOf, growthOf } from '../../domain/report/anomalies.js';
import type { Anomaly, MetricRow } from '../../domain/report/document.js';
import { localDays } from '../../domain/report/period.js';
import { DAY_MS } from '../../domain/period.js';
import { instant, literal, type DuckDb } from '../lake/duckdb.js';
import type { Horizon } from './horizon.js';
import type { Completeness } from './rows.js';

/** Weeks of the past that a day is judged by, and a day for a change of the clocks. */
const PAST_MS = 8 * 7 * DAY_MS + DAY_MS;
const MOST = 20;

/**
 * What departs from its past: days on which new conversations, all or of a topic, are far from the same weekdays
 * before, and topics and intents that grow. Days and periods that are not known completely say nothing.
 */
export async function anomaliesOf(
  db: DuckDb,
  rows: readonly MetricRow[],
  horizon: Horizon,
  complete: Completeness,
  isDayComplete: (day: string) => boolean,
  timezone: string,
  signal: AbortSignal,
): Promise<Anomaly[]> {
  const levels = await levelAnomalies(db, horizon, isDayComplete, timezone, signal);
  const growth = complete.get(0) === true ? growingLabels(rows, horizon, complete) : [];
  const size = ({ z }: Anomaly): number => (z === null ? Infinity : Math.abs(z));
  return [...levels, ...growth]
    .sort((a, b) => size(b) - size(a) || keyOf(a).localeCompare(keyOf(b)))
    .slice(0, MOST);
}

function keyOf({ rule, at, dimension, dimensionValue }: Anomaly): string {
  return [rule, at, dimension, dimensionValue].join('/');
}

async function levelAnomalies(
  db: DuckDb,
  { own }: Horizon,
  isDayComplete: (day: string) => boolean,
  timezone: string,
  signal: AbortSignal,
): Promise<Anomaly[]> {
  const counts = await db.rows<{ day: string; topic: string | null; n: number }>(
    `SELECT CAST(timezone(${literal(timezone)}, moment) AS DATE)::VARCHAR AS day, topic, count(*) AS n FROM history
     WHERE engaged AND moment >= ${instant(own.start - PAST_MS)} AND moment < ${instant(own.end)} GROUP BY ALL`,
    signal,
  );
  const known = localDaysBack(own.firstDay, own.lastDay).filter(isDayComplete);
  const series = new Map<string | null, Map<string, number>>();
  const seriesOf = (topic: string | null) => {
    let byDay = series.get(topic);
    if (byDay === undefined) series.set(topic, (byDay = new Map(known.map((day) => [day, 0]))));
    return byDay;
  };
  const add = (topic: string | null, day: string, n: number): void => {
    const byDay = seriesOf(topic);
    const before = byDay.get(day);
    if (before !== undefined) byDay.set(day, before + n);
  };
  for (const { day, topic, n } of counts) {
    add(null, day, n);
    if (topic !== null) add(topic, day, n);
  }
  return localDays(own).flatMap((at) =>
    [...series].flatMap(([topic, byDay]): Anomaly[] => {
      const departure = departureOf(byDay, at);
      if (departure === null) return [];
      return [
        {
          rule: 'level',
          metric: 'engaged_conversations',
          dimension: topic === null ? null : 'topic',
          dimensionValue: topic,
          at,
          ...departure,
          good: null,
        },
      ];
    }),
  );
}

function localDaysBack(firstDay: string, lastDay: string): string[] {
  const from = new Date(Date.parse(firstDay) - PAST_MS).toISOString().slice(0, 10);
  return localDays({ firstDay: from, lastDay });
}

/** Against the period before; a day against the same weekdays, so that Mondays do not grow each week. */
function growingLabels(
  rows: readonly MetricRow[],
  { own, baseline }: Horizon,
  complete: Completeness,
): Anomaly[] {
  const periods = own.kind === 'daily' ? baseline.filter((seq) => complete.get(seq) === true).length : 1;
  const past = (row: MetricRow | undefined): number =>
    ((own.kind === 'daily' ? row?.baseline_value : row?.previous_value) ?? 0) * periods;
  if (periods === 0 || (own.kind !== 'daily' && complete.get(-1) !== true)) return [];
  const total = rows.find(
    ({ metric, dimension }) => metric === 'engaged_conversations' && dimension === null,
  );
  return rows.flatMap((row): Anomaly[] => {
    const { metric, dimension, dimension_value: label } = row;
    if (metric !== 'engaged_conversations' || label === null) return [];
    if (dimension !== 'topic' && dimension !== 'intent') return [];
    const before = { n: past(row), of: past(total), periods };
    const growth = growthOf({ n: row.n, of: total?.n ?? 0 }, before);
    if (growth === null) return [];
    return [
      {
        rule: 'growth',
        metric,
        dimension,
        dimensionValue: label,
        at: own.name,
        value: row.n,
        expected: before.n / periods,
        z: growth.z,
        direction: 'up',
        good: null,
      },
    ];
  });
}
