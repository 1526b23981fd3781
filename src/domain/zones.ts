/** Clock times of IANA zones and the instants they name. */

const formats = new Map<string, Intl.DateTimeFormat>();
/** Offsets by zone and quarter of an hour: transitions lie on such quarters, and rows are many. */
const offsets = new Map<string, Map<number, number>>();
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const MAX_CACHED = 100_000;

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds that the clocks of a zone are ahead of UTC at an instant. */
export function offsetAt(epochMs: number, zone: string): number {
  const quarter = Math.floor(epochMs / QUARTER_MS);
  let known = offsets.get(zone);
  if (known === undefined || known.size > MAX_CACHED) offsets.set(zone, (known = new Map<number, number>()));
  let offset = known.get(quarter);
  if (offset === undefined) known.set(quarter, (offset = computeOffset(quarter * QUARTER_MS, zone)));
  return offset;
}

function computeOffset(epochMs: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(
    format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - epochMs;
}

/**
 * The instant at which the clocks of a zone show a time, given as if it were UTC. Of a time that comes twice (clocks go
 * back) the first; a time that is left out (clocks go forward) is read with the offset from before the change.
 */
export function wallToUtc(wallMs: number, zone: string): number {
  const before = offsetAt(wallMs - DAY_MS, zone);
  const first = wallMs - before;
  if (offsetAt(first, zone) === before) return first;
  const after = offsetAt(wallMs + DAY_MS, zone);
  return offsetAt(wallMs - after, zone) === after ? wallMs - after : first;
}
