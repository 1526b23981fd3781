import type { ProcessContext } from '../../../src/domain/process/index.js';
import { processThread, settle } from '../../../src/domain/process/index.js';
import type { RawConversation, RawMessage, RawThread } from '../../../src/domain/records.js';
import type { ThreadFacts } from '../../../src/domain/thread.js';

export const START = Date.UTC(2025, 2, 10, 9, 0, 0);
export const HOUR = 3600_000;
export const DAY = 24 * HOUR;
/** Long after the conversation: everything has ended. */
export const LATER = START + 30 * DAY;

export const context: ProcessContext = {
  source: 'src',
  runId: 'run-1',
  detector: { detect: () => ({ language: 'en', confidence: 0.9 }) },
  html: { looksLikeHtml: (text) => /<\w+>/.test(text), toText: (html) => html.replace(/<[^>]*>/g, '') },
};

export function rawConversation(over: Partial<RawConversation> = {}): RawConversation {
  return {
    rowId: '1',
    conversationId: 'c1',
    appId: 'shop',
    userId: 'u1',
    startedAt: START,
    startedAtBasis: 'mapped',
    status: null,
    closedAt: null,
    createdAt: START,
    updatedAt: null,
    ...over,
  };
}

export function rawMessage(rowId: number | string, over: Partial<RawMessage> = {}): RawMessage {
  return {
    rowId: String(rowId),
    messageId: `m${rowId}`,
    role: 'user',
    content: `text ${rowId}`,
    hasAttachments: false,
    sentAt: START,
    agentId: null,
    isPrivate: null,
    createdAt: START,
    updatedAt: null,
    ...over,
  };
}

const ROLES: Record<string, string> = {
  u: 'user',
  b: 'bot',
  a: 'agent',
  s: 'system',
  o: 'somebody',
  r: 'auto_reply',
};

/**
 * A conversation in short hand: `u0 b30 a!90` = user at 0 s, bot at 30 s, a private note of the agent at 90 s;
 * `u?` = the user at an unreadable time; `r` = an automatic reply, which the mapping calls an agent's.
 */
export function messagesOf(script: string): RawMessage[] {
  return script
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index) => {
      const [, role = '', isPrivate, time = ''] = /^([ubasor])(!?)(\?|-?\d+)$/.exec(word) ?? [];
      if (role === '') throw new Error(`unreadable script: ${word}`);
      return rawMessage(index + 1, {
        role: ROLES[role] ?? null,
        isPrivate: isPrivate === '!',
        sentAt: time === '?' ? null : START + Number(time) * 1000,
      });
    });
}

export function thread(
  messages: RawMessage[],
  conversation: Partial<RawConversation> = {},
  fetchedAt: number = LATER,
): RawThread {
  return { fetchedAt, conversation: rawConversation(conversation), messages };
}

export function factsOf(raw: RawThread, over: Partial<ProcessContext> = {}): ThreadFacts {
  const { facts } = processThread(raw, { ...context, roles: { auto_reply: 'agent' }, ...over });
  if (facts === null) throw new Error('the conversation was rejected');
  return facts;
}

export function conversationOf(
  script: string,
  conversation: Partial<RawConversation> = {},
  fetchedAt: number = LATER,
) {
  return factsOf(thread(messagesOf(script), conversation, fetchedAt)).conversation;
}

/** Outcome and unanswered of a script, with the intents of its user messages in order. */
export function settled(
  script: string,
  userIntents: (string | null)[] = [],
  conversation: Partial<RawConversation> = {},
  fetchedAt: number = LATER,
  texts: Record<number, string> = {},
) {
  const messages = messagesOf(script).map((message, index) => ({
    ...message,
    content: texts[index] ?? message.content,
  }));
  const facts = factsOf(thread(messages, conversation, fetchedAt));
  let next = 0;
  const intents = facts.messages.map((message) =>
    message.actor === 'user' && !message.is_private ? (userIntents[next++] ?? null) : null,
  );
  return settle(facts, { intents });
}
