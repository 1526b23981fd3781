import type { MessageRow, Outcome } from '../schema.js';
import type { SettledColumns, ThreadFacts } from '../thread.js';
import { isExchange, isReply, isUserMessage } from './measure.js';

/** Intents with a meaning here; ids of the taxonomy. */
const CLOSING_INTENTS: ReadonlySet<string> = new Set(['thank_or_goodbye', 'praise']);
const ASKS_FOR_HUMAN = 'contact_human';

export interface SettleLabels {
  /** Intent of each message by its place in `facts.messages`; null or missing: it has none. */
  intents: readonly (string | null | undefined)[];
}

/**
 * The columns that need the intents. `unanswered`: the conversation ended on user messages that are more than thanks,
 * goodbye or praise, or the user asked for a human and no agent wrote after that; null while pending.
 * `outcome`: the first that matches of empty, outbound_only, pending, escalated, agent_handled, unanswered, abandoned
 * (the last word is a question of the bot's), contained. Exactly one for every conversation.
 */
export function settle(facts: ThreadFacts, labels: SettleLabels): SettledColumns {
  const { conversation } = facts;
  const isPending = conversation.ended_at === null;
  const unanswered = isPending ? null : conversation.engaged && isUnanswered(facts.messages, labels);
  return { unanswered, outcome: outcomeOf(facts, unanswered) };
}

function outcomeOf({ conversation, messages }: ThreadFacts, unanswered: boolean | null): Outcome {
  if (conversation.outbound_only) return 'outbound_only';
  if (!conversation.engaged) return 'empty';
  if (conversation.ended_at === null) return 'pending';
  const wasHandedOff =
    conversation.handoff_at !== null || conversation.quality_flags.includes('handoff_untimed');
  if (wasHandedOff) return 'escalated';
  if (messages.some((message) => message.actor === 'agent' && isReplyRow(message))) return 'agent_handled';
  if (unanswered === true) return 'unanswered';
  const last = messages.findLast(isExchangeRow);
  return last?.actor === 'bot' && endsWithQuestion(last.text) ? 'abandoned' : 'contained';
}

function isUnanswered(messages: readonly MessageRow[], labels: SettleLabels): boolean {
  let open = false;
  let wantsHuman = false;
  for (const [index, message] of messages.entries()) {
    if (isReplyRow(message)) {
      open = false;
      if (message.actor === 'agent') wantsHuman = false;
    } else if (isUserMessageRow(message) && message.content_type !== 'empty') {
      const intent = labels.intents[index] ?? null;
      if (intent === ASKS_FOR_HUMAN) wantsHuman = true;
      if (intent === null || !CLOSING_INTENTS.has(intent)) open = true;
    }
  }
  return open || wantsHuman;
}

const QUESTION_MARKS = /[?\uff1f\u061f\u037e\u055e\u2047]$/u;
/** What may follow the question mark: white space, quotes, brackets, emoji and their modifiers. */
const TRAILING_DECORATION = /(?:\s|["')\]*_]|\p{Pf}|\p{Pe}|\p{Extended_Pictographic}|\p{M}|\p{Sk}|\u200d)+$/u;

/** Whether a text ends with a question mark of any script, whatever quotes, brackets or emoji follow it. */
export function endsWithQuestion(text: string | null): boolean {
  return text !== null && QUESTION_MARKS.test(text.slice(-64).replace(TRAILING_DECORATION, ''));
}

function inMeasureTerms(message: MessageRow): {
  actor: MeasuredActor;
  isPrivate: boolean;
  isAutoReply: boolean;
} {
  return {
    actor: message.actor as MeasuredActor,
    isPrivate: message.is_private,
    isAutoReply: message.is_auto_reply,
  };
}
type MeasuredActor = Parameters<typeof isReply>[0]['actor'];

const isReplyRow = (message: MessageRow): boolean => isReply(inMeasureTerms(message));
const isUserMessageRow = (message: MessageRow): boolean => isUserMessage(inMeasureTerms(message));
const isExchangeRow = (message: MessageRow): boolean => isExchange(inMeasureTerms(message));
