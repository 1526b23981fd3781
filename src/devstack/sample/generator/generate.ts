import type { SampleTable } from '../table.js';
import { APPS, createUsers, pickScenario, type App } from './apps.js';
import { createCalendar, DAY_MS, dayText } from './calendar.js';
import { writeChat, writeForeignChat, type Chat } from './chat.js';
import { addDirt } from './dirt.js';
import { toRows } from './chat-rows.js';
import { createRandom, type Random } from './random.js';
import { conversationsTable, messagesTable, type ConversationRow, type MessageRow } from './rows.js';
import { createSlots } from './slots.js';
import { createStyle } from './style.js';
import { FEELINGS } from './texts/moods.js';
import { FOREIGN_TEXTS } from './texts/other-languages.js';
import type { Sentiment } from './texts/scenario.js';

export interface SampleOptions {
  seed?: number;
  /** Conversations before dirt; dirt adds rows of its own. */
  conversations?: number;
  /** Last UTC day, `YYYY-MM-DD`. */
  end?: string;
  /** Days that the conversations spread over. */
  days?: number;
}

/** What a conversation truly is, known because we wrote it. */
export interface Truth {
  topic: string;
  intent: string;
  sentiment: Sentiment;
  /** ISO 639-1 code of the user's texts. */
  language: string;
}

export interface SampleData {
  /** `conversations` and `messages`. */
  tables: SampleTable[];
  /** By conversation id; conversations in which no user speaks, or in no known language, have none. */
  truth: Map<string, Truth>;
  /** Kind of dirt → rows that have it. */
  dirt: Record<string, number>;
  /** UTC days, `YYYY-MM-DD`, of the conversations with a usable start. */
  firstDay: string;
  lastDay: string;
}

export const SAMPLE_DEFAULTS = { seed: 42, conversations: 2000, end: '2026-03-29', days: 28 } as const;

/** Makes conversations of several apps, users, languages and weeks, with their true labels; the same for the same options. */
export function generateSample(options: SampleOptions = {}): SampleData {
  const { seed, conversations: count, end, days } = { ...SAMPLE_DEFAULTS, ...options };
  const random = createRandom(seed, 'conversations');
  const nextStart = createCalendar(createRandom(seed, 'calendar'), end, days);
  const userOf = createUsers(createRandom(seed, 'users'), Math.max(12, Math.round(count * 0.22)));
  const starts = Array.from({ length: count }, nextStart).sort((a, b) => a - b);

  const truth = new Map<string, Truth>();
  const conversations: ConversationRow[] = [];
  const messages: MessageRow[] = [];
  starts.forEach((startedAt, index) => {
    const app = random.weighted(APPS.map((each) => [each, each.weight] as const));
    const id = `c-${String(index + 1).padStart(6, '0')}`;
    const { chat, meaning } = talk(app, random);
    truth.set(id, meaning);
    const rows = toRows(id, app, userOf(app), startedAt, chat, meaning.sentiment, random);
    conversations.push(rows.conversation);
    messages.push(...rows.messages);
  });
  messages.sort((a, b) => compareText(a.sent_at, b.sent_at));
  messages.forEach((message, index) => {
    message.message_id = `m-${String(index + 1).padStart(7, '0')}`;
  });
  const dirt = addDirt({ conversations, messages }, createRandom(seed, 'dirt'));
  return {
    tables: [conversationsTable(conversations), messagesTable(messages)],
    truth,
    dirt,
    firstDay: dayText(Date.parse(`${end}T00:00:00Z`) - (days - 1) * DAY_MS),
    lastDay: end,
  };
}

function talk(app: App, random: Random): { chat: Chat; meaning: Truth } {
  const slots = createSlots(random);
  if (random.chance(0.08)) {
    const foreign = random.pick(FOREIGN_TEXTS);
    const { topic, intent, sentiment, language } = foreign;
    return {
      chat: writeForeignChat(foreign, slots, random),
      meaning: { topic, intent, sentiment, language },
    };
  }
  const scenario = pickScenario(app, random);
  const sentiment = random.weighted(FEELINGS[scenario.mood]);
  const chat = writeChat(scenario, sentiment, slots, createStyle(random), random);
  return { chat, meaning: { topic: scenario.topic, intent: scenario.intent, sentiment, language: 'en' } };
}

function compareText(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : Number((a ?? '') > (b ?? ''));
}
