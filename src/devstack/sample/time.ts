/** Times as NocoDB reads and shows them. */

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/i;

export const DAY_MS = 86_400_000;

/** Epoch milliseconds of a date or date-time; text without an offset is UTC. NaN where it cannot be read. */
export function parseTime(text: string): number {
  const trimmed = text.trim();
  if (DATE_ONLY.test(trimmed)) return Date.parse(`${trimmed}T00:00:00Z`);
  const parts = DATE_TIME.exec(trimmed);
  if (!parts) return Number.NaN;
  const [, day = '', clock = '', zone = 'Z'] = parts;
  return Date.parse(`${day}T${clock.length === 5 ? `${clock}:00` : clock}${zone.toUpperCase()}`);
}

export function isDateOnly(text: string): boolean {
  return DATE_ONLY.test(text.trim());
}

/** `2024-01-01 10:00:00+00:00`: a space, no fraction, always UTC. */
export function showDateTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;
}

/** `2024-01-01`. */
export function showDate(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

export function startOfSecond(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}

export function startOfDay(epochMs: number): number {
  return Math.floor(epochMs / DAY_MS) * DAY_MS;
}
