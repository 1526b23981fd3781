import type { NocoDbMapping } from './mapping.js';
import type { ColumnInfo } from './meta.js';
import type { SourceSchema, TableFindings } from './schema.js';
import type { TimeColumn } from './times.js';

/** What a mapping file holds, as YAML's values. */
export type WrittenMapping = Record<string, unknown>;

/** Kept by the table itself: they need no line unless the mapping said something. */
const OWN = new Set(['created_at', 'updated_at']);

/**
 * The mapping with every column named that was found, so that a column added to the table later changes nothing.
 * Optional keys that no column serves are left out: a column that comes to serve them is found.
 */
export function writtenMapping(schema: SourceSchema, mapping: NocoDbMapping): WrittenMapping {
  const [conversations, ...messages] = schema.findings;
  const tables = messages.map((findings, index) => {
    const table = schema.messages[index];
    const times = table && [table.sentAt, table.createdAt, table.updatedAt];
    const columns = columnsOf(findings, times ?? []);
    if (table && 'always' in table.role) columns['role'] = table.role;
    // Only what the column type does not say itself.
    const isDefault = (table?.conversation.uidt === 'ForeignKey') === (table?.conversationBy === 'row');
    if (table && !(isDefault || !schema.conversations.id)) {
      const holds = table.conversationBy === 'row' ? 'primary_key' : 'id';
      columns['conversation'] = { column: columns['conversation'], holds };
    }
    if (!Array.isArray(mapping.messages)) return columns;
    const entry = mapping.messages[index];
    return { table: findings.table.title, ...(entry?.prefix ? { prefix: entry.prefix } : {}), ...columns };
  });
  const { startedAt, closedAt, createdAt, updatedAt } = schema.conversations;
  return {
    ...(mapping.timezone === undefined ? {} : { timezone: mapping.timezone }),
    conversations: conversations ? columnsOf(conversations, [startedAt, closedAt, createdAt, updatedAt]) : {},
    messages: Array.isArray(mapping.messages) ? tables : tables[0],
    ...(Object.keys(mapping.roles).length === 0 ? {} : { roles: mapping.roles }),
    ...(Object.keys(mapping.statuses).length === 0 ? {} : { statuses: mapping.statuses }),
  };
}

function columnsOf(
  { prefix, found, columns }: TableFindings,
  times: readonly (TimeColumn | undefined)[],
): Record<string, unknown> {
  const lines: Record<string, unknown> = {};
  for (const entry of found) {
    const { key, column, how } = entry;
    if (how === 'switched off') lines[key] = null;
    const time = times.find((each) => each?.key === `${prefix}.${key}`);
    if (!column || (OWN.has(key) && how !== 'mapping' && time?.kind !== 'wall')) continue;
    const name = nameOf(column, columns);
    lines[key] = time?.kind === 'wall' ? { column: name, timezone: time.zone } : name;
  }
  return lines;
}

/** The title, where that alone names it. */
function nameOf(column: ColumnInfo, columns: readonly ColumnInfo[]): string {
  return columns.filter(({ title }) => title === column.title).length === 1 ? column.title : column.id;
}
