import type { ChangedRow } from '../../domain/changes.js';
import { dayOf } from '../../domain/period.js';
import { conversationKey } from '../../domain/records.js';
import type { ChangedConversations, SourceScope } from '../../ports/conversation-source.js';
import type { Call } from './http.js';
import { keyFilters } from './keys.js';
import { countRows } from './plan.js';
import { LOOKUP_KEYS } from './read.js';
import { rowId, type RecordReader } from './records.js';
import type { ConversationTable } from './conversation-table.js';
import type { MessageTable } from './message-table.js';
import type { SourceSchema } from './schema.js';
import { appFilter, isDated, scopeFilter } from './scope.js';
import { stampedSince, type Stamps } from './stamps.js';
import { readTime } from './times.js';
import { compareIds } from '../../domain/versions.js';
import { asText, valueOf, type Row } from './values.js';
import { and, type Clause } from './where.js';

interface FoundRow {
  id: string | null;
  /** null: the row matches no day. */
  day: string | null;
}

/**
 * Finds the conversations that got a new or changed row of their own or a new or changed message, and the other rows
 * of the same conversations: which of several rows counts may have changed with one of them.
 */
export class ChangeFinder {
  private readonly rows = new Map<string, FoundRow>();
  private readonly table: ConversationTable;

  constructor(
    private readonly reader: RecordReader,
    private readonly schema: SourceSchema,
    private readonly source: string,
    private readonly appId: string | undefined,
    private readonly call: Call,
  ) {
    this.table = schema.conversations;
  }

  /** @param stamps of all tables, conversations first */
  async find(stamps: readonly Stamps[], since: number): Promise<Omit<ChangedConversations, 'mark'>> {
    const [own, ...messages] = stamps;
    if (own !== undefined) await this.lookUp([stampedSince(own, since)]);
    let orphans = 0;
    for (const [index, table] of this.schema.messages.entries()) {
      const stamp = messages[index];
      if (stamp !== undefined) orphans += await this.messagesSince(table, stampedSince(stamp, since));
    }
    await this.namesakes();
    return this.result(orphans);
  }

  /** @returns how many changed messages name a conversation that is not there (or of another app) */
  private async messagesSince(table: MessageTable, filter: Clause): Promise<number> {
    const view = { table: table.table, pk: table.pk, fields: [table.pk, table.conversation] };
    const [rows = []] = await this.reader.all(view, [filter], this.call);
    const keys = new Map<string, number>();
    for (const row of rows) {
      const key = asText(valueOf(row, table.conversation));
      if (typeof key === 'string' && key !== '') keys.set(key, (keys.get(key) ?? 0) + 1);
    }
    const byRow = table.conversationBy === 'row' || this.table.id === undefined;
    const known = new Set(byRow ? this.rows.keys() : [...this.rows.values()].map(({ id }) => id));
    const missing = [...keys.keys()].filter((key) => !known.has(key));
    const column = byRow ? this.table.pk : (this.table.id ?? this.table.pk);
    const found = await this.lookUp(keyFilters(column, missing, LOOKUP_KEYS));
    const there = new Set(byRow ? found.keys() : [...found.values()].map(({ id }) => id));
    return missing.reduce((sum, key) => sum + (there.has(key) ? 0 : (keys.get(key) ?? 0)), 0);
  }

  private async namesakes(): Promise<void> {
    if (this.table.id === undefined) return;
    const ids = new Set([...this.rows.values()].flatMap(({ id }) => id ?? []));
    await this.lookUp(keyFilters(this.table.id, [...ids], LOOKUP_KEYS), ids);
  }

  /** Reads key, id and start of conversation rows and keeps them; of an id filter, only those with one of the ids. */
  private async lookUp(
    filters: readonly Clause[],
    ids?: ReadonlySet<string>,
  ): Promise<Map<string, FoundRow>> {
    const { table } = this;
    const fields = [
      ...new Set([table.pk, ...(table.id === undefined ? [] : [table.id]), table.startedAt.column]),
    ];
    const app = appFilter(table, this.appId);
    const view = { table: table.table, pk: table.pk, fields };
    const pages = await this.reader.all(
      view,
      filters.map((filter) => and(filter, app)),
      this.call,
    );
    const found = new Map<string, FoundRow>();
    for (const row of pages.flat()) {
      const parsed = this.parse(row);
      if (ids === undefined || (parsed.id !== null && ids.has(parsed.id)))
        found.set(rowId(row, table.pk), parsed);
    }
    for (const [key, row] of found) this.rows.set(key, row);
    return found;
  }

  private parse(row: Row): FoundRow {
    const { table } = this;
    const id = table.id === undefined ? rowId(row, table.pk) : asText(valueOf(row, table.id));
    const start = readTime(row, table.startedAt);
    return {
      id: typeof id === 'string' && id !== '' ? id : null,
      day: isDated(start, Date.now()) ? dayOf(start) : null,
    };
  }

  private async result(orphans: number): Promise<Omit<ChangedConversations, 'mark'>> {
    const daysOfId = new Map<string, Set<string>>();
    for (const { id, day } of this.rows.values()) {
      if (id !== null && day !== null) daysOfId.set(id, (daysOfId.get(id) ?? new Set()).add(day));
    }
    const byDay = new Map<string, ChangedRow[]>();
    let undated = 0;
    for (const [row, { id, day }] of this.rows) {
      if (day === null) {
        undated++;
        continue;
      }
      const isShared = id !== null && (daysOfId.get(id)?.size ?? 0) > 1;
      const rows = byDay.get(day) ?? [];
      rows.push({ rowId: row, ...(isShared ? { elsewhere: conversationKey(this.source, id) } : {}) });
      byDay.set(day, rows);
    }
    const days = [];
    const counts = await this.dayCounts([...byDay.keys()]);
    for (const [day, rows] of [...byDay].sort(([a], [b]) => (a < b ? -1 : 1))) {
      rows.sort((a, b) => compareIds(a.rowId, b.rowId));
      days.push({ day, rows, dayCount: counts.get(day) ?? rows.length });
    }
    return { days, undated, orphanMessages: orphans };
  }

  /** What the source counts for whole days, many a request. */
  private async dayCounts(days: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const plain: { day: string; filter: Clause }[] = [];
    for (const day of days) {
      const scope: SourceScope = { day, appId: this.appId };
      const filter = scopeFilter(this.table, scope, Date.now());
      if (filter === null) continue;
      if (filter.keep === undefined) plain.push({ day, filter: filter.filter });
      else counts.set(day, await countRows(this.reader, this.table, filter, this.call));
    }
    const view = { table: this.table.table, pk: this.table.pk, fields: [this.table.pk] };
    const found = await this.reader.counts(
      view,
      plain.map(({ filter }) => filter),
      this.call,
    );
    for (const [index, { day }] of plain.entries()) counts.set(day, found[index] ?? 0);
    return counts;
  }
}
