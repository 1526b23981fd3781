import type { ColumnInfo } from './meta.js';

/** A row as the server gives it: values by column title. */
export type Row = Record<string, unknown>;

/** Value of a column; undefined where none is mapped, null where it is empty. */
export function valueOf(row: Row, column: ColumnInfo | undefined): unknown {
  return column === undefined ? undefined : (row[column.title] ?? null);
}

/**
 * Text of a scalar; null for empty; a user column gives the id of its first user. Objects are handed on as they are,
 * so that the boundary's schema refuses them and names the field.
 */
export function asText(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  if (Array.isArray(value) && value.length === 1) {
    const user: unknown = value[0];
    if (typeof user === 'object' && user !== null && 'id' in user) return asText(user.id);
  }
  return value;
}

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * Epoch milliseconds of a time: NocoDB's own form (`2024-01-01 10:00:00+00:00`, a space), ISO 8601, a date, or a
 * number (seconds below 1e11, else milliseconds). Without an offset it is UTC. null: absent or unreadable.
 */
export function asTime(value: unknown): number | null {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? Math.round(Math.abs(value) < 1e11 ? value * 1000 : value) : null;
  }
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^\d{9,16}(\.\d+)?$/.test(text)) return asTime(Number(text));
  const match = DATE_TIME.exec(text);
  if (!match) return null;
  const [, date = '', minutes = '00:00', seconds = ':00', zone = 'Z'] = match;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  // Date.parse knows milliseconds at most.
  const ms = Date.parse(`${date}T${minutes}${seconds.slice(0, 7)}${offset.toUpperCase()}`);
  return Number.isNaN(ms) ? null : ms;
}

/** Checkbox of any database: true, 1, "true"; null where it is empty or cannot be told. */
export function asBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const scalar = asText(value);
  const text = typeof scalar === 'string' ? scalar.trim().toLowerCase() : '';
  if (['1', 'true', 't', 'yes', 'y'].includes(text)) return true;
  if (['0', 'false', 'f', 'no', 'n'].includes(text)) return false;
  return null;
}

/** JSON columns come parsed from some databases and as text from others; other columns stay as they are. */
export function asContent(value: unknown, column: ColumnInfo): unknown {
  const content = value ?? null;
  const mayBeJson = column.uidt === 'JSON' || column.uidt === 'Attachment';
  if (!mayBeJson || typeof content !== 'string') return content;
  try {
    return JSON.parse(content) as unknown;
  } catch {
    return content;
  }
}

/** True where a value holds something: a list with items, text that is not blank, a number but 0. */
export function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'string') {
    const text = value.trim();
    return text !== '' && text !== '[]' && text !== 'null' && text !== '{}';
  }
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value === true;
}

/** Orders primary keys: numbers as numbers, anything else by code units. */
export function compareIds(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
