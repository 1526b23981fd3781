import type { Dimension, Facts, Metric } from '../../domain/metrics/metric.js';
import type { Measured } from '../../domain/report/compare.js';
import type { DuckDb, SqlRow } from '../lake/duckdb.js';

/** Table of each view of facts. */
export const FACT_TABLES: Record<Facts, string> = {
  sessions: 'session_facts',
  messages: 'message_facts',
  closings: 'closing_facts',
  waiting: 'waiting_facts',
  backlog: 'backlog_facts',
  user_periods: 'user_period_facts',
  user_days: 'user_day_facts',
  user_windows: 'user_window_facts',
};

/** What figures are split by: a dimension, or local days; null: totals. */
export type Split = Dimension | 'day' | null;

/** Place of a period → figure, by value of a split. */
export type SplitFigures = Map<string | null, Map<number, Measured>>;

/** Figures of a split, by metric. */
export type Figures = Map<string, SplitFigures>;

/**
 * Figures of metrics by period, computed together: one pass over a table of facts for all that read it.
 * @param periods SQL condition on `seq`
 */
export async function measure(
  db: DuckDb,
  metrics: readonly Metric[],
  split: Split,
  periods: string,
  signal: AbortSignal,
): Promise<Figures> {
  const figures: Figures = new Map(metrics.map(({ name }) => [name, new Map() as SplitFigures]));
  for (const group of passes(metrics)) {
    const value = split === null ? 'NULL::VARCHAR' : `${split}::VARCHAR`;
    const rows = await db.rows(
      `SELECT seq, ${value} AS split, ${group.metrics.flatMap(columnsOf).join(', ')}
       FROM ${FACT_TABLES[group.over]} WHERE ${periods}${group.where} GROUP BY ALL`,
      signal,
    );
    group.metrics.forEach((metric, i) => {
      const byValue = figures.get(metric.name) ?? (new Map() as SplitFigures);
      for (const row of rows) {
        const key = row.split as string | null;
        const bySeq = byValue.get(key) ?? new Map<number, Measured>();
        byValue.set(key, bySeq.set(Number(row.seq), measuredOf(metric, row, i)));
      }
    });
  }
  for (const metric of metrics) {
    if (metric.expression.kind === 'share') sharesOf(figures.get(metric.name) ?? (new Map() as SplitFigures));
  }
  return figures;
}

interface Pass {
  over: Facts;
  /** Ratios aggregate freely, so that their rows are chosen for the whole pass. */
  where: string;
  metrics: Metric[];
}

function passes(metrics: readonly Metric[]): Pass[] {
  const groups = new Map<string, Pass>();
  for (const metric of metrics) {
    const { over, rows, kind } = metric.expression;
    const where = kind === 'ratio' ? ` AND (${rows})` : '';
    const key = `${over}${where}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { over, where, metrics: [metric] });
    else group.metrics.push(metric);
  }
  return [...groups.values()];
}

function columnsOf({ expression }: Metric, i: number): string[] {
  const { rows, pending } = expression;
  const columns = [
    `count(*) FILTER (${rows}) AS n${i}`,
    `${pending === undefined ? '0' : `count(*) FILTER (${pending})`} AS p${i}`,
  ];
  switch (expression.kind) {
    case 'count':
    case 'share':
      return columns;
    case 'distinct':
      return [...columns, `${distinctOf(expression, rows)} AS v${i}`];
    case 'rate':
      return [...columns, `count(*) FILTER ((${rows}) AND (${expression.hits})) AS v${i}`];
    case 'ratio':
      return [...columns, `(${expression.of})::DOUBLE AS v${i}`, `(${expression.per})::DOUBLE AS d${i}`];
    case 'mean':
      // Decimals add up exactly, in whatever order.
      return [...columns, `sum((${expression.of})::DECIMAL(18, 6)) FILTER (${rows})::DOUBLE AS v${i}`];
    case 'quantile':
      return [...columns, `quantile_cont(${expression.of}, ${expression.q}) FILTER (${rows}) AS v${i}`];
  }
}

function distinctOf({ of, defined }: { of: string; defined?: string }, rows: string): string {
  const count = `count(DISTINCT ${of}) FILTER (${rows})`;
  return defined === undefined ? count : `CASE WHEN bool_or(${defined}) THEN ${count} END`;
}

function measuredOf({ expression, unit }: Metric, row: SqlRow, i: number): Measured {
  const n = Number(row[`n${i}`]);
  const v = row[`v${i}`] == null ? null : Number(row[`v${i}`]);
  const plain = { n, numerator: null, denominator: null, pending: Number(row[`p${i}`]) };
  switch (expression.kind) {
    case 'count':
      return { ...plain, value: n };
    case 'share':
      return { ...plain, value: null, numerator: n };
    case 'distinct':
      return { ...plain, value: v, n: v ?? 0 };
    case 'rate':
      return { ...plain, value: n === 0 ? null : (v ?? 0) / n, numerator: v, denominator: n };
    case 'mean':
      return { ...plain, value: n === 0 || v === null ? null : v / n };
    case 'quantile':
      return { ...plain, value: v };
    case 'ratio': {
      const per = Number(row[`d${i}`] ?? 0);
      const value = per === 0 || v === null ? null : v / per;
      return { ...plain, value, n: unit === 'count' ? n : per, numerator: v, denominator: per };
    }
  }
}

/** Turns counts into shares of what all values of the split have in a period. */
function sharesOf(byValue: SplitFigures): void {
  const totals = new Map<number, number>();
  const all = [...byValue.values()].flatMap((bySeq) => [...bySeq]);
  for (const [seq, { numerator }] of all) totals.set(seq, (totals.get(seq) ?? 0) + (numerator ?? 0));
  for (const [seq, measured] of all) {
    const total = totals.get(seq) ?? 0;
    measured.denominator = total;
    measured.value = total === 0 ? null : (measured.numerator ?? 0) / total;
  }
}

/** The figure of a period without rows: a count is 0, all else is undefined. */
export function nothingOf({ expression, unit }: Metric): Measured {
  const { kind } = expression;
  const isCount =
    kind === 'count' ||
    (kind === 'distinct' && expression.defined === undefined) ||
    (kind === 'ratio' && unit === 'count');
  return { value: isCount ? 0 : null, n: 0, numerator: null, denominator: null, pending: 0 };
}
