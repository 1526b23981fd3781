import { defineTable, type RowOf } from '../table.js';
import type { ReportDocument } from './document.js';
import { reportKey } from './key.js';
import type { Revision } from './lifecycle.js';

/** Version of the columns below. */
export const REPORT_SCHEMA_VERSION = 1;

/**
 * One row a metric and dimension in Parquet. In MongoDB one document a revision, with the rows nested: there
 * `report_key` is the key.
 */
export const REPORTS = defineTable({
  collection: 'analytics_reports',
  file: 'report',
  key: 'report_key',
  columns: {
    report_key: 'str!',
    kind: 'str!',
    period: 'str!',
    app_id: 'str',
    revision: 'i32!',
    status: 'str!',
    period_start: 'ts!',
    period_end: 'ts!',
    watermark: 'ts!',
    tz: 'str!',
    week_start: 'str!',
    metric: 'str!',
    unit: 'str!',
    dimension: 'str',
    dimension_value: 'str',
    value: 'f64',
    n: 'i64!',
    numerator: 'f64',
    denominator: 'f64',
    previous_value: 'f64',
    baseline_value: 'f64',
    delta: 'f64',
    delta_kind: 'str',
    note: 'str',
    definition_version: 'str!',
    taxonomy_version: 'str',
    schema_version: 'i32!',
  },
});
export type ReportRow = RowOf<typeof REPORTS>;

/** A revision as rows of `REPORTS`, in the order of the document. */
export function reportRows({ head, rows }: ReportDocument, { revision, status }: Revision): ReportRow[] {
  const shared = {
    report_key: reportKey(head, revision),
    kind: head.kind,
    period: head.period,
    app_id: head.appId,
    revision,
    status,
    period_start: head.periodStart,
    period_end: head.periodEnd,
    watermark: head.coverage.watermark,
    tz: head.timezone,
    week_start: head.weekStart,
  };
  return rows.map((row) => ({
    ...shared,
    ...row,
    definition_version: head.definitionVersion,
    taxonomy_version: head.taxonomyVersion,
    schema_version: REPORT_SCHEMA_VERSION,
  }));
}

/** A line a local day: value and n of every metric that is known by day; in a daily report, of every metric. */
export function dayLines({ head, rows, series }: ReportDocument): Record<string, string | number | null>[] {
  const byDay = series.filter(({ grain }) => grain === 'day');
  if (byDay.length === 0) {
    const totals = rows.filter(({ dimension }) => dimension === null);
    return [
      Object.assign(
        { day: head.firstDay },
        ...totals.map(({ metric, value, n }) => ({ [metric]: value, [`${metric}_n`]: n })),
      ) as Record<string, string | number | null>,
    ];
  }
  const days = byDay[0]?.points.map(({ at }) => at) ?? [];
  return days.map((day, i) => {
    const line: Record<string, string | number | null> = { day };
    for (const { metric, points } of byDay) {
      line[metric] = points[i]?.value ?? null;
      line[`${metric}_n`] = points[i]?.n ?? 0;
    }
    return line;
  });
}
