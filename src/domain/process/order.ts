import type { RawMessage } from '../records.js';
import { isPlausibleTime } from './context.js';

const PREFIXED = /^(.*:)(\d+)$/;

/**
 * Total order of primary keys: whole numbers by value and before all others, others by code unit. As text, because
 * keys of 64 bits do not fit a JavaScript number.
 */
export function compareRowIds(a: string, b: string): number {
  // Keys of several message tables carry their table's prefix: within one, they are numbers still.
  const [, prefix, rest = ''] = PREFIXED.exec(a) ?? [];
  if (prefix !== undefined && b.startsWith(prefix) && isNumericId(b.slice(prefix.length))) {
    return compareRowIds(rest, b.slice(prefix.length));
  }
  const aIsNumber = isNumericId(a);
  const bIsNumber = isNumericId(b);
  if (aIsNumber && bIsNumber) {
    const x = stripZeros(a);
    const y = stripZeros(b);
    return x.length - y.length || compareText(x, y) || compareText(a, b);
  }
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return compareText(a, b);
}

export function isNumericId(id: string): boolean {
  return /^\d+$/.test(id);
}

function stripZeros(id: string): string {
  return id.replace(/^0+(?=\d)/, '');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of several rows with one message id the newest (UpdatedAt ∨ CreatedAt, then highest primary key) is kept. */
export function dedupe(messages: readonly RawMessage[]): { kept: RawMessage[]; dropped: RawMessage[] } {
  const newest = new Map<string, RawMessage>();
  const dropped: RawMessage[] = [];
  for (const message of messages) {
    const rival = newest.get(message.messageId);
    if (rival === undefined) {
      newest.set(message.messageId, message);
    } else if (isNewer(message, rival)) {
      newest.set(message.messageId, message);
      dropped.push(rival);
    } else {
      dropped.push(message);
    }
  }
  return { kept: [...newest.values()], dropped };
}

function isNewer(a: RawMessage, b: RawMessage): boolean {
  const aTime = a.updatedAt ?? a.createdAt ?? -Infinity;
  const bTime = b.updatedAt ?? b.createdAt ?? -Infinity;
  return aTime === bTime ? compareRowIds(a.rowId, b.rowId) > 0 : aTime > bTime;
}

export interface PlacedMessage {
  raw: RawMessage;
  /** Epoch ms; of a message without a usable time that of the message before it, else the conversation's start. */
  sentAt: number;
  /** False: the time was missing, before 2000 or in the future, and `sentAt` is only a place. */
  timeValid: boolean;
  /** True where a row with a lower primary key has a later time; judged only where all keys are numbers. */
  outOfOrder: boolean;
}

/** Messages in order of (source time, primary key); those without a usable time stay behind their row's neighbour. */
export function placeMessages(
  messages: readonly RawMessage[],
  startedAt: number,
  now: number,
): PlacedMessage[] {
  const byRow = [...messages].sort(
    // a primary key is unique; the message id decides where a view repeats rows
    (a, b) =>
      (a.order ?? 0) - (b.order ?? 0) ||
      compareRowIds(a.rowId, b.rowId) ||
      compareRowIds(a.messageId, b.messageId),
  );
  const canJudgeOrder = byRow.every((message) => isNumericId(message.rowId));
  const timed: { raw: RawMessage; time: number; late: boolean; followers: RawMessage[] }[] = [];
  const leading: RawMessage[] = [];
  let tail = leading;
  let latest = -Infinity;
  for (const raw of byRow) {
    if (isPlausibleTime(raw.sentAt, now)) {
      tail = [];
      timed.push({ raw, time: raw.sentAt, late: canJudgeOrder && raw.sentAt < latest, followers: tail });
      latest = Math.max(latest, raw.sentAt);
    } else {
      tail.push(raw);
    }
  }
  // the sort is stable, so equal times stay in order of the primary key
  timed.sort((a, b) => a.time - b.time);
  const place = (raw: RawMessage, sentAt: number): PlacedMessage => ({
    raw,
    sentAt,
    timeValid: false,
    outOfOrder: false,
  });
  return [
    ...leading.map((raw) => place(raw, startedAt)),
    ...timed.flatMap((entry) => [
      { raw: entry.raw, sentAt: entry.time, timeValid: true, outOfOrder: entry.late },
      ...entry.followers.map((raw) => place(raw, entry.time)),
    ]),
  ];
}
