import type { RawThread } from '../records.js';

const START = Date.UTC(2026, 0, 1);
const WEEK_MS = 7 * 86_400_000;

/**
 * A conversation of mere texts, as a source would give it: a message a minute, long ended. For labelling texts that
 * come from nowhere else. Message ids are their places.
 */
export function threadOfTexts(
  id: string,
  texts: readonly { text: string; role: 'user' | 'agent' }[],
): RawThread {
  return {
    fetchedAt: START + WEEK_MS,
    conversation: {
      rowId: id,
      conversationId: id,
      appId: null,
      userId: null,
      startedAt: START,
      startedAtBasis: 'mapped',
      status: null,
      closedAt: null,
      createdAt: START,
      updatedAt: START,
    },
    messages: texts.map(({ text, role }, n) => ({
      rowId: `${id}-${n}`,
      messageId: String(n),
      role,
      content: text,
      hasAttachments: false,
      sentAt: START + n * 60_000,
      agentId: null,
      isPrivate: false,
      createdAt: null,
      updatedAt: null,
    })),
  };
}
