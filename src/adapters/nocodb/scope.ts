import { PipelineError } from '../../domain/errors.js';
import { DAY_MS, dayEnd, dayStart } from '../../domain/period.js';
import type { SourceScope } from '../../ports/conversation-source.js';
import type { ConversationTable } from './schema.js';
import { and, atTime, compare, isBlank, or, type Clause } from './where.js';

/** Starts before it are taken for broken data: no chat in this product's reach is older. */
const FIRST_DAY = dayStart('2000-01-01');

/** Start of the next UTC day: a start from there on lies in the future. Until then a day keeps one and the same bound. */
function tomorrow(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS + DAY_MS;
}

/** True where a start can belong to a day that is collected. */
export function isDated(startedAt: number | null, now: number): startedAt is number {
  return startedAt !== null && startedAt >= FIRST_DAY && startedAt < tomorrow(now);
}

/** Filter of a day and app; null where the day lies before 2000 or in the future, which no range collects. */
export function scopeFilter(table: ConversationTable, scope: SourceScope, now: number): Clause | null {
  let start: number;
  try {
    start = dayStart(scope.day);
  } catch (cause) {
    throw new PipelineError('InvalidInput', `${scope.day} is not a day; give it as YYYY-MM-DD`, { cause });
  }
  if (!isDated(start, now)) return null;
  return and(
    atTime(table.startedAt.id, 'gte', start),
    atTime(table.startedAt.id, 'lt', dayEnd(scope.day)),
    appFilter(table, scope.appId),
  );
}

/** Rows that some day holds. */
export function datedFilter(table: ConversationTable, appId: string | undefined, now: number): Clause {
  const column = table.startedAt.id;
  return and(atTime(column, 'gte', FIRST_DAY), atTime(column, 'lt', tomorrow(now)), appFilter(table, appId));
}

/** Rows that match no day. */
export function undatedFilter(table: ConversationTable, appId: string | undefined, now: number): Clause {
  const column = table.startedAt.id;
  return and(
    appFilter(table, appId),
    or(isBlank(column), atTime(column, 'lt', FIRST_DAY), atTime(column, 'gte', tomorrow(now))),
  );
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
