import { addDays } from './period.js';

/** Same weekdays before the day that is judged, and how many of them must be known. */
const WEEKS = 8;
const MIN_WEEKS = 4;
/** Fewer than this on the day and expected: nothing is said. */
export const MIN_COUNT = 10;
const LEVEL_Z = 3;
/** Growth from one period to the next, and how sure its share must have risen. */
const GROWTH = 0.5;
const GROWTH_Z = 3;
/** MAD of a normal distribution → standard deviation. */
const MAD_SCALE = 1.4826;
/** Even steady volumes vary by so much of their level from week to week. */
const USUAL_VARIATION = 0.1;

export interface Departure {
  value: number;
  expected: number;
  z: number;
  direction: 'up' | 'down';
}

/**
 * Whether a day's count is far from its own past: |z| ≥ 3 against the median of the same weekday of the 8 weeks before
 * (4 at least). The spread is the median absolute deviation, but no less than chance alone gives a count (Poisson) and
 * than usual weekly variation, since 8 values say little of a spread.
 * @param counts by local day; days that are not known are missing, and days without any are 0
 */
export function departureOf(counts: ReadonlyMap<string, number>, day: string): Departure | null {
  const value = counts.get(day);
  if (value === undefined) return null;
  const past: number[] = [];
  for (let week = 1; week <= WEEKS; week++) {
    const count = counts.get(addDays(day, -7 * week));
    if (count !== undefined) past.push(count);
  }
  if (past.length < MIN_WEEKS) return null;
  const expected = median(past);
  if (Math.max(value, expected) < MIN_COUNT) return null;
  const mad = MAD_SCALE * median(past.map((count) => Math.abs(count - expected)));
  // The median of n values is itself uncertain by about 1.25 / √n of their spread.
  const chance = Math.sqrt(Math.max(expected, 1) * (1 + 1.57 / past.length));
  const z = (value - expected) / Math.max(mad, chance, USUAL_VARIATION * expected);
  return Math.abs(z) < LEVEL_Z ? null : { value, expected, z, direction: z > 0 ? 'up' : 'down' };
}

/**
 * Whether a label grows: at least 10 now, half as many again as before, and its share of all has risen by more than
 * chance gives (two-proportion z ≥ 3), so that a busy period alone makes no topic grow.
 */
export function growthOf(
  now: { n: number; of: number },
  /** Of so many periods together. */
  before: { n: number; of: number; periods: number },
): { z: number | null } | null {
  if (now.n < MIN_COUNT || before.of === 0 || before.periods === 0) return null;
  if (now.n < (before.n / before.periods) * (1 + GROWTH)) return null;
  const pooled = (now.n + before.n) / (now.of + before.of);
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / now.of + 1 / before.of));
  const difference = now.n / now.of - before.n / before.of;
  if (spread === 0) return null;
  const z = difference / spread;
  return z < GROWTH_Z ? null : { z: before.n === 0 ? null : z };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
