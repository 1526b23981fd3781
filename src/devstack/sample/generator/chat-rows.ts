import type { App } from './apps.js';
import { timeText } from './calendar.js';
import type { Chat } from './chat.js';
import type { Random } from './random.js';
import type { ConversationRow, MessageRow } from './rows.js';
import type { Sentiment } from './texts/scenario.js';

const STARS: Record<Sentiment, readonly number[]> = {
  very_negative: [1, 1, 2],
  negative: [2, 2, 3],
  neutral: [3, 3, 4],
  positive: [4, 4, 5],
  very_positive: [5, 5, 4],
};

/** Rows of one conversation as its app would write them. */
export function toRows(
  id: string,
  app: App,
  userId: string | null,
  startedAt: number,
  chat: Chat,
  sentiment: Sentiment | null,
  random: Random,
): { conversation: ConversationRow; messages: MessageRow[] } {
  let at = startedAt;
  const agentId = `agent-${random.int(1, 8)}`;
  const messages = chat.turns.map((turn): MessageRow => {
    at += turn.gap * 1000;
    return {
      CreatedAt: timeText(at),
      UpdatedAt: null,
      message_id: null,
      conversation_id: id,
      role: app.roles[turn.speaker],
      content: turn.text,
      sent_at: timeText(at),
      agent_id: turn.speaker === 'agent' ? agentId : null,
      is_private: turn.isPrivate,
      attachments: null,
    };
  });
  const status = random.weighted(
    chat.ending === 'left'
      ? [
          ['open', 6],
          ['pending', 2],
          ['closed', 2],
        ]
      : [
          ['closed', 5],
          ['resolved', 4],
          ['Solved', 1],
          ['open', 1],
          [chat.ending === 'handed_over' ? 'escalated' : 'open', 1],
        ],
  );
  const isClosed = ['closed', 'resolved', 'Solved'].includes(status);
  const closedAt = isClosed && random.chance(0.9) ? timeText(at + random.int(30, 7200) * 1000) : null;
  const conversation: ConversationRow = {
    CreatedAt: timeText(startedAt),
    UpdatedAt: closedAt,
    conversation_id: id,
    app_id: app.id,
    user_id: userId,
    started_at: timeText(startedAt),
    status,
    closed_at: closedAt,
    channel: app.channel,
    rating: isClosed && sentiment !== null && random.chance(0.3) ? random.pick(STARS[sentiment]) : null,
  };
  return { conversation, messages };
}
