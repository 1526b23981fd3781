import { endsWithQuestion } from '../process/settle.js';
import type { MessageRow } from '../schema.js';
import { OUT_OF_SCOPE, SMALL_TALK, UNKNOWN } from './taxonomy.js';
import { UNKNOWN_BELOW, type Vote } from './vote.js';

/** A user message as it was read by itself, or labelled by a person. */
export interface OwnIntent {
  /** Its place among all messages of the conversation. */
  messageIndex: number;
  intent: Vote;
  /** A person's label: it stands, and what follows may go on with it. */
  isGiven: boolean;
}

/** An answer is less sure than the request that it goes on with, and the answer after it less again. */
const DISCOUNT = 0.9;
/** Besides small talk: intents that no answer goes on with. After "a human, please" the answer is about the matter. */
const NOT_GONE_ON_WITH: ReadonlySet<string> = new Set(['contact_human', 'praise', UNKNOWN, OUT_OF_SCOPE]);
/** Questions that ask for a request, not about the one at hand: what follows them is read by itself. */
const INVITES = /\b(?:any|some)thing (?:else|more)\b|\b(?:help|assist|do for) you\b/i;
const INVITATION_LENGTH = 120;

/**
 * Intents of user messages read with what came before them, in the order given. A message that says nothing by itself
 * ("yes, 4711") and follows a question of the bot or agent goes on with the last request, at a discount; reason
 * `context`. Every other message keeps its own.
 * @param messages all of the conversation, in order @param own its user messages, in order
 */
export function readInContext(messages: readonly MessageRow[], own: readonly OwnIntent[]): Vote[] {
  let request: Vote | null = null;
  return own.map(({ messageIndex, intent, isGiven }) => {
    if (isRequest(intent)) request = intent;
    else if (request !== null && !isGiven && saysNothing(intent) && isAnswer(messages, messageIndex)) {
      const confidence: number = request.confidence * DISCOUNT;
      if (confidence < UNKNOWN_BELOW) return intent;
      request = { label: request.label, confidence, reason: 'context' };
      return request;
    }
    return intent;
  });
}

function isRequest({ label }: Vote): boolean {
  return !NOT_GONE_ON_WITH.has(label) && !SMALL_TALK.has(label);
}

/** Greetings and thanks say something; a text that could not be read at all is left alone. */
function saysNothing({ label, reason }: Vote): boolean {
  return label === OUT_OF_SCOPE || (label === UNKNOWN && (reason === 'short' || reason === 'low_confidence'));
}

/** Whether the last that the other side said asked about the request at hand. */
function isAnswer(messages: readonly MessageRow[], messageIndex: number): boolean {
  for (let n = messageIndex - 1; n >= 0; n--) {
    const message = messages[n];
    if (message === undefined || message.is_private) continue;
    if (message.actor === 'bot' || message.actor === 'agent')
      return endsWithQuestion(message.text) && !INVITES.test(message.text?.slice(-INVITATION_LENGTH) ?? '');
  }
  return false;
}
