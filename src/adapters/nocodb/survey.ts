import { PipelineError } from '../../domain/errors.js';
import type { Call } from './http.js';
import type { RecordReader } from './records.js';
import type { ConversationTable } from './conversation-table.js';
import type { SourceSchema } from './schema.js';
import { appFilter } from './scope.js';
import { asText, valueOf } from './values.js';
import { and, compare, isNotBlank, quote } from './where.js';

/** Requests spent at most on naming the app ids that there are. */
const APP_REQUESTS = 10;
const APPS_NAMED = 20;

/** Throws UnknownApp with the known ones where no row has the app id. */
export async function checkApp(
  reader: RecordReader,
  table: ConversationTable,
  appId: string,
  call: Call,
): Promise<void> {
  const filter = appFilter(table, appId);
  if (filter === undefined || (await reader.count(table.table, filter, call)) > 0) return;
  const { known, complete } = await knownApps(reader, table, call);
  const named = known.slice(0, APPS_NAMED).join(', ');
  const list =
    known.length === 0 ? 'no row has one' : complete && known.length <= APPS_NAMED ? named : `${named}, …`;
  throw new PipelineError('UnknownApp', `No conversation has the app id ${appId}. Known app ids: ${list}`);
}

/** Distinct app ids by primary key order; each request leaves out those that are known. Bounded effort. */
async function knownApps(
  reader: RecordReader,
  table: ConversationTable,
  call: Call,
): Promise<{ known: string[]; complete: boolean }> {
  const column = table.appId;
  if (!column) return { known: [], complete: true };
  const known = new Set<string>();
  const view = { table: table.table, pk: table.pk, fields: [table.pk, column] };
  for (let request = 0; request < APP_REQUESTS && known.size <= APPS_NAMED; request++) {
    const others = [...known]
      .filter((app) => quote(app) !== null)
      .map((app) => compare(column.id, 'neq', app));
    const page = await reader.page(view, and(isNotBlank(column.id), ...others), undefined, 1000, call);
    const before = known.size;
    for (const row of page.rows) {
      const app = asText(valueOf(row, column));
      if (typeof app === 'string' && app !== '') known.add(app);
    }
    if (page.rows.length >= page.total || known.size === before)
      return { known: [...known].sort(), complete: true };
  }
  return { known: [...known].sort(), complete: false };
}

/** One line that names what is not mapped, and what that leaves out; null where everything is. */
export function unmappedNotice(schema: SourceSchema): string | null {
  if (schema.unmapped.length === 0) return null;
  return `Not mapped, so what needs them is left out: ${schema.unmapped.join(', ')}. Name their columns in the mapping file (NOCODB_MAPPING) if the tables have them.`;
}
