import { PipelineError } from '../../domain/errors.js';
import type { ColumnInfo } from './meta.js';
import { parseTime, valueOf, type Row } from './values.js';
import { wallToUtc } from '../../domain/zones.js';

/** Column types that the server can filter by date. */
export const DATE_TYPES = new Set(['DateTime', 'Date', 'CreatedTime', 'LastModifiedTime']);
const NUMBER_TYPES = new Set(['Number', 'Decimal']);
const TEXT_TYPES = new Set(['SingleLineText', 'LongText', 'SingleSelect']);

/** A column of times, and how its values are to be understood. */
export interface TimeColumn {
  column: ColumnInfo;
  /** Our name of it, for errors: `messages.sent_at`. */
  key: string;
  /**
   * `instant`: a date column, UTC as NocoDB shows it. `wall`: a date column whose clock is that of `zone`, whatever
   * offset NocoDB shows. `number`: epoch. `text`: ISO 8601 or epoch digits; without an offset it is the clock of `zone`.
   */
  kind: 'instant' | 'wall' | 'number' | 'text';
  /** IANA name. */
  zone: string | undefined;
}

/** @returns undefined where values of this column type cannot be times that a filter can select */
export function timeColumn(
  column: ColumnInfo,
  key: string,
  zones: { own?: string | undefined; base?: string | undefined },
): TimeColumn | undefined {
  if (DATE_TYPES.has(column.uidt)) {
    return { column, key, kind: zones.own === undefined ? 'instant' : 'wall', zone: zones.own };
  }
  const kind = NUMBER_TYPES.has(column.uidt) ? 'number' : TEXT_TYPES.has(column.uidt) ? 'text' : undefined;
  return kind && { column, key, kind, zone: zones.own ?? zones.base };
}

/**
 * Epoch milliseconds of a row's time; null: empty or unreadable.
 * @throws PipelineError SourceSchema where a text says a clock time without an offset and no zone is mapped: to take
 *   it for UTC would move conversations to other days in silence
 */
export function readTime(row: Row, time: TimeColumn | undefined): number | null {
  if (time === undefined) return null;
  const parsed = parseTime(valueOf(row, time.column));
  if (parsed === null) return null;
  // A date names a day, not an instant: it stays the UTC day of that name.
  if (parsed.form === 'date') return parsed.ms;
  if (time.kind === 'wall' && time.zone !== undefined) {
    return parsed.form === 'number' ? parsed.ms : wallToUtc(parsed.wall, time.zone);
  }
  if (parsed.form !== 'naive' || time.kind !== 'text') return parsed.ms;
  if (time.zone === undefined) throw zoneNeeded(time);
  return wallToUtc(parsed.wall, time.zone);
}

export function zoneNeeded({ key, column }: Pick<TimeColumn, 'key' | 'column'>): PipelineError {
  return new PipelineError(
    'SourceSchema',
    `Mapping key timezone: ${column.title} (${key}) holds times without an offset, so their day cannot be told. Name the zone in the mapping file (NOCODB_MAPPING), for example timezone: Europe/Berlin, or timezone: UTC.`,
  );
}
