import type { MessageRow } from '../schema.js';
import type { ThreadFacts } from '../thread.js';
import { countLetters, isUnsupported } from './language.js';

/** Why a text is not labelled; `low_confidence` is known only after the model has spoken. */
export type UnlabelledReason = 'empty' | 'short' | 'language';

/** Letters that a text needs to mean something by itself: an order number or a lone emoji is no request. */
const MIN_LETTERS = 2;

/** A public message of the user and its place in `facts.messages`. */
export interface UserMessage {
  messageIndex: number;
  message: MessageRow;
}

/** The user's messages that everybody in the conversation can read, in order. Only these are labelled. */
export function userMessages({ messages }: ThreadFacts): UserMessage[] {
  return messages.flatMap((message, messageIndex) =>
    message.actor === 'user' && !message.is_private ? [{ messageIndex, message }] : [],
  );
}

/** Why the model is not asked for the topic and intent of a text; null: it is. */
export function unlabelledReason(
  message: MessageRow,
  facts: ThreadFacts,
  languages: readonly string[],
): UnlabelledReason | null {
  const text = message.text?.trim() ?? '';
  if (text === '') return 'empty';
  if (isUnsupported(text, message, facts.conversation, languages)) return 'language';
  return countLetters(text) < MIN_LETTERS ? 'short' : null;
}

/**
 * The texts to classify, in the order of the messages: those of public user messages that are neither empty nor in a
 * language that the model does not know. Short ones are read too, for their sentiment.
 */
export function selectTexts(
  facts: ThreadFacts,
  languages: readonly string[],
): { text: string; messageIndex: number }[] {
  return userMessages(facts).flatMap(({ message, messageIndex }) => {
    const reason = unlabelledReason(message, facts, languages);
    return reason === null || reason === 'short' ? [{ text: message.text ?? '', messageIndex }] : [];
  });
}
