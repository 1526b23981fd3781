import { PipelineError } from '../../domain/errors.js';
import { DAY_MS, dayEnd, dayOf, dayStart } from '../../domain/period.js';
import type { SourceRange, SourceScope } from '../../ports/conversation-source.js';
import type { ConversationTable } from './conversation-table.js';
import type { TimeColumn } from './times.js';
import { and, atTime, compare, isBlank, isNotBlank, or, type Clause } from './where.js';
import { offsetAt } from '../../domain/zones.js';

/** Starts before it are taken for broken data: no chat in this product's reach is older. */
const FIRST_DAY = dayStart('2000-01-01');
const HOUR_MS = 3_600_000;
/** What an epoch number may count: values.ts tells them apart by size. */
const UNITS = [{ perSecond: 1 }, { perSecond: 1e3 }, { perSecond: 1e6 }] as const;

/** The rows of a day and app. */
export interface DayScope {
  /** Selects every row of the scope, and where `keep` is given, perhaps others. */
  filter: Clause;
  /** Decides by the start, epoch ms, where the server cannot. */
  keep?: (startedAt: number | null) => boolean;
}

/** Start of the next UTC day: a start from there on lies in the future. Until then a day keeps one and the same bound. */
function tomorrow(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS + DAY_MS;
}

/** True where a start can belong to a day that is collected. */
export function isDated(startedAt: number | null, now: number): startedAt is number {
  return startedAt !== null && startedAt >= FIRST_DAY && startedAt < tomorrow(now);
}

/** Filter of a day and app; null where the day lies before 2000 or in the future, which no range collects. */
export function scopeFilter(table: ConversationTable, scope: SourceScope, now: number): DayScope | null {
  let start: number;
  try {
    start = dayStart(scope.day);
  } catch (cause) {
    throw new PipelineError('InvalidInput', `${scope.day} is not a day; give it as YYYY-MM-DD`, { cause });
  }
  if (!isDated(start, now)) return null;
  return within(table, scope.appId, start, dayEnd(scope.day));
}

/** Rows of a range of days; null where it lies before 2000 or in the future. */
export function rangeFilter(table: ConversationTable, range: SourceRange, now: number): DayScope | null {
  const start = Math.max(FIRST_DAY, dayStart(range.startDate));
  const end = Math.min(tomorrow(now), dayEnd(range.endDate));
  return start < end ? within(table, range.appId, start, end) : null;
}

/** Every row that some day up to now holds; numbers by unit, so that each part is in order of time. */
export function datedFilters(table: ConversationTable, appId: string | undefined, now: number): DayScope[] {
  const [start, end] = [FIRST_DAY, tomorrow(now)];
  if (table.startedAt.kind !== 'number') return [within(table, appId, start, end)];
  const app = appFilter(table, appId);
  return numberRanges(table.startedAt, start, end).map((part) => ({ filter: and(part, app) }));
}

/** Rows that started in a half-open range of whole UTC days. */
function within(table: ConversationTable, appId: string | undefined, start: number, end: number): DayScope {
  const time = table.startedAt;
  const app = appFilter(table, appId);
  const keep = (startedAt: number | null) => startedAt !== null && startedAt >= start && startedAt < end;
  switch (time.kind) {
    case 'instant':
      return { filter: and(range(time, start, end), app) };
    case 'number':
      return { filter: and(or(...numberRanges(time, start, end)), app) };
    case 'wall': {
      const [first, last] = [start - 26 * HOUR_MS, end + 26 * HOUR_MS];
      const isDay = end - start === DAY_MS;
      // An hour more on both sides: clock times that a change of clocks leaves out are read as the next hour.
      const [from, to] = isDay
        ? [start + least(start, end, time) - HOUR_MS, end + most(start, end, time) + HOUR_MS]
        : [first, last];
      return { filter: and(range(time, from, to), app), keep };
    }
    case 'text':
      return { filter: and(textRange(time, start, end), app), keep };
  }
}

function range(time: TimeColumn, from: number, to: number): Clause {
  return and(atTime(time.column.id, 'gte', from), atTime(time.column.id, 'lt', to));
}

function hourlyOffsets(start: number, end: number, { zone = 'UTC' }: TimeColumn): number[] {
  const offsets = [];
  for (let at = start; at <= end; at += HOUR_MS) offsets.push(offsetAt(at, zone));
  return offsets;
}
const least = (start: number, end: number, time: TimeColumn) => Math.min(...hourlyOffsets(start, end, time));
const most = (start: number, end: number, time: TimeColumn) => Math.max(...hourlyOffsets(start, end, time));

/** The same range in each unit: no number belongs to two of them. */
function numberRanges({ column }: TimeColumn, start: number, end: number): Clause[] {
  return UNITS.map(({ perSecond }) =>
    and(
      compare(column.id, 'gte', String((start / 1000) * perSecond)),
      compare(column.id, 'lt', String((end / 1000) * perSecond)),
    ),
  );
}

/**
 * Text that names a day of the range or one beside it (an offset may move it by 14 hours), or epoch digits that begin
 * as those of the range do. A range of many days takes whatever looks like a time.
 */
function textRange({ column }: TimeColumn, start: number, end: number): Clause {
  if (end - start > DAY_MS) return or(...looksLikeTime(column.id));
  const days = [start - DAY_MS, start, end].map((at) => `%${dayOf(at)}%`);
  // Ten digits of seconds, thirteen of milliseconds and sixteen of microseconds begin alike: 10^5 s are a bit over a day.
  const digits = new Set([start, end].map((at) => String(at / 1000).slice(0, -5)));
  return or(
    ...days.map((day) => compare(column.id, 'like', day)),
    ...[...digits].map((prefix) => compare(column.id, 'like', `%${prefix}%`)),
  );
}

const DATE_PATTERN = '%20__-__-__%';
/** What epoch digits hold none of, and any date does. */
const DASH = '%-%';

/** Dates from 2000 on, or what begins with a digit and holds no dash: epoch digits. */
function looksLikeTime(columnId: string): Clause[] {
  const digits = [
    compare(columnId, 'gte', '1'),
    compare(columnId, 'lt', 'a'),
    compare(columnId, 'nlike', DASH),
  ];
  return [compare(columnId, 'like', DATE_PATTERN), and(...digits)];
}

/** The opposite: the server cannot negate a group. */
function looksLikeNoTime(columnId: string): Clause {
  const noDigits = [
    isBlank(columnId),
    compare(columnId, 'lt', '1'),
    compare(columnId, 'gte', 'a'),
    compare(columnId, 'like', DASH),
  ];
  return and(compare(columnId, 'nlike', DATE_PATTERN), or(...noDigits));
}

/**
 * Rows that match no day. In a column of text, those that hold nothing like a time since 2000: what the server can tell.
 * With `keep`, the rows of the filter have to be looked at.
 */
export function undatedFilter(table: ConversationTable, appId: string | undefined, now: number): DayScope {
  const time = table.startedAt;
  const column = time.column.id;
  const app = appFilter(table, appId);
  const future = tomorrow(now);
  switch (time.kind) {
    case 'instant':
      return {
        filter: and(app, or(isBlank(column), atTime(column, 'lt', FIRST_DAY), atTime(column, 'gte', future))),
      };
    case 'number': {
      const gaps = UNITS.map(({ perSecond }, unit) => {
        const from = unit === 0 ? undefined : (UNITS[unit - 1]?.perSecond ?? 1) * (future / 1000);
        const to = perSecond * (FIRST_DAY / 1000);
        return and(
          from === undefined ? undefined : compare(column, 'gte', String(from)),
          compare(column, 'lt', String(to)),
        );
      });
      const last = (UNITS.at(-1)?.perSecond ?? 1) * (future / 1000);
      return { filter: and(app, or(isBlank(column), ...gaps, compare(column, 'gte', String(last)))) };
    }
    case 'wall': {
      const outside = [atTime(column, 'lt', FIRST_DAY + DAY_MS), atTime(column, 'gte', future - DAY_MS)];
      return { filter: and(app, or(isBlank(column), ...outside)), keep: (at) => !isDated(at, now) };
    }
    case 'text':
      return { filter: and(app, looksLikeNoTime(column)) };
  }
}

/** Every row of the table, or of an app. */
export function everyRow(table: ConversationTable, appId?: string): Clause {
  return and(appFilter(table, appId) ?? isNotBlank(table.pk.id));
}

export function appFilter(table: ConversationTable, appId: string | undefined): Clause | undefined {
  if (appId === undefined) return undefined;
  if (!table.appId) {
    throw new PipelineError(
      'SourceSchema',
      `App id ${appId} was asked for, but no column of ${table.table.title} holds app ids. Name it in the mapping file: conversations.app_id`,
    );
  }
  return compare(table.appId.id, 'eq', appId, 'The app id');
}
