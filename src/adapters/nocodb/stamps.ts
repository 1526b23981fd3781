import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SourceMark, TableMark } from '../../domain/changes.js';
import type { NocoDbConfig } from './config.js';
import type { Call, NocoDbHttp } from './http.js';
import { findTable, listTables, type ColumnInfo, type TableInfo } from './meta.js';
import type { RecordReader, TableView } from './records.js';
import type { SourceSchema } from './schema.js';
import { and, atTime, or, type Clause } from './where.js';

/** When rows of a table were made and edited, by NocoDB's own columns. */
export interface Stamps {
  table: TableInfo;
  pk: ColumnInfo;
  createdAt: ColumnInfo;
  /** undefined: edits leave no trace. */
  updatedAt: ColumnInfo | undefined;
}

/** Stamps of all tables, conversations first; null where a table has none that the server can filter by. */
export function stampsOf({ conversations, messages }: SourceSchema): Stamps[] | null {
  const found: Stamps[] = [];
  for (const { table, pk, createdAt, updatedAt } of [conversations, ...messages]) {
    if (createdAt?.kind !== 'instant') return null;
    const edited = updatedAt?.kind === 'instant' ? updatedAt.column : undefined;
    found.push({ table, pk, createdAt: createdAt.column, updatedAt: edited });
  }
  return found;
}

/** Rows made or edited from a time on, a whole second. UpdatedAt is empty until the first edit. */
export function stampedSince({ createdAt, updatedAt }: Stamps, since: number): Clause {
  const made = atTime(createdAt.id, 'gte', since);
  return updatedAt === undefined ? made : or(atTime(updatedAt.id, 'gte', since), made);
}

/** Counts the rows that are stamped in the last stretch before `until`: one request a table. */
export async function takeMark(
  reader: RecordReader,
  stamps: readonly Stamps[],
  config: NocoDbConfig,
  { since, until }: { since: number; until: number },
  call: Call,
): Promise<SourceMark> {
  const tables: TableMark[] = [];
  for (const [index, { table, pk, createdAt, updatedAt }] of stamps.entries()) {
    const columns = [createdAt.id, ...(updatedAt === undefined ? [] : [updatedAt.id])];
    const [created = 0, updated = 0] = await reader.counts(
      viewOf(table, pk.id),
      columns.map((column) => within(column, since, until)),
      call,
    );
    tables.push({
      id: table.id,
      title: table.title,
      wanted: wantedName(config, table, index),
      pk: pk.id,
      createdAt: createdAt.id,
      updatedAt: updatedAt?.id ?? null,
      created,
      updated,
    });
  }
  return { since, until, settings: await settingsOf(config), tables };
}

/**
 * Whether the tables look as they did: the same tables under the same names, as many rows stamped before, and none
 * stamped since. One request for the names and one a table. False says nothing: somebody has to look.
 */
export async function looksAs(
  mark: SourceMark,
  { http, reader, config }: { http: NocoDbHttp; reader: RecordReader; config: NocoDbConfig },
  call: Call,
): Promise<boolean> {
  if (mark.settings !== (await settingsOf(config))) return false;
  const there = await listTables(http, config.projectId, call.signal);
  for (const table of mark.tables) {
    if (findTable(there, table.wanted, 'NOCODB_CONVERSATIONS_TABLE').id !== table.id) return false;
  }
  for (const table of mark.tables) {
    const columns = [table.createdAt, ...(table.updatedAt === null ? [] : [table.updatedAt])];
    const filters = columns.flatMap((column) => [
      atTime(column, 'gte', mark.until),
      within(column, mark.since, mark.until),
    ]);
    const view = viewOf({ id: table.id, title: table.title, table_name: '' }, table.pk);
    const [madeSince = 0, created = 0, editedSince = 0, updated = 0] = await reader.counts(
      view,
      filters,
      call,
    );
    if (madeSince > 0 || editedSince > 0 || created !== table.created || updated !== table.updated)
      return false;
  }
  return true;
}

function within(column: string, since: number, until: number): Clause {
  return and(atTime(column, 'gte', since), atTime(column, 'lt', until));
}

/** Counting reads no column but the key, and needs only ids. */
function viewOf(table: TableInfo, pkId: string): TableView {
  const pk: ColumnInfo = {
    id: pkId,
    title: pkId,
    column_name: '',
    uidt: 'ID',
    pk: true,
    system: false,
    colOptions: null,
  };
  return { table, pk, fields: [pk] };
}

/** How the settings name a table; one of a list in the mapping file stands for itself. */
function wantedName(config: NocoDbConfig, table: TableInfo, index: number): string {
  const name =
    index === 0 ? (config.conversationsTable ?? 'conversations') : (config.messagesTable ?? 'messages');
  return [table.id, table.title, table.table_name].includes(name) ? name : table.id;
}

/** Another base, table or mapping is another source: what was counted before says nothing of it. */
async function settingsOf(config: NocoDbConfig): Promise<string> {
  const { baseUrl, projectId, conversationsTable, messagesTable, mapping } = config;
  const text = mapping === undefined ? '' : await readFile(mapping, 'utf8');
  const named = JSON.stringify([baseUrl, projectId, conversationsTable, messagesTable, text]);
  return createHash('sha256').update(named).digest('hex');
}
