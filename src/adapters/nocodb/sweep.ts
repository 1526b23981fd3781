import { dayOf } from '../../domain/period.js';
import type { SweptConversation } from '../../domain/reconcile.js';
import { isNewer, versionOf } from '../../domain/versions.js';
import type { SourceSweep } from '../../ports/conversation-source.js';
import type { Call } from './http.js';
import type { ColumnInfo } from './meta.js';
import { rowId, type RecordReader } from './records.js';
import type { MessageTable } from './message-table.js';
import type { SourceSchema } from './schema.js';
import { isDated } from './scope.js';
import { readTime } from './times.js';
import { asText, valueOf, type Row } from './values.js';
import { wholeTable } from './windows.js';

/** Orphan messages that are named one by one; all are counted. */
const ORPHANS_NAMED = 1_000;

interface Known extends SweptConversation {
  version: number;
}

/** Reads keys and stamps of whole tables, and no text: who there is, and how many messages each has. */
export async function sweepTables(
  reader: RecordReader,
  schema: SourceSchema,
  call: Call,
): Promise<Omit<SourceSweep, 'requests' | 'sweptAt'>> {
  const table = schema.conversations;
  const byId = new Map<string, Known>();
  const idOfRow = new Map<string, string>();
  const undated: string[] = [];
  let conversations = 0;
  const now = Date.now();
  const fields = present([
    table.pk,
    table.id,
    table.appId,
    table.startedAt.column,
    table.createdAt?.column,
    table.updatedAt?.column,
  ]);
  for await (const row of wholeTable(reader, { table: table.table, pk: table.pk, fields }, call)) {
    conversations++;
    const key = rowId(row, table.pk);
    const id = table.id === undefined ? key : asText(valueOf(row, table.id));
    const start = readTime(row, table.startedAt);
    const day = isDated(start, now) ? dayOf(start) : null;
    if (day === null) undated.push(key);
    if (typeof id !== 'string' || id === '') continue;
    idOfRow.set(key, id);
    const app = asText(valueOf(row, table.appId));
    const updatedAt = readTime(row, table.updatedAt);
    const found: Known = {
      id,
      rowId: key,
      day,
      appId: typeof app === 'string' ? app : null,
      updatedAt,
      messages: 0,
      version: versionOf(updatedAt, readTime(row, table.createdAt)),
    };
    const other = byId.get(id);
    if (other === undefined || counts(found, other)) byId.set(id, found);
  }
  const messages = await sweepMessages(reader, schema, byId, idOfRow, call);
  return {
    conversations: [...byId.values()].map(({ id, rowId: row, day, appId, updatedAt, messages: n }) => ({
      id,
      rowId: row,
      day,
      appId,
      updatedAt,
      messages: n,
    })),
    undatedRows: undated,
    rows: { conversations, messages: messages.rows },
    orphanMessages: messages.orphans,
    orphanRows: messages.orphanRows,
  };
}

async function sweepMessages(
  reader: RecordReader,
  schema: SourceSchema,
  byId: ReadonlyMap<string, Known>,
  idOfRow: ReadonlyMap<string, string>,
  call: Call,
): Promise<{ rows: number; orphans: number; orphanRows: string[] }> {
  let [rows, orphans] = [0, 0];
  const orphanRows: string[] = [];
  for (const table of schema.messages) {
    const fields = [table.pk, table.conversation];
    for await (const row of wholeTable(reader, { table: table.table, pk: table.pk, fields }, call)) {
      rows++;
      const owner = ownerOf(row, table, idOfRow);
      const conversation = owner === undefined ? undefined : byId.get(owner);
      if (conversation !== undefined) {
        conversation.messages++;
        continue;
      }
      orphans++;
      if (orphanRows.length < ORPHANS_NAMED) orphanRows.push(`${table.prefix}${rowId(row, table.pk)}`);
    }
  }
  return { rows, orphans, orphanRows };
}

function ownerOf(
  row: Row,
  { conversation, conversationBy }: MessageTable,
  idOfRow: ReadonlyMap<string, string>,
): string | undefined {
  const key = asText(valueOf(row, conversation));
  if (typeof key !== 'string') return undefined;
  return conversationBy === 'row' ? idOfRow.get(key) : key;
}

/** Of two rows with one id: a row without a day never counts before one that has one; then the newer one does. */
function counts(a: Known, b: Known): boolean {
  if ((a.day === null) !== (b.day === null)) return a.day !== null;
  return isNewer(a, b);
}

function present(columns: (ColumnInfo | undefined)[]): ColumnInfo[] {
  return [...new Set(columns.filter((column) => column !== undefined))];
}
