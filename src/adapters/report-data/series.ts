import type { Facts, Metric } from '../../domain/metrics/metric.js';
import type { Measured } from '../../domain/report/compare.js';
import type { Series } from '../../domain/report/document.js';
import { localDays } from '../../domain/report/period.js';
import type { DuckDb } from '../lake/duckdb.js';
import { sparkPeriods, type Horizon } from './horizon.js';
import { measure, nothingOf, type Figures } from './measure.js';
import type { Completeness } from './rows.js';

/** Metrics of tiles, most important first; those that cannot be computed are left out. */
const HEADLINES = [
  'engaged_conversations',
  'awaiting_reply',
  'unanswered_rate',
  'first_agent_response_p50',
  'first_agent_response_p90',
  'service_level_rate',
  'first_bot_response_p50',
  'first_bot_response_p90',
  'containment_rate',
  'escalation_rate',
  'resolution_rate',
  'net_sentiment',
  'active_users',
  'backlog',
];
/** Charts need these beside the tiles. */
const CHARTED = ['sessions', 'messages', 'user_messages', 'positive_rate', 'negative_rate', 'unanswered'];
const HAVE_DAYS: ReadonlySet<Facts> = new Set(['sessions', 'messages', 'closings', 'user_days']);
const HAVE_HOURS: ReadonlySet<Facts> = new Set(['sessions', 'messages']);

/** Where people answer, their first response is the headline; else that of the bot. */
export function headlinesOf(metrics: readonly Metric[]): string[] {
  const names = new Set(metrics.map(({ name }) => name));
  const people = names.has('first_agent_response_p50');
  return HEADLINES.filter((name) => names.has(name) && !(people && name.startsWith('first_bot')));
}

/** Tiles' sparklines, and what charts show by day and, of a day, by hour. */
export async function seriesOf(
  db: DuckDb,
  metrics: readonly Metric[],
  totals: Figures,
  horizon: Horizon,
  complete: Completeness,
  isDayComplete: (day: string) => boolean,
  signal: AbortSignal,
): Promise<Series[]> {
  const shown = new Set([...headlinesOf(metrics), ...CHARTED]);
  const charted = metrics.filter(({ name }) => shown.has(name));
  const series: Series[] = charted.map((metric) => ({
    metric: metric.name,
    unit: metric.unit,
    grain: 'spark',
    points: sparkPeriods(horizon).map(({ seq, name }) =>
      point(metric, name, totals.get(metric.name)?.get(null)?.get(seq), complete.get(seq) === true),
    ),
  }));
  const daily = charted.filter(({ expression }) => HAVE_DAYS.has(expression.over));
  const byDay = await measure(db, daily, 'day', 'seq = 0', signal);
  for (const metric of daily) {
    const points = localDays(horizon.own).map((day) =>
      point(metric, day, byDay.get(metric.name)?.get(day)?.get(0), isDayComplete(day)),
    );
    series.push({ metric: metric.name, unit: metric.unit, grain: 'day', points });
  }
  if (horizon.own.kind !== 'daily') return series;
  const hourly = charted.filter(({ expression }) => HAVE_HOURS.has(expression.over));
  const byHour = await measure(db, hourly, 'hour', 'seq = 0', signal);
  for (const metric of hourly) {
    const points = Array.from({ length: 24 }, (_, hour) =>
      point(
        metric,
        String(hour).padStart(2, '0'),
        byHour.get(metric.name)?.get(String(hour))?.get(0),
        complete.get(0) === true,
      ),
    );
    series.push({ metric: metric.name, unit: metric.unit, grain: 'hour', points });
  }
  return series;
}

/** Without rows: 0 or undefined where all is known, undefined where it is not. */
function point(
  metric: Metric,
  at: string,
  measured: Measured | undefined,
  complete: boolean,
): Series['points'][number] {
  const { value, n } = measured ?? nothingOf(metric);
  return { at, value: measured === undefined && !complete ? null : value, n, complete };
}
