import type { Unit, MetricRow, Note } from './document.js';

/** Fewer than so many, and a difference says nothing. */
export const SMALL_N = 20;

/** A metric in one period, for one value of a dimension or in total. */
export interface Measured {
  value: number | null;
  n: number;
  numerator: number | null;
  denominator: number | null;
  /** Rows that cannot be judged yet. */
  pending: number;
}

export interface Comparison {
  /** Null: it is not covered completely. */
  previous: Measured | null;
  /** Those of the baseline that are. */
  baseline: Measured[];
  /** False while the period itself is not over, or not covered: it is then compared with nothing. */
  complete: boolean;
  /** Length of the period in days over that of the one before, where periods differ in length. */
  lengths: number;
}

type Compared = Pick<MetricRow, 'previous_value' | 'baseline_value' | 'delta' | 'delta_kind' | 'note'>;

/**
 * How a figure stands to the past. Counts and durations change by a fraction, counts per day where months differ in
 * length; rates by points; scores by their difference. Against none it is `new`, not infinite; and of too few nothing
 * is said: counts where both are small, all else where either sample is.
 */
export function compare(unit: Unit, now: Measured, comparison: Comparison): Compared {
  const { previous, complete, lengths } = comparison;
  const values = comparison.baseline.flatMap(({ value }) => value ?? []);
  const baseline_value =
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const past = { previous_value: previous?.value ?? null, baseline_value };
  const pending: Note | null = now.pending > 0 ? 'pending' : null;
  const alone = (note: Note | null): Compared => ({
    ...past,
    delta: null,
    delta_kind: null,
    note: pending ?? note,
  });
  const isSmall = (sample: Measured) => sample.n < SMALL_N;
  if (!complete || previous === null || now.value === null) {
    return alone(unit !== 'count' && isSmall(now) ? 'small_n' : null);
  }
  const few =
    unit === 'count'
      ? isSmall(now) && isSmall(previous)
      : isSmall(now) || (isSmall(previous) && previous.n > 0);
  if (unit === 'count' && previous.value === 0 && now.value > 0 && !isSmall(now)) return alone('new');
  if (few) return alone('small_n');
  if (previous.value === null) return alone(null);
  const with_ = (delta: number, delta_kind: NonNullable<Compared['delta_kind']>): Compared => ({
    ...past,
    delta,
    delta_kind,
    note: pending,
  });
  if (unit === 'ratio') return with_(now.value - previous.value, 'pp');
  if (unit === 'score') return with_(now.value - previous.value, 'abs');
  if (previous.value === 0) return alone(now.value === 0 ? null : 'new');
  const before = unit === 'count' ? previous.value * lengths : previous.value;
  return with_(now.value / before - 1, 'pct');
}
