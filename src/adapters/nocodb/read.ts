import type { BatchRange } from '../../domain/collection.js';
import {
  rejectOf,
  type RawConversation,
  type RawMessage,
  type RawThread,
  type Reject,
  type RejectContext,
} from '../../domain/records.js';
import { compareIds, isNewer, versionOf } from '../../domain/versions.js';
import type { BatchReading } from '../../ports/conversation-source.js';
import type { Call } from './http.js';
import { keyFilters } from './keys.js';
import { rowId, type RecordReader } from './records.js';
import { conversationFields, messageFields, parseConversation, parseMessage, versionFields } from './rows.js';
import type { ConversationTable } from './conversation-table.js';
import type { MessageTable } from './message-table.js';
import type { SourceSchema } from './schema.js';
import { isDated, type DayScope } from './scope.js';
import { readTime } from './times.js';
import { asText, valueOf, type Row } from './values.js';
import { and, compare } from './where.js';

/** Keys in one duplicate look-up: nearly always one row a key, so well inside a page. */
export const LOOKUP_KEYS = 500;
/** Rows that one message query aims at: with the spread of lengths mostly inside a page of 1000. */
const TARGET_ROWS = 600;

/** A message row, and which of the tables it is from. */
interface MessageRow {
  row: Row;
  table: number;
}

/** Reads one range: conversation rows, who else has their ids, then the messages of the winners. */
export class BatchReader {
  /** Messages a conversation as seen so far, by table; decides how many conversations share a query. */
  readonly averages: number[];

  constructor(
    private readonly reader: RecordReader,
    private readonly schema: SourceSchema,
  ) {
    this.averages = schema.messages.map(() => 10);
  }

  async read(
    scope: DayScope,
    range: BatchRange & { rowIds?: readonly string[] },
    context: RejectContext,
    call: Call,
  ): Promise<BatchReading> {
    const table = this.schema.conversations;
    const within =
      range.rowIds === undefined
        ? [and(compare(table.pk.id, 'gte', range.idFrom), compare(table.pk.id, 'lte', range.idTo))]
        : keyFilters(table.pk, range.rowIds, LOOKUP_KEYS);
    const view = { table: table.table, pk: table.pk, fields: conversationFields(table) };
    const filters = within.map((ids) => and(scope.filter, ids));
    const received = (await this.reader.all(view, filters, call)).flat();
    const { keep } = scope;
    const rows = keep ? received.filter((row) => keep(readTime(row, table.startedAt))) : received;
    const rejects: Reject[] = [];
    const valid: RawConversation[] = [];
    for (const row of rows) {
      const parsed = parseConversation(row, table);
      if (parsed.ok) valid.push(parsed.value);
      else {
        const { rowId: id, field, appId } = parsed;
        rejects.push(
          rejectOf(context, {
            table: 'conversations',
            rowId: id,
            reason: 'invalid_row',
            field,
            conversationId: null,
            appId,
          }),
        );
      }
    }
    const namesakes = await this.namesakes(valid, context.fetchedAt, call);
    const winners = new Map<string, RawConversation>();
    for (const conversation of valid) {
      if (namesakes.get(conversation.conversationId)?.[0] === conversation.rowId) {
        winners.set(conversation.conversationId, conversation);
        continue;
      }
      rejects.push(
        rejectOf(context, {
          table: 'conversations',
          rowId: conversation.rowId,
          reason: 'duplicate_conversation',
          field: null,
          conversationId: conversation.conversationId,
          appId: conversation.appId,
        }),
      );
    }
    const messages = await this.messages(winners, namesakes, call);
    return assemble(winners, messages, this.schema.messages, rejects, rows.length, context);
  }

  /** Conversation id → primary keys of all rows that have it, in the whole table, the newest first. */
  private async namesakes(
    conversations: readonly RawConversation[],
    now: number,
    call: Call,
  ): Promise<Map<string, string[]>> {
    const table = this.schema.conversations;
    if (!table.id) return new Map(conversations.map((row) => [row.conversationId, [row.rowId]]));
    const versions = new Map<string, Map<string, number>>();
    for (const row of conversations) {
      const rows = versions.get(row.conversationId) ?? new Map<string, number>();
      versions.set(row.conversationId, rows.set(row.rowId, versionOf(row.updatedAt, row.createdAt)));
    }
    const filters = keyFilters(table.id, [...versions.keys()], LOOKUP_KEYS);
    const view = { table: table.table, pk: table.pk, fields: versionFields(table) };
    for (const row of (await this.reader.all(view, filters, call)).flat()) {
      const id = asText(valueOf(row, table.id));
      const rows = typeof id === 'string' ? versions.get(id) : undefined;
      if (rows && isEligible(row, table, now)) {
        const [updated, created] = [readTime(row, table.updatedAt), readTime(row, table.createdAt)];
        rows.set(rowId(row, table.pk), versionOf(updated, created));
      }
    }
    return new Map([...versions].map(([id, rows]) => [id, newestFirst(rows)]));
  }

  /** Message rows by conversation id, of all tables. */
  private async messages(
    winners: ReadonlyMap<string, RawConversation>,
    namesakes: ReadonlyMap<string, string[]>,
    call: Call,
  ): Promise<Map<string, MessageRow[]>> {
    const grouped = new Map<string, MessageRow[]>();
    for (const [index, table] of this.schema.messages.entries()) {
      const rows = await this.messagesOf(table, index, winners, namesakes, call);
      for (const [id, own] of rows) {
        const all = grouped.get(id) ?? [];
        for (const row of own) all.push({ row, table: index });
        grouped.set(id, all);
      }
    }
    return grouped;
  }

  /** Rows of one table. Rows that name a duplicate's primary key belong to the winner. */
  private async messagesOf(
    table: MessageTable,
    index: number,
    winners: ReadonlyMap<string, RawConversation>,
    namesakes: ReadonlyMap<string, string[]>,
    call: Call,
  ): Promise<Map<string, Row[]>> {
    const owner = new Map<string, string>();
    for (const id of winners.keys()) {
      const keys = table.conversationBy === 'row' ? (namesakes.get(id) ?? []) : [id];
      for (const key of keys) owner.set(key, id);
    }
    const average = this.averages[index] ?? 10;
    const filters = keyFilters(table.conversation, [...owner.keys()], keysPerFilter(average));
    const view = { table: table.table, pk: table.pk, fields: messageFields(table) };
    const rows = (await this.reader.all(view, filters, call)).flat();
    const grouped = new Map<string, Map<string, Row>>();
    for (const row of rows) {
      const key = asText(valueOf(row, table.conversation));
      const id = typeof key === 'string' ? owner.get(key) : undefined;
      if (id === undefined) continue; // a filter may match more than was asked for
      const own = grouped.get(id) ?? new Map<string, Row>();
      grouped.set(id, own.set(rowId(row, table.pk), row));
    }
    if (winners.size > 0) this.averages[index] = (average + Math.max(1, rows.length / winners.size)) / 2;
    return new Map([...grouped].map(([id, own]) => [id, [...own.values()]]));
  }
}

/** How many conversations share one query of their messages. */
export function keysPerFilter(averageMessages: number): number {
  return Math.max(1, Math.min(200, Math.floor(TARGET_ROWS / averageMessages)));
}

function newestFirst(versions: ReadonlyMap<string, number>): string[] {
  return [...versions]
    .sort(([idA, a], [idB, b]) => (a === b ? compareIds(idB, idA) : a < b ? 1 : -1))
    .map(([id]) => id);
}

/** A row that no range can return must not win: its conversation would be lost. */
function isEligible(row: Row, table: ConversationTable, now: number): boolean {
  return isDated(readTime(row, table.startedAt), now);
}

function assemble(
  winners: ReadonlyMap<string, RawConversation>,
  rows: ReadonlyMap<string, MessageRow[]>,
  tables: readonly MessageTable[],
  rejects: Reject[],
  conversations: number,
  context: RejectContext,
): BatchReading {
  let received = 0;
  const threads: RawThread[] = [];
  for (const [conversationId, conversation] of winners) {
    const own = rows.get(conversationId) ?? [];
    received += own.length;
    const reject = (id: string, reason: 'invalid_row' | 'duplicate_message', field: string | null) =>
      rejects.push(
        rejectOf(context, {
          table: 'messages',
          rowId: id,
          reason,
          field,
          conversationId,
          appId: conversation.appId,
        }),
      );
    const kept = new Map<string, RawMessage>();
    for (const { row, table: index } of own) {
      const table = tables[index];
      if (!table) continue;
      const parsed = parseMessage(row, table, index);
      if (!parsed.ok) {
        reject(parsed.rowId, 'invalid_row', parsed.field);
        continue;
      }
      const message = parsed.value;
      const other = kept.get(message.messageId);
      if (!other) {
        kept.set(message.messageId, message);
        continue;
      }
      const newer = isNewer(versioned(message), versioned(other)) ? message : other;
      reject((newer === message ? other : message).rowId, 'duplicate_message', null);
      kept.set(message.messageId, newer);
    }
    threads.push({ fetchedAt: context.fetchedAt, conversation, messages: [...kept.values()] });
  }
  return { threads, rejects, received: { conversations, messages: received } };
}

function versioned({ rowId, updatedAt, createdAt }: RawMessage) {
  return { rowId, version: versionOf(updatedAt, createdAt) };
}
