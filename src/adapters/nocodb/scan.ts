import { dayOf } from '../../domain/period.js';
import { versionOf } from '../../domain/versions.js';
import type {
  MessageKeys,
  MessageSpan,
  MessageSpans,
  ScannedConversation,
  ScannedMessage,
} from '../../ports/conversation-source.js';
import { PipelineError } from '../../domain/errors.js';
import type { Call } from './http.js';
import { keyFilters } from './keys.js';
import { LOOKUP_KEYS } from './read.js';
import { rowId, type RecordReader, type TableView } from './records.js';
import {
  conversationFields,
  messageVersionFields,
  parseConversation,
  parseMessage,
  sweptMessageFields,
} from './rows.js';
import type { ConversationTable } from './conversation-table.js';
import type { MessageTable } from './message-table.js';
import type { SourceSchema } from './schema.js';
import { isDated } from './scope.js';
import { readTime } from './times.js';
import { asText, valueOf, type Row } from './values.js';
import { densityOf, extentOf, Pace, tail, walk, type Extent } from './windows.js';
import { isNotBlank } from './where.js';

/** Both tables from end to end: what a sweep reads. */

/** Rows of a span: small enough that one lost is soon read again, large enough that a big base has some hundred. */
const SPAN_ROWS = 40_000;
/** Ids before the end of a table that are read once more at last: ids are given before rows are committed. */
const OVERLAP = 1_000;

export function conversationView(table: ConversationTable): TableView {
  return { table: table.table, pk: table.pk, fields: conversationFields(table) };
}

export function messageView(table: MessageTable): TableView {
  return { table: table.table, pk: table.pk, fields: sweptMessageFields(table) };
}

export async function* scanConversations(
  reader: RecordReader,
  table: ConversationTable,
  options: { appId: string | undefined; now: number },
  call: Call,
): AsyncGenerator<ScannedConversation[], void, undefined> {
  const view = conversationView(table);
  const extent = walkable(await extentOf(reader, view, call));
  const pace = new Pace(densityOf(extent), extent.characters);
  const of = (rows: Row[]) => rows.map((row) => scanned(row, table, options.appId, options.now));
  for await (const rows of walk(reader, view, { from: extent.first, to: extent.last }, pace, call)) {
    yield of(rows);
  }
  for await (const rows of tail(reader, view, extent.last + 1, pace, call)) yield of(rows);
}

function scanned(
  row: Row,
  table: ConversationTable,
  appId: string | undefined,
  now: number,
): ScannedConversation {
  const own = rowId(row, table.pk);
  const id = table.id ? asText(valueOf(row, table.id)) : own;
  const startedAt = readTime(row, table.startedAt);
  return {
    row: parseConversation(row, table),
    rowId: own,
    id: typeof id === 'string' && id !== '' ? id : null,
    day: isDated(startedAt, now) ? dayOf(startedAt) : null,
    version: versionOf(readTime(row, table.updatedAt), readTime(row, table.createdAt)),
    isOfApp: appId === undefined || asText(valueOf(row, table.appId)) === appId,
  };
}

export async function messageSpans(
  reader: RecordReader,
  schema: SourceSchema,
  call: Call,
): Promise<MessageSpans> {
  const result: MessageSpans = { spans: [], tails: [], rows: 0, uses: { id: false, row: false } };
  for (const [table, messages] of schema.messages.entries()) {
    const extent = walkable(await extentOf(reader, messageView(messages), call));
    result.uses[messages.conversationBy] = true;
    result.rows += extent.rows;
    result.spans.push(...spansOf(extent, table));
    result.tails.push(...tailsOf(extent, table));
  }
  return result;
}

/** Spans of whole requests, so that none is begun for a few rows. */
export function spansOf(extent: Extent, table: number): MessageSpan[] {
  const { density, characters } = shape(extent);
  const width = Math.ceil(SPAN_ROWS / Math.max(density, 1e-9) / 10_000) * 10_000;
  const spans: MessageSpan[] = [];
  for (let from = extent.first; from <= extent.last; from += width) {
    const to = Math.min(extent.last, from + width - 1);
    spans.push({ table, from, to, density, characters });
  }
  return spans;
}

function shape(extent: Extent): { density: number; characters: number } {
  return { density: densityOf(extent), characters: Math.ceil(extent.characters) };
}

/** The end of the table once more, and what lies behind it. */
export function tailsOf(extent: Extent, table: number): MessageSpan[] {
  const { first, last } = extent;
  const again = { ...shape(extent), table, from: Math.max(first, last + 1 - OVERLAP), to: last };
  return [...(first > last ? [] : [again]), { ...shape(extent), table, from: last + 1, to: null }];
}

export async function* scanMessages(
  reader: RecordReader,
  schema: SourceSchema,
  span: MessageSpan,
  keys: MessageKeys,
  call: Call,
): AsyncGenerator<{ rows: number; messages: ScannedMessage[] }, void, undefined> {
  const table = schema.messages[span.table];
  if (table === undefined) {
    throw new PipelineError('SourceSchema', 'The mapping file names fewer messages tables than it did');
  }
  const view = messageView(table);
  const own = table.conversationBy === 'row' ? keys.byRow : keys.byId;
  const pace = new Pace(span.density ?? 1, span.characters ?? 1);
  const { from, to } = span;
  const rows =
    to === null ? tail(reader, view, from, pace, call) : walk(reader, view, { from, to }, pace, call);
  for await (const part of rows) yield select(part, table, span.table, own);
}

function select(
  rows: readonly Row[],
  table: MessageTable,
  order: number,
  keys: ReadonlyMap<string, number>,
): { rows: number; messages: ScannedMessage[] } {
  const messages: ScannedMessage[] = [];
  for (const row of rows) {
    const key = asText(valueOf(row, table.conversation));
    const conversation = typeof key === 'string' ? keys.get(key) : undefined;
    if (conversation === undefined) continue;
    const primaryKey = Number(rowId(row, table.pk));
    messages.push({ conversation, primaryKey, row: parseMessage(row, table, order) });
  }
  return { rows: rows.length, messages };
}

export interface MessageVersion {
  /** Primary key. */
  row: string;
  /** As in RawMessage. */
  rowId: string;
  version: number;
}

/** @param rows primary keys of rows of one table */
export async function messageVersions(
  reader: RecordReader,
  schema: SourceSchema,
  { table: index, rows }: { table: number; rows: readonly string[] },
  call: Call,
): Promise<MessageVersion[]> {
  const table = schema.messages[index];
  const fields = table === undefined ? [] : messageVersionFields(table);
  if (table === undefined || fields.length === 0) return [];
  const view = { table: table.table, pk: table.pk, fields };
  const found = (await reader.all(view, keyFilters(table.pk, rows, LOOKUP_KEYS), call)).flat();
  return found.flatMap((row) => {
    const own = rowId(row, table.pk);
    const version = versionOf(readTime(row, table.updatedAt), readTime(row, table.createdAt));
    // What has no stamp is the oldest without being told.
    return Number.isFinite(version) ? [{ row: own, rowId: `${table.prefix}${own}`, version }] : [];
  });
}

export async function countMessages(
  reader: RecordReader,
  { messages }: SourceSchema,
  call: Call,
): Promise<number> {
  let count = 0;
  for (const { table, pk } of messages) count += await reader.count(table, isNotBlank(pk.id), call);
  return count;
}

function walkable(extent: Awaited<ReturnType<typeof extentOf>>): Extent {
  if (!('reason' in extent)) return extent;
  throw new PipelineError('SourceSchema', `The tables cannot be swept: ${extent.reason}`);
}
