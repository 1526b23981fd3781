import type { SourceRange } from '../../ports/conversation-source.js';
import type { Call } from './http.js';
import { countDays, type Opened } from './inspector.js';
import { rangeFilter } from './scope.js';

/**
 * Compares counts of days with the server's: the whole range in one request, and day by day only where that differs.
 * Where the server cannot tell days apart, there is nothing to compare with.
 * @returns the server's counts of the days that differ
 */
export async function recount(
  opened: Opened,
  range: SourceRange,
  counted: ReadonlyMap<string, number>,
  call: Call,
): Promise<Map<string, number>> {
  const { reader, schema } = opened;
  const scope = rangeFilter(schema.conversations, range, Date.now());
  if (scope === null || scope.keep) return new Map();
  const all = await reader.count(schema.conversations.table, scope.filter, call);
  const ours = [...counted.values()].reduce((sum, n) => sum + n, 0);
  if (all === ours) return new Map();
  const days = await countDays(opened, range, call);
  return new Map(
    days
      .filter(({ day, conversations }) => conversations !== (counted.get(day) ?? 0))
      .map(({ day, conversations }) => [day, conversations]),
  );
}
