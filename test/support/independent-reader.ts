/**
 * Reads a NocoDB base on its own and says what a collection of a date range must end in. Deliberately plain: pages by
 * offset over whole tables, filters in memory, and shares no code with src/, so that a mistake there cannot hide here.
 * Rules: docs/data-formats.md (identity, duplicates, days, rejects).
 */

export interface ReaderSource {
  url: string;
  token: string;
  baseId: string;
  /** Title of the table; `conversations` and `messages` by default. */
  conversationsTable?: string;
  messagesTable?: string;
  /** Inclusive UTC days, `YYYY-MM-DD`. */
  startDate: string;
  endDate: string;
}

export interface ExpectedConversation {
  /** Primary key of the row that counts. */
  rowId: string;
  /** UTC day of started_at. */
  day: string;
  /** Message ids that must be stored, sorted. */
  messages: string[];
}

export interface ExpectedReject {
  table: 'conversations' | 'messages';
  rowId: string;
  reason: 'invalid_row' | 'duplicate_conversation' | 'duplicate_message';
}

export interface Expected {
  /** By conversation id. */
  conversations: Map<string, ExpectedConversation>;
  rejects: ExpectedReject[];
  /** Conversation rows of the whole table whose start is missing, before 2000 or in the future. */
  undated: number;
}

type Row = Record<string, unknown> & { Id: number };

const PAGE = 500;

/** Expects the columns conversation_id, started_at and message_id, and NocoDB's own Id, CreatedAt and UpdatedAt. */
export async function readExpected(source: ReaderSource): Promise<Expected> {
  const tables = await getJson<{ list: { id: string; title: string }[] }>(
    source,
    `/api/v2/meta/bases/${source.baseId}/tables`,
  );
  const idOf = (title: string): string => {
    const table = tables.list.find((each) => each.title === title);
    if (!table) throw new Error(`the base has no table ${title}`);
    return table.id;
  };
  const conversations = await readAll(source, idOf(source.conversationsTable ?? 'conversations'));
  const messages = await readAll(source, idOf(source.messagesTable ?? 'messages'));
  return judge(conversations, messages, source.startDate, source.endDate, Date.now());
}

function judge(
  conversationRows: Row[],
  messageRows: Row[],
  startDate: string,
  endDate: string,
  now: number,
): Expected {
  const result: Expected = { conversations: new Map(), rejects: [], undated: 0 };

  // Rows without a usable start match no range; they take no part in what follows.
  const dated: { row: Row; day: string }[] = [];
  for (const row of conversationRows) {
    const start = instant(row['started_at']);
    if (start === null || start < Date.UTC(2000, 0, 1) || start > now) result.undated += 1;
    else dated.push({ row, day: new Date(start).toISOString().slice(0, 10) });
  }
  const inRange = (day: string): boolean => day >= startDate && day <= endDate;

  const namesakes = new Map<string, { row: Row; day: string }[]>();
  for (const entry of dated) {
    const id = text(entry.row['conversation_id']);
    if (id !== null) namesakes.set(id, [...(namesakes.get(id) ?? []), entry]);
    else if (inRange(entry.day)) reject(result, 'conversations', entry.row, 'invalid_row');
  }
  for (const [id, entries] of namesakes) {
    const winner = newest(entries.map(({ row }) => row));
    for (const { row, day } of entries) {
      if (!inRange(day)) continue;
      if (row === winner) result.conversations.set(id, { rowId: String(row.Id), day, messages: [] });
      else reject(result, 'conversations', row, 'duplicate_conversation');
    }
  }

  // A message id need be unique only in its conversation: many apps number them from 1 in each.
  const byMessageId = new Map<string, { id: string; rows: Row[] }>();
  for (const row of messageRows) {
    const conversation = text(row['conversation_id']);
    if (conversation === null || !result.conversations.has(conversation)) continue;
    const id = text(row['message_id']);
    if (id === null) {
      reject(result, 'messages', row, 'invalid_row');
      continue;
    }
    const place = JSON.stringify([conversation, id]);
    byMessageId.set(place, { id, rows: [...(byMessageId.get(place)?.rows ?? []), row] });
  }
  for (const { id, rows } of byMessageId.values()) {
    const winner = newest(rows);
    for (const row of rows) {
      if (row === winner) result.conversations.get(String(row['conversation_id']))?.messages.push(id);
      else reject(result, 'messages', row, 'duplicate_message');
    }
  }
  for (const { messages } of result.conversations.values()) messages.sort();
  return result;
}

function reject(
  result: Expected,
  table: ExpectedReject['table'],
  row: Row,
  reason: ExpectedReject['reason'],
): void {
  result.rejects.push({ table, rowId: String(row.Id), reason });
}

/** Latest UpdatedAt, or CreatedAt where it was never updated; then the highest primary key. */
function newest(rows: Row[]): Row | undefined {
  const version = (row: Row): number => instant(row['UpdatedAt']) ?? instant(row['CreatedAt']) ?? -Infinity;
  let best: Row | undefined;
  for (const row of rows) {
    if (
      best === undefined ||
      version(row) > version(best) ||
      (version(row) === version(best) && row.Id > best.Id)
    ) {
      best = row;
    }
  }
  return best;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** NocoDB shows `2024-01-01 10:00:00+00:00`. */
function instant(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value.replace(' ', 'T'));
  return Number.isNaN(ms) ? null : ms;
}

async function readAll(source: ReaderSource, tableId: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await getJson<{ list: Row[]; pageInfo: { isLastPage: boolean; totalRows: number } }>(
      source,
      `/api/v2/tables/${tableId}/records?sort=Id&limit=${PAGE}&offset=${rows.length}`,
    );
    rows.push(...page.list);
    if (!page.pageInfo.isLastPage) continue;
    if (rows.length !== page.pageInfo.totalRows) {
      throw new Error(
        `read ${rows.length} rows of ${page.pageInfo.totalRows}: the table changed while it was read`,
      );
    }
    return rows;
  }
}

async function getJson<T>(source: ReaderSource, path: string): Promise<T> {
  const response = await fetch(source.url + path, { headers: { 'xc-token': source.token } });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}
