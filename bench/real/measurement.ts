/** One measurement of a row. */
export interface Sample {
  /** Seconds of the work alone: interpreters, imports and servers are up by then, for peers and product alike. */
  wall: number;
  /** Seconds from the start of the command to its end. */
  commandWall?: number | undefined;
  /** CPU seconds of the process that does the work. */
  cpu?: number | null | undefined;
  messages?: number | undefined;
  /** Highest resident memory of that process. */
  peakRssMb?: number | null | undefined;
  /** What else is worth telling, by name. */
  more?: Record<string, number | string>;
}

/** All runs of a row. */
export interface Result {
  id: string;
  title: string;
  samples: Sample[];
  /** Why there is none. */
  skipped: string | null;
}

export type Figure = (sample: Sample) => number | null | undefined;

export function figures({ samples }: Result, figure: Figure): number[] {
  return samples.map(figure).filter((value): value is number => typeof value === 'number');
}

/** Median; null where nothing was measured. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}
