/** Lengths of time as people write them: a whole number of minutes, hours or days, such as `15m`, `1h` or `7d`. */

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** Milliseconds; null where the text is no length of time. */
export function parseDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? [];
  return count === undefined ? null : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The same the other way, in the largest unit that fits; `90s` and `1500ms` where no minutes do. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0m';
  for (const [unit, size] of Object.entries(UNIT_MS)) if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}
