import {
  rejectOf,
  type RawConversation,
  type RawMessage,
  type RawThread,
  type Reject,
  type RejectContext,
} from '../../domain/records.js';
import { compareIds, isNewer, versionOf, type Versioned } from '../../domain/versions.js';
import type { Scanned } from '../../ports/conversation-source.js';
import type { SweptBytes } from '../../ports/cpu-pool.js';
import { unpack } from './ndjson.js';
import { eachLine } from './slices.js';

/**
 * Staged lines of a sweep → the threads of a batch. A message is two lines: a head with what decides about it, and the
 * record as JSON, which is parsed where the message counts.
 */

/** Conversation's primary key, message's row id, its id, version (null: none), field that does not fit. */
type MessageHead = [string, string, string | null, number | null, string | null];

export function conversationLine(row: Scanned<RawConversation>): string {
  return `${JSON.stringify(row)}\n`;
}

/** @param conversation primary key of the conversation's newest row */
export function messageLines(conversation: string, row: Scanned<RawMessage>): string {
  if (!row.ok) {
    const head: MessageHead = [conversation, row.rowId, null, null, row.field];
    return `${JSON.stringify(head)}\nnull\n`;
  }
  const { rowId, messageId, updatedAt, createdAt } = row.value;
  const head: MessageHead = [conversation, rowId, messageId, updatedAt ?? createdAt, null];
  return `${JSON.stringify(head)}\n${JSON.stringify(row.value)}\n`;
}

/** A message and where its record lies: strings of a whole batch would only wait to be parsed. */
interface Kept extends Versioned {
  lines: Buffer;
  from: number;
  to: number;
}

interface Thread {
  conversation: RawConversation;
  /** Row ids: a row may have been read twice, at the end of a table. */
  seen: Set<string>;
  kept: Map<string, Kept>;
}

/** Rows of one batch, read once; `rejects` and `received` are whole from the start. */
export interface SweptReading {
  threads: Iterable<RawThread>;
  rejects: Reject[];
  received: { conversations: number; messages: number };
}

/** @throws PipelineError LakeCorrupt where the bytes are something else */
export function readSweptBytes(
  bytes: SweptBytes,
  { source, runId }: Pick<RejectContext, 'source' | 'runId'>,
): SweptReading {
  const { startedAt, losers, versions, idFrom, idTo } = bytes;
  const isOwn = (rowId: string) => compareIds(rowId, idFrom) >= 0 && compareIds(rowId, idTo) <= 0;
  const threads = new SweptThreads(
    { source, runId, fetchedAt: startedAt },
    new Set(losers),
    new Map(versions),
    isOwn,
  );
  for (const member of bytes.conversations) threads.addConversations(unpack(member));
  for (const member of bytes.messages) threads.addMessages(unpack(member));
  return threads.finish();
}

/** Gathers one batch: first its conversations, then messages in any order. */
class SweptThreads {
  private readonly threads = new Map<string, Thread>();
  private readonly rejects: Reject[] = [];
  private rows = 0;

  constructor(
    private readonly context: RejectContext,
    private readonly losers: ReadonlySet<string>,
    private readonly versions: ReadonlyMap<string, number>,
    private readonly isOwn: (rowId: string) => boolean,
  ) {}

  addConversations(lines: Buffer): void {
    eachLine(lines, (from, to) => {
      const row = JSON.parse(lines.toString('utf8', from, to)) as Scanned<RawConversation>;
      const rowId = row.ok ? row.value.rowId : row.rowId;
      if (!this.isOwn(rowId)) return;
      this.rows++;
      const base = { table: 'conversations', rowId } as const;
      if (!row.ok) {
        const { field, appId } = row;
        this.reject({ ...base, reason: 'invalid_row', field, conversationId: null, appId });
      } else if (this.losers.has(rowId)) {
        const { conversationId, appId } = row.value;
        this.reject({ ...base, reason: 'duplicate_conversation', field: null, conversationId, appId });
      } else this.threads.set(rowId, { conversation: row.value, seen: new Set(), kept: new Map() });
    });
  }

  addMessages(lines: Buffer): void {
    let thread: Thread | undefined;
    let head: MessageHead | undefined;
    eachLine(lines, (from, to) => {
      if (head === undefined) {
        head = JSON.parse(lines.toString('utf8', from, to)) as MessageHead;
        thread = this.threads.get(head[0]);
        return;
      }
      if (thread !== undefined) this.addMessage(thread, head, lines, from, to);
      head = undefined;
    });
  }

  private addMessage(thread: Thread, head: MessageHead, lines: Buffer, from: number, to: number): void {
    const [, rowId, messageId, version, field] = head;
    if (thread.seen.has(rowId)) return;
    thread.seen.add(rowId);
    if (messageId === null) {
      this.rejectMessage(thread, rowId, 'invalid_row', field);
      return;
    }
    const message: Kept = {
      rowId,
      version: versionOf(null, version ?? this.versions.get(rowId) ?? null),
      lines,
      from,
      to,
    };
    const other = thread.kept.get(messageId);
    const wins = other === undefined || isNewer(message, other);
    if (other !== undefined) {
      this.rejectMessage(thread, wins ? other.rowId : rowId, 'duplicate_message', null);
    }
    if (wins) thread.kept.set(messageId, message);
  }

  finish(): SweptReading {
    let messages = 0;
    for (const { seen } of this.threads.values()) messages += seen.size;
    return {
      threads: this.parsed(),
      rejects: this.rejects,
      received: { conversations: this.rows, messages },
    };
  }

  /** One at a time, so that the parsed rows need not all be in memory. */
  private *parsed(): Generator<RawThread> {
    const { fetchedAt } = this.context;
    for (const [key, { conversation, kept }] of this.threads) {
      const messages: RawMessage[] = [];
      for (const { lines, from, to } of kept.values()) {
        messages.push(JSON.parse(lines.toString('utf8', from, to)) as RawMessage);
      }
      yield { fetchedAt, conversation, messages };
      this.threads.delete(key);
    }
  }

  private reject(row: Parameters<typeof rejectOf>[1]): void {
    this.rejects.push(rejectOf(this.context, row));
  }

  private rejectMessage(
    { conversation: { conversationId, appId } }: Thread,
    rowId: string,
    reason: 'invalid_row' | 'duplicate_message',
    field: string | null,
  ): void {
    this.reject({ table: 'messages', rowId, reason, field, conversationId, appId });
  }
}

/** Messages and characters of each conversation of some slices, by primary key. */
export function sizesOf(slices: readonly Buffer[]): Map<string, { messages: number; characters: number }> {
  const sizes = new Map<string, { messages: number; characters: number }>();
  for (const lines of slices) {
    let size: { messages: number; characters: number } | undefined;
    eachLine(lines, (from, to) => {
      if (size === undefined) {
        const [conversation] = JSON.parse(lines.toString('utf8', from, to)) as MessageHead;
        size = sizes.get(conversation) ?? { messages: 0, characters: 0 };
        sizes.set(conversation, size);
        return;
      }
      size.messages++;
      size.characters += to - from;
      size = undefined;
    });
  }
  return sizes;
}
