import { METRICS } from '../../domain/metrics/registry.js';
import { DIMENSIONS, INPUTS, type Input, type Metric } from '../../domain/metrics/metric.js';
import { compare, type Measured } from '../../domain/report/compare.js';
import type { MetricRow, Unavailable } from '../../domain/report/document.js';
import { localDays } from '../../domain/report/period.js';
import type { DuckDb } from '../lake/duckdb.js';
import { comparedPlaces, type Horizon } from './horizon.js';
import { measure, nothingOf, type Figures } from './measure.js';
import type { ReportSettings } from './settings.js';

/** Which metrics can be computed: those whose inputs are found in the data, or set. */
export async function availableMetrics(
  db: DuckDb,
  settings: ReportSettings,
  signal: AbortSignal,
): Promise<{ metrics: Metric[]; unavailable: Unavailable[] }> {
  const [found] = await db.rows<Record<Input, boolean | null>>(
    `SELECT h.*, m.* FROM (SELECT bool_or(status IS NOT NULL) AS status,
        bool_or(resolution_source = 'status') AS closed_at, bool_or(user_key IS NOT NULL) AS user_id,
        bool_or(topic IS NOT NULL) AS labels FROM history) h,
      (SELECT bool_or(actor = 'bot') AS bot, bool_or(actor = 'agent') AS agent, bool_or(agent IS NOT NULL) AS agent_id
        FROM message_facts) m`,
    signal,
  );
  const has = (input: Input): boolean => {
    if (input === 'fallback') return settings.fallbackPattern !== null;
    if (input === 'business_hours') return settings.businessHours !== null;
    if (input === 'response_target') return settings.responseTargetMs !== null;
    return found?.[input] ?? false;
  };
  const metrics: Metric[] = [];
  const unavailable: Unavailable[] = [];
  for (const metric of METRICS) {
    const missing = metric.inputs.find((input) => !has(input));
    if (missing === undefined) metrics.push(metric);
    else unavailable.push({ metric: metric.name, mappingKey: INPUTS[missing] });
  }
  return { metrics, unavailable };
}

/** Which periods of the horizon are covered completely, by place. */
export type Completeness = ReadonlyMap<number, boolean>;

/** Rows of all metrics: totals in the order of the registry, then dimensions. */
export async function metricRows(
  db: DuckDb,
  metrics: readonly Metric[],
  totals: Figures,
  horizon: Horizon,
  complete: Completeness,
  signal: AbortSignal,
): Promise<MetricRow[]> {
  const rows = metrics.map((metric) =>
    rowOf(metric, null, null, totals.get(metric.name)?.get(null) ?? new Map(), horizon, complete),
  );
  const compared = `seq IN (${[...comparedPlaces(horizon)].join(', ')})`;
  for (const dimension of DIMENSIONS) {
    const split = metrics.filter(({ dimensions }) => dimensions.includes(dimension));
    const figures = await measure(db, split, dimension, compared, signal);
    for (const metric of split) {
      const byValue = [...(figures.get(metric.name) ?? [])]
        .filter(([, bySeq]) => (bySeq.get(0)?.n ?? 0) > 0 || (bySeq.get(-1)?.n ?? 0) > 0)
        .sort(([a], [b]) => compareValues(a, b));
      for (const [value, bySeq] of byValue)
        rows.push(rowOf(metric, dimension, value, bySeq, horizon, complete));
    }
  }
  return rows;
}

/** By code point, null last: the same everywhere. */
function compareValues(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}

function rowOf(
  metric: Metric,
  dimension: string | null,
  dimensionValue: string | null,
  bySeq: ReadonlyMap<number, Measured>,
  { own, periods, baseline }: Horizon,
  complete: Completeness,
): MetricRow {
  const at = (seq: number): Measured => bySeq.get(seq) ?? nothingOf(metric);
  const now = at(0);
  const days = (seq: number) => localDays(periods.find((period) => period.seq === seq) ?? own).length;
  // Snapshots and different users do not add up over days.
  const addsUp =
    metric.expression.kind === 'count' && metric.anchor !== 'snapshot' && metric.grain !== 'user';
  const compared = compare(metric.unit, now, {
    previous: complete.get(-1) === true ? at(-1) : null,
    baseline: baseline.filter((seq) => complete.get(seq) === true).map(at),
    complete: complete.get(0) === true,
    lengths: addsUp ? days(0) / days(-1) : 1,
  });
  return {
    metric: metric.name,
    unit: metric.unit,
    dimension,
    dimension_value: dimensionValue,
    value: now.value,
    n: now.n,
    numerator: now.numerator,
    denominator: now.denominator,
    ...compared,
  };
}
