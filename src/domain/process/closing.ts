import type { RawConversation } from '../records.js';
import type { ConversationRow } from '../schema.js';
import type { QualityFlag } from './context.js';
import { IDLE_MS, isPlausibleTime } from './context.js';
import type { TimedMessage } from './measure.js';
import type { StatusMeaning } from './context.js';

type Closing = Pick<ConversationRow, 'status' | 'closed_at' | 'resolution_source' | 'ended_at'>;

/**
 * Whether and when a conversation was closed and ended, seen from `now`.
 *
 * Closed: the status says so, or the source has no status and a time of closing. Ended: closed, or idle for 24 h; then
 * `ended_at` is the time of closing, else of the last public non-system message. A conversation that the source itself
 * calls open may have ended, but was not resolved.
 */
export function readClosing(
  raw: RawConversation,
  meaning: StatusMeaning | null,
  messages: readonly TimedMessage[],
  now: number,
  flags: Set<QualityFlag>,
): Closing {
  const status = meaning === null ? null : meaning === 'closed' ? 'closed' : 'open';
  const mappedClose = readClosedAt(raw, now, flags);
  const lastMessageAt = messages.at(-1)?.sentAt ?? raw.startedAt;
  const lastActivityAt =
    messages.findLast((message) => !message.isPrivate && message.actor !== 'system')?.sentAt ?? raw.startedAt;
  if (status === 'closed' || (status === null && mappedClose !== null)) {
    const closed_at = mappedClose ?? lastMessageAt;
    const resolution_source = mappedClose === null ? 'status_untimed' : 'status';
    return { status, closed_at, resolution_source, ended_at: closed_at };
  }
  if (now - lastActivityAt < IDLE_MS) {
    return { status, closed_at: null, resolution_source: null, ended_at: null };
  }
  const hasUser = messages.some((message) => !message.isPrivate && message.actor === 'user');
  const resolution_source = status === null && hasUser ? 'inferred' : null;
  return { status, closed_at: null, resolution_source, ended_at: lastActivityAt };
}

/** The mapped time of closing; one before the start, before 2000 or in the future is flagged and not used. */
function readClosedAt(raw: RawConversation, now: number, flags: Set<QualityFlag>): number | null {
  if (raw.closedAt === null) return null;
  if (isPlausibleTime(raw.closedAt, now) && raw.closedAt >= raw.startedAt) return raw.closedAt;
  flags.add('closed_at_invalid');
  return null;
}
