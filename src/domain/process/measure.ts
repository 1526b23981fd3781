import type { Actor } from '../schema.js';
import { IDLE_MS } from './context.js';

/** What the measures need of a message, in order of the conversation. */
export interface TimedMessage {
  actor: Actor;
  isPrivate: boolean;
  isAutoReply: boolean;
  /** Epoch ms. */
  sentAt: number;
  timeValid: boolean;
}

export interface Counts {
  n_user: number;
  n_bot: number;
  n_agent: number;
  n_system: number;
  n_other: number;
  n_private: number;
}

/** Messages by actor; private ones count as private only, so that the six add up to all messages. */
export function countMessages(messages: readonly TimedMessage[]): Counts {
  const counts: Counts = { n_user: 0, n_bot: 0, n_agent: 0, n_system: 0, n_other: 0, n_private: 0 };
  for (const message of messages) {
    if (message.isPrivate) counts.n_private++;
    else counts[`n_${message.actor}`]++;
  }
  return counts;
}

/** Public messages between the user and those who answer. */
export function isExchange(message: Pick<TimedMessage, 'actor' | 'isPrivate'>): boolean {
  return (
    !message.isPrivate && (message.actor === 'user' || message.actor === 'bot' || message.actor === 'agent')
  );
}

/** An answer by a bot or an agent; automatic and private messages are none. */
export function isReply(message: Pick<TimedMessage, 'actor' | 'isPrivate' | 'isAutoReply'>): boolean {
  return !message.isPrivate && !message.isAutoReply && (message.actor === 'bot' || message.actor === 'agent');
}

export function isUserMessage(message: Pick<TimedMessage, 'actor' | 'isPrivate'>): boolean {
  return !message.isPrivate && message.actor === 'user';
}

/** Runs of public messages of one actor among user, bot and agent. */
export function countTurns(messages: readonly TimedMessage[]): number {
  let turns = 0;
  let previous: Actor | null = null;
  for (const message of messages) {
    if (!isExchange(message)) continue;
    if (message.actor !== previous) turns++;
    previous = message.actor;
  }
  return turns;
}

/** Seconds between public non-system messages, gaps of more than 24 h left out. Null under two timed messages. */
export function durationSeconds(messages: readonly TimedMessage[]): number | null {
  let sum = 0;
  let seen = 0;
  let previous = 0;
  for (const message of messages) {
    if (message.isPrivate || message.actor === 'system' || !message.timeValid) continue;
    const gap = message.sentAt - previous;
    if (seen > 0 && gap <= IDLE_MS) sum += gap;
    seen++;
    previous = message.sentAt;
  }
  return seen < 2 ? null : sum / 1000;
}

/**
 * Seconds by message: for the first reply to a run of user messages the wait since the first message of that run,
 * null for all others. Automatic, private, system and other messages neither answer nor end a run.
 */
export function replyTimes(messages: readonly TimedMessage[]): (number | null)[] {
  let waiting: TimedMessage | null = null;
  return messages.map((message) => {
    if (isUserMessage(message)) {
      waiting ??= message;
      return null;
    }
    if (waiting === null || !isReply(message)) return null;
    const start: TimedMessage = waiting;
    waiting = null;
    return secondsBetween(start, message);
  });
}

export interface FirstResponses {
  first_response_s: number | null;
  first_bot_response_s: number | null;
  first_agent_response_s: number | null;
}

/**
 * First responses after the first user message, in seconds. The clock of an agent who follows a bot starts at the
 * first message of the last user run before the agent; all others start at the first user message. A conversation that
 * an agent began has no first response by agents, and none at all: the user answered, not the other way round.
 */
export function firstResponses(messages: readonly TimedMessage[]): FirstResponses {
  const none = { first_response_s: null, first_bot_response_s: null, first_agent_response_s: null };
  const first = messages.findIndex(isUserMessage);
  const start = messages[first];
  if (start === undefined) return none;
  const after = messages.slice(first + 1).filter(isReply);
  const bot = after.find((message) => message.actor === 'bot');
  const first_bot_response_s = bot === undefined ? null : secondsBetween(start, bot);
  if (messages.find(isExchange)?.actor === 'agent') return { ...none, first_bot_response_s };
  const any = after[0];
  const agent = after.find((message) => message.actor === 'agent');
  const agentStart = agent === undefined ? undefined : agentClockStart(messages, agent);
  const first_agent_response_s =
    agent === undefined || agentStart === undefined ? null : secondsBetween(agentStart, agent);
  // where an agent answers first, both figures run on one clock
  const first_response_s =
    any === undefined ? null : any === agent ? first_agent_response_s : secondsBetween(start, any);
  return { first_response_s, first_bot_response_s, first_agent_response_s };
}

function agentClockStart(messages: readonly TimedMessage[], agent: TimedMessage): TimedMessage | undefined {
  const before = messages.slice(0, messages.indexOf(agent));
  const followsBot = before.some((message) => message.actor === 'bot' && isReply(message));
  return followsBot ? lastUserRunStart(before) : before.find(isUserMessage);
}

/**
 * When the conversation passed from a bot to people, epoch ms: the first message of the last user run before the first
 * agent reply that has both a bot's reply and a user message before it. Inferred, since sources of messages alone do
 * not say it. Null: no such reply.
 */
export function handoffAt(messages: readonly TimedMessage[]): number | null {
  let botSeen = false;
  for (const [index, message] of messages.entries()) {
    if (!isReply(message)) continue;
    if (message.actor === 'bot') {
      botSeen = true;
    } else if (botSeen) {
      const start = lastUserRunStart(messages.slice(0, index));
      if (start !== undefined) return start.sentAt;
    }
  }
  return null;
}

/** First message of the last run of user messages; replies end a run, all else does not. */
function lastUserRunStart(messages: readonly TimedMessage[]): TimedMessage | undefined {
  let start: TimedMessage | undefined;
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i];
    if (message === undefined) continue;
    if (isUserMessage(message)) start = message;
    else if (start !== undefined && isReply(message)) break;
  }
  return start;
}

/** Null where one of the two times is only a place, or the difference is negative. */
function secondsBetween(from: TimedMessage, to: TimedMessage): number | null {
  if (!from.timeValid || !to.timeValid || to.sentAt < from.sentAt) return null;
  return (to.sentAt - from.sentAt) / 1000;
}
