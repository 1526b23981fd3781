import { APPS, createUsers } from '../../src/devstack/sample/generator/apps.js';
import { createCalendar, dayText } from '../../src/devstack/sample/generator/calendar.js';
import { toRows } from '../../src/devstack/sample/generator/chat-rows.js';
import type { Chat } from '../../src/devstack/sample/generator/chat.js';
import { addDirt } from '../../src/devstack/sample/generator/dirt.js';
import { generateSample } from '../../src/devstack/sample/generator/generate.js';
import { createRandom } from '../../src/devstack/sample/generator/random.js';
import type { ConversationRow, MessageRow } from '../../src/devstack/sample/generator/rows.js';
import { readSgd, type SgdDialog } from './realistic-sgd.js';

export interface RealisticDataset {
  /** Rows in the order in which they should get their primary keys; no system columns. */
  conversationRows: Record<string, unknown>[];
  messageRows: Record<string, unknown>[];
  /** Both tables as NocoDB can be told to make them. */
  tables: {
    title: string;
    columns: { title: string; uidt: string }[];
    rows: Record<string, unknown>[];
  }[];
  source: 'sgd' | 'generated';
  /** Kind of dirt → rows that have it. */
  dirt: Record<string, number>;
  /** Inclusive UTC days that hold the conversations. */
  startDate: string;
  endDate: string;
}

const CONVERSATION_COLUMNS = {
  conversation_id: 'SingleLineText',
  app_id: 'SingleLineText',
  user_id: 'SingleLineText',
  started_at: 'DateTime',
  status: 'SingleLineText',
  closed_at: 'DateTime',
};
const MESSAGE_COLUMNS = {
  message_id: 'SingleLineText',
  conversation_id: 'SingleLineText',
  role: 'SingleLineText',
  content: 'LongText',
  sent_at: 'DateTime',
  agent_id: 'SingleLineText',
  is_private: 'Checkbox',
  attachments: 'Attachment',
};

const END = '2026-03-13';
const DAYS = 5;
const SEED = 7;

/**
 * Conversations between people and assistants over five days, with dirt of every kind: from the Schema-Guided Dialogue
 * data set where the directory of data sets has it (`CONVERSATION_ANALYTICS_DATASETS`, else the default place), else
 * generated. The same input gives the same rows.
 */
export function realisticDataset({ conversations }: { conversations: number }): RealisticDataset {
  const dialogs = readSgd(conversations);
  const { rows, dirt } = dialogs ? fromDialogs(dialogs) : generated(conversations);
  const conversationRows = rows.conversations.map((row) => pick(row, CONVERSATION_COLUMNS));
  const messageRows = rows.messages.map((row) => pick(row, MESSAGE_COLUMNS));
  return {
    conversationRows,
    messageRows,
    tables: [
      { title: 'conversations', columns: columns(CONVERSATION_COLUMNS), rows: conversationRows },
      { title: 'messages', columns: columns(MESSAGE_COLUMNS), rows: messageRows },
    ],
    source: dialogs ? 'sgd' : 'generated',
    dirt,
    startDate: dayText(Date.parse(`${END}T00:00:00Z`) - (DAYS - 1) * 86_400_000),
    endDate: END,
  };
}

interface Made {
  rows: { conversations: ConversationRow[]; messages: MessageRow[] };
  dirt: Record<string, number>;
}

function generated(conversations: number): Made {
  const sample = generateSample({ seed: SEED, conversations, end: END, days: DAYS });
  const [talks, messages] = sample.tables.map(({ rows }) => rows);
  return {
    rows: { conversations: talks as ConversationRow[], messages: messages as MessageRow[] },
    dirt: sample.dirt,
  };
}

function fromDialogs(dialogs: SgdDialog[]): Made {
  const random = createRandom(SEED, 'sgd');
  const nextStart = createCalendar(createRandom(SEED, 'sgd calendar'), END, DAYS);
  const userOf = createUsers(createRandom(SEED, 'sgd users'), Math.max(12, Math.round(dialogs.length / 4)));
  const rows: Made['rows'] = { conversations: [], messages: [] };
  for (const dialog of dialogs) {
    const app = random.weighted(APPS.map((each) => [each, each.weight] as const));
    const chat: Chat = {
      turns: dialog.turns.map(({ s, t }, index) => ({
        speaker: s === 'U' ? 'user' : 'bot',
        text: t,
        isPrivate: false,
        gap: index === 0 ? 0 : s === 'U' ? random.int(8, 180) : random.int(1, 8),
      })),
      ending: random.chance(0.8) ? 'solved' : 'left',
    };
    const made = toRows(`sgd-${dialog.id}`, app, userOf(app), nextStart(), chat, null, random);
    // Some apps number the messages of each conversation from 0, others all their messages.
    const prefix = random.chance(0.5) ? `sgd-${dialog.id}/` : '';
    made.messages.forEach((message, index) => {
      rows.messages.push({ ...message, message_id: `${prefix}${index}` });
    });
    rows.conversations.push(made.conversation);
  }
  return { rows, dirt: addDirt(rows, createRandom(SEED, 'sgd dirt')) };
}

function columns(types: Record<string, string>): { title: string; uidt: string }[] {
  return Object.entries(types).map(([title, uidt]) => ({ title, uidt }));
}

function pick(row: Record<string, unknown>, titles: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(titles).map((title) => [title, row[title] ?? null]));
}
