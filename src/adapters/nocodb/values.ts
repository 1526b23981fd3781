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

export interface ParsedTime {
  /** Epoch milliseconds; where no offset is given, as if it were UTC. */
  ms: number;
  /** The clock time that is written, as if it were UTC, epoch milliseconds. */
  wall: number;
  /** `naive`: a time of day without an offset. `date`: no time of day. */
  form: 'number' | 'offset' | 'naive' | 'date';
}

/**
 * Reads a time: NocoDB's own form (`2024-01-01 10:00:00+00:00`, a space), ISO 8601, a date, or an epoch number (seconds
 * below 1e11, milliseconds below 1e14, else microseconds: no two units of a year after 1973 and before 5138 meet).
 * null: absent or unreadable.
 */
export function parseTime(value: unknown): ParsedTime | null {
  if (typeof value === 'number') return parseEpoch(value);
  if (typeof value !== 'string') return null;
  const usual = value.length === 25 && value.endsWith('+00:00') ? parseUsual(value) : null;
  if (usual !== null) return usual;
  const text = value.trim();
  if (/^\d{9,16}(\.\d+)?$/.test(text)) return parseEpoch(Number(text));
  const match = DATE_TIME.exec(text);
  if (!match) return null;
  const [, date = '', minutes, seconds = ':00', zone] = match;
  // Date.parse knows milliseconds at most.
  const local = `${date}T${minutes ?? '00:00'}${seconds.slice(0, 7)}`;
  const wall = Date.parse(`${local}Z`);
  if (Number.isNaN(wall)) return null;
  if (zone === undefined) return { ms: wall, wall, form: minutes === undefined ? 'date' : 'naive' };
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const ms = Date.parse(local + offset.toUpperCase());
  return Number.isNaN(ms) ? null : { ms, wall, form: 'offset' };
}

/** `2024-01-01 10:00:00+00:00`, as NocoDB writes nearly every time: three of them a message. Others are for the rest. */
function parseUsual(text: string): ParsedTime | null {
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const [hours, minutes, seconds] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  const isWritten =
    text[4] === '-' && text[7] === '-' && text[10] === ' ' && text[13] === ':' && text[16] === ':';
  const isSure =
    year >= 1000 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 28 &&
    hours >= 0 &&
    hours <= 23 &&
    minutes >= 0 &&
    minutes <= 59 &&
    seconds >= 0 &&
    seconds <= 59;
  if (!isWritten || !isSure) return null;
  const ms = Date.UTC(year, month - 1, day, hours, minutes, seconds);
  return { ms, wall: ms, form: 'offset' };
}

/** The number that stands there; NaN where a character is no digit. */
function digits(text: string, from: number, length: number): number {
  let number = 0;
  for (let at = from; at < from + length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

function parseEpoch(value: number): ParsedTime | null {
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  // Down, as a filter on the number decides; the thousandth makes up for binary fractions of seconds.
  const exact = size < 1e11 ? value * 1000 + 1e-3 : size < 1e14 ? value : value / 1000;
  const ms = Math.floor(exact);
  return { ms, wall: ms, form: 'number' };
}

/** Epoch milliseconds; without an offset it is UTC. */
export function asTime(value: unknown): number | null {
  return parseTime(value)?.ms ?? null;
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
