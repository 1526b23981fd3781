import { APPS } from './apps.js';
import { DAY_MS, timeText } from './calendar.js';
import { writeCampaign, writeInventedChat } from './chat.js';
import { toRows } from './chat-rows.js';
import { htmlOf, jsonOf, longText, mixedUnicode } from './dirty-text.js';
import type { Random } from './random.js';
import type { ConversationRow, MessageRow } from './rows.js';
import { createSlots } from './slots.js';
import { INVENTED_TEXTS } from './texts/other-languages.js';

/** Rows to spoil; lists are changed in place. */
export interface Rows {
  conversations: ConversationRow[];
  messages: MessageRow[];
}

/** Kinds of dirt and how many rows of each for 1,000 conversations; at least 2, the long message once. */
const RATES = {
  html: 10,
  mixed_unicode: 10,
  json_content: 8,
  role_null: 5,
  role_odd: 6,
  content_null: 5,
  content_blank: 5,
  attachment_only: 6,
  message_time_null: 5,
  message_time_before_2000: 3,
  message_time_out_of_order: 8,
  very_long_message: 0,
  duplicate_message: 6,
  message_id_missing: 3,
  orphan_message: 6,
  duplicate_conversation: 6,
  conversation_id_missing: 3,
  started_at_null: 3,
  started_at_before_2000: 2,
  started_at_future: 2,
  conversation_without_messages: 6,
  conversation_without_user_id: 0,
  status_odd: 6,
  app_id_missing: 4,
  outbound_only: 8,
  unknown_language: 4,
} as const;

export type Dirt = keyof typeof RATES;

const ODD_ROLES = ['narrator', 'human', '???', 'assistant-v2', ' '];
const ODD_STATUSES = ['archived', 'WAITING_3RD_PARTY', '  Closed ', '-'];

/**
 * Spoils rows in every way that a collector has to survive. Rows are chosen by chance alone, so no kind of dirt goes
 * with a label; what the user said stays readable: texts are wrapped, never replaced, and roles are only taken from
 * those who answer.
 * @returns how many rows have each kind
 */
export function addDirt(rows: Rows, random: Random): Record<Dirt, number> {
  const spoiler = new Spoiler(rows, random);
  const counts = Object.fromEntries(Object.keys(RATES).map((kind) => [kind, 0])) as Record<Dirt, number>;
  spoiler.messages(counts);
  spoiler.conversations(counts);
  return counts;
}

class Spoiler {
  private readonly size: number;
  /** Rows that carry dirt already: each row has one kind, so that the counts stay exact. */
  private readonly used = new Set<unknown>();
  private sequence = 0;

  constructor(
    private readonly rows: Rows,
    private readonly random: Random,
  ) {
    this.size = rows.conversations.length;
  }

  messages(counts: Record<Dirt, number>): void {
    const { random } = this;
    const all = this.rows.messages;
    const answers = all.filter(({ role }) =>
      APPS.some(({ roles }) => roles.bot === role || roles.agent === role),
    );
    const change = (kind: Dirt, from: MessageRow[], spoil: (row: MessageRow) => void): void => {
      counts[kind] = this.choose(kind, from).map(spoil).length;
    };
    const texts = all.filter(({ content }) => (content ?? '').length > 3);
    change('html', texts, (row) => (row.content = htmlOf(row.content ?? '', random)));
    change('mixed_unicode', texts, (row) => (row.content = mixedUnicode(row.content ?? '', random)));
    change('json_content', texts, (row) => (row.content = jsonOf(row.content ?? '', random)));
    change('role_null', answers, (row) => (row.role = null));
    change('role_odd', answers, (row) => (row.role = random.pick(ODD_ROLES)));
    change('message_time_null', all, (row) => (row.sent_at = null));
    change('message_time_before_2000', all, (row) => (row.sent_at = '1970-01-01T00:00:00.000Z'));
    change('message_time_out_of_order', all, (row) => {
      row.sent_at = timeText(Date.parse(row.sent_at ?? row.CreatedAt) - random.int(60, 3600) * 1000);
    });

    // Rows of their own, said by the user somewhere in a conversation.
    const add = (kind: Dirt, make: (near: MessageRow) => Partial<MessageRow>): void => {
      counts[kind] = this.choose(kind, all).map((near) => this.addMessage(near, make(near))).length;
    };
    add('content_null', () => ({ content: null }));
    add('content_blank', () => ({ content: random.pick(['', '   ', '\n\t ']) }));
    add('attachment_only', () => ({
      content: random.pick([null, '']),
      attachments: [
        {
          title: 'photo.jpg',
          mimetype: 'image/jpeg',
          url: `https://files.example/${random.int(1, 9999)}.jpg`,
        },
      ],
    }));
    add('very_long_message', () => ({ content: longText(100_000) }));
    add('message_id_missing', () => ({ message_id: null, content: 'Sent without an id' }));
    add('orphan_message', () => ({
      conversation_id: random.pick([null, `gone-${random.int(1, 999)}`]),
      content: 'Who is there?',
    }));
    counts.duplicate_message = this.choose('duplicate_message', all).map((row) => {
      const touched = Date.parse(row.CreatedAt) + random.pick([-60_000, 0, 60_000]);
      this.addMessage(row, { ...row, CreatedAt: timeText(touched) });
    }).length;
  }

  conversations(counts: Record<Dirt, number>): void {
    const { random } = this;
    const all = [...this.rows.conversations];
    const change = (kind: Dirt, spoil: (row: ConversationRow) => void): void => {
      counts[kind] = this.choose(kind, all).map(spoil).length;
    };
    change('started_at_null', (row) => (row.started_at = null));
    change('started_at_before_2000', (row) => (row.started_at = '1970-01-01T00:00:00.000Z'));
    change('started_at_future', (row) => (row.started_at = '2199-05-01T12:00:00.000Z'));
    change('app_id_missing', (row) => (row.app_id = null));
    change('status_odd', (row) => (row.status = random.pick(ODD_STATUSES)));
    change('duplicate_conversation', (row) => {
      this.duplicate(row);
    });
    const add = (kind: Dirt, make: (near: ConversationRow) => void): void => {
      counts[kind] = this.choose(kind, all).map(make).length;
    };
    add('conversation_id_missing', (near) => {
      this.rows.conversations.push({ ...near, conversation_id: null });
    });
    add('conversation_without_messages', (near) => {
      this.rows.conversations.push({
        ...near,
        conversation_id: this.newId(),
        status: 'open',
        closed_at: null,
      });
    });
    add('outbound_only', (near) => {
      this.addConversation(near, writeCampaign(createSlots(random), random));
    });
    add('unknown_language', (near) => {
      this.addConversation(near, writeInventedChat(random.pick(INVENTED_TEXTS), createSlots(random), random));
    });
    counts.conversation_without_user_id = this.rows.conversations.filter(
      ({ user_id }) => user_id === null,
    ).length;
  }

  private choose<T>(kind: Dirt, from: T[]): T[] {
    const count =
      kind === 'very_long_message' ? 1 : Math.max(2, Math.round((RATES[kind] * this.size) / 1000));
    const chosen: T[] = [];
    // Most rows are free, so drawing again is cheaper than shuffling; the bound ends it where too few are.
    for (let draws = 0; chosen.length < count && draws < 100 * count && from.length > 0; draws += 1) {
      const row = this.random.pick(from);
      if (this.used.has(row)) continue;
      this.used.add(row);
      chosen.push(row);
    }
    return chosen;
  }

  private newId(): string {
    this.sequence += 1;
    return `x-${String(this.sequence).padStart(5, '0')}`;
  }

  private addMessage(near: MessageRow, change: Partial<MessageRow>): void {
    const conversation = this.rows.conversations.find(
      ({ conversation_id }) => conversation_id === near.conversation_id,
    );
    const app = APPS.find(({ id }) => id === conversation?.app_id);
    const row: MessageRow = {
      ...near,
      message_id: this.newId(),
      role: app?.roles.user ?? 'user',
      agent_id: null,
      is_private: false,
      ...change,
    };
    this.used.add(row);
    this.rows.messages.push(row);
  }

  private addConversation(near: ConversationRow, chat: ReturnType<typeof writeCampaign>): void {
    const app = APPS.find(({ id }) => id === near.app_id) ?? APPS[0];
    if (!app || near.started_at === null) return;
    const id = this.newId();
    const rows = toRows(id, app, near.user_id, Date.parse(near.started_at), chat, null, this.random);
    for (const message of rows.messages) this.rows.messages.push({ ...message, message_id: this.newId() });
    this.rows.conversations.push(rows.conversation);
  }

  /** A second row with the same id: newer, older, or equally old; some on another day. */
  private duplicate(row: ConversationRow): void {
    const { random } = this;
    const first = Date.parse(this.rows.conversations[0]?.CreatedAt ?? row.CreatedAt);
    const wanted = random.pick([0, 0, -DAY_MS]);
    // Stays within the days of the sample.
    const shift = Date.parse(row.CreatedAt) + wanted < first ? 0 : wanted;
    const known = Date.parse(row.UpdatedAt ?? row.CreatedAt);
    const touched = random.pick([known + 3_600_000, known, known - 3_600_000]);
    this.rows.conversations.push({
      ...row,
      started_at: row.started_at === null ? null : timeText(Date.parse(row.started_at) + shift),
      CreatedAt: timeText(Math.min(touched, Date.parse(row.CreatedAt))),
      UpdatedAt: timeText(touched),
    });
  }
}
