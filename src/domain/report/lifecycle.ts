import type { MetricRow, ReportCoverage, ReportDocument } from './document.js';

/**
 * Life of a report: provisional while its period is not covered, final when it is, restated when a later commit of one
 * of its days changes a figure. Each is a revision of its own, and earlier ones stay as they are. What only time changes
 * (figures that mature, comparisons with other periods) makes no revision.
 */
export const REPORT_STATUSES = ['provisional', 'final', 'restated'] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

export interface Revision {
  /** From 1. */
  revision: number;
  status: ReportStatus;
}

/** A figure that a revision changed. */
export interface FigureChange {
  metric: string;
  unit: MetricRow['unit'];
  dimension: string | null;
  dimensionValue: string | null;
  /** null: undefined, or not there. */
  from: number | null;
  to: number | null;
  fromN: number;
  toN: number;
}

export type Decision =
  | { kind: 'unchanged'; why: 'same' | 'not covered any more' }
  | ({ kind: 'revise'; changes: FigureChange[] } & Revision);

/** Which revision a newly computed report is, if any. */
export function decideRevision(
  stored: (Revision & { document: ReportDocument }) | null,
  next: ReportDocument,
): Decision {
  const { complete } = next.head.coverage;
  if (stored === null) {
    return { kind: 'revise', revision: 1, status: complete ? 'final' : 'provisional', changes: [] };
  }
  const revision = stored.revision + 1;
  const before = stored.document;
  if (stored.status === 'provisional') {
    const changes = changedFigures(before, next);
    if (complete) return { kind: 'revise', revision, status: 'final', changes };
    return changes.length === 0 && sameCoverage(before.head.coverage, next.head.coverage)
      ? { kind: 'unchanged', why: 'same' }
      : { kind: 'revise', revision, status: 'provisional', changes };
  }
  // A day that is being collected again, or failed to be, does not take back what was final.
  if (!complete) return { kind: 'unchanged', why: 'not covered any more' };
  if (!mayRestate(before, next)) return { kind: 'unchanged', why: 'same' };
  const changes = changedFigures(before, next);
  return changes.length === 0
    ? { kind: 'unchanged', why: 'same' }
    : { kind: 'revise', revision, status: 'restated', changes };
}

/** Only other rows of its own days, or another way to count, can restate a report. */
function mayRestate({ head: a }: ReportDocument, { head: b }: ReportDocument): boolean {
  const same =
    sameEntries(a.commits.period, b.commits.period) &&
    a.definitionVersion === b.definitionVersion &&
    a.taxonomyVersion === b.taxonomyVersion &&
    a.timezone === b.timezone &&
    a.weekStart === b.weekStart;
  return !same;
}

/**
 * Figures of the period itself that differ. Those that were pending are left out (they mature), and so is what they are
 * compared with.
 */
export function changedFigures(before: ReportDocument, after: ReportDocument): FigureChange[] {
  const old = new Map(before.rows.map((row) => [figureKey(row), row]));
  const seen = new Set<string>();
  const changes: FigureChange[] = [];
  const compare = (from: MetricRow | undefined, to: MetricRow | undefined): void => {
    const row = to ?? from;
    if (row === undefined || from?.note === 'pending' || to?.note === 'pending') return;
    if (from !== undefined && to !== undefined && sameFigure(from, to)) return;
    changes.push({
      metric: row.metric,
      unit: row.unit,
      dimension: row.dimension,
      dimensionValue: row.dimension_value,
      from: from?.value ?? null,
      to: to?.value ?? null,
      fromN: from?.n ?? 0,
      toN: to?.n ?? 0,
    });
  };
  for (const row of after.rows) {
    seen.add(figureKey(row));
    compare(old.get(figureKey(row)), row);
  }
  for (const [key, row] of old) if (!seen.has(key)) compare(row, undefined);
  return changes;
}

/** From how much a headline counts as moved. */
export interface DeliveryThresholds {
  /** Of counts and durations. */
  percent: number;
  /** Of rates, percentage points. */
  points: number;
}

/** Whether a headline of a revision differs so much from one that was sent before that it is sent again. */
export function headlineMoved(
  sent: ReportDocument,
  next: ReportDocument,
  thresholds: DeliveryThresholds,
): boolean {
  const headlines = new Set([...sent.headline, ...next.headline]);
  return changedFigures(sent, next).some(
    ({ metric, dimension, unit, from, to }) =>
      dimension === null && headlines.has(metric) && moved(unit, from, to, thresholds),
  );
}

function moved(
  unit: MetricRow['unit'],
  from: number | null,
  to: number | null,
  { percent, points }: DeliveryThresholds,
): boolean {
  if (from === null || to === null) return from !== to;
  // A hair's breadth: 0.31 - 0.29 is less than 0.02 in floating point.
  const enough = (difference: number, limit: number) => difference >= limit - 1e-9;
  if (unit === 'ratio') return enough(Math.abs(to - from) * 100, points);
  if (unit === 'score') return enough((Math.abs(to - from) / 2) * 100, points);
  return from === 0 ? to !== 0 : enough((Math.abs(to - from) / Math.abs(from)) * 100, percent);
}

function figureKey({ metric, dimension, dimension_value }: MetricRow): string {
  return JSON.stringify([metric, dimension, dimension_value]);
}

function sameFigure(a: MetricRow, b: MetricRow): boolean {
  return a.value === b.value && a.n === b.n && a.numerator === b.numerator && a.denominator === b.denominator;
}

function sameCoverage(a: ReportCoverage, b: ReportCoverage): boolean {
  return a.watermark === b.watermark && JSON.stringify(a.missing) === JSON.stringify(b.missing);
}

export function sameEntries(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
