import type { Anchor, Expression, Metric } from './metric.js';

type Defaults = 'anchor' | 'grain' | 'direction' | 'inputs' | 'dimensions';
type Definition = Omit<Metric, Defaults> & Partial<Pick<Metric, Defaults>>;

/** A metric with what most have: cohort, by conversation, neither better nor worse, no inputs, no dimensions. */
export function metric(definition: Definition): Metric {
  return {
    anchor: 'cohort',
    grain: 'conversation',
    direction: null,
    inputs: [],
    dimensions: [],
    ...definition,
  };
}

const STATISTICS = [
  { suffix: 'p50', word: 'median', q: 0.5 },
  { suffix: 'p90', word: '90th percentile', q: 0.9 },
  { suffix: 'p95', word: '95th percentile', q: 0.95 },
] as const;

/** The four metrics of a duration in seconds: p50, p90, p95 and mean of one column where it is not null. */
export function duration(
  definition: Omit<Definition, 'unit' | 'expression' | 'direction'> & {
    over: Expression['over'];
    /** Column of seconds. */
    of: string;
    rows?: string;
    direction?: Metric['direction'];
    anchor?: Anchor;
  },
): Metric[] {
  const { over, of, rows, name, label, ...rest } = definition;
  const where = rows === undefined ? `${of} IS NOT NULL` : `${rows} AND ${of} IS NOT NULL`;
  const common = { direction: 'down', ...rest, unit: 'seconds' } as const;
  return [
    ...STATISTICS.map(({ suffix, word, q }) =>
      metric({
        ...common,
        name: `${name}_${suffix}`,
        label: `${label}, ${word}`,
        expression: { over, rows: where, kind: 'quantile', of, q },
      }),
    ),
    metric({
      ...common,
      name: `${name}_mean`,
      label: `${label}, mean`,
      expression: { over, rows: where, kind: 'mean', of },
    }),
  ];
}
