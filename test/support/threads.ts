import {
  SCHEMA_VERSION,
  type CategoryRow,
  type ConversationRow,
  type MessageRow,
} from '../../src/domain/schema.js';
import type { LabelledThread } from '../../src/domain/thread.js';

export interface ThreadOptions {
  id: string;
  fetchedAt?: number;
  runId?: string;
  startedAt?: number;
  appId?: string | null;
  /** Ids of its messages. */
  messages?: string[];
  conversation?: Partial<ConversationRow>;
}

export const SOURCE = 'test';

/** A labelled thread with every column, for tests of what stores it. */
export function labelledThread(options: ThreadOptions): LabelledThread {
  const {
    id,
    fetchedAt = 1_000,
    runId = 'run',
    startedAt = Date.UTC(2024, 2, 1, 12),
    appId = 'app',
  } = options;
  const provenance = { source: SOURCE, fetched_at: fetchedAt, run_id: runId, schema_version: SCHEMA_VERSION };
  const key = `${SOURCE}:${id}`;
  const messages = (options.messages ?? [`${id}-1`, `${id}-2`]).map((messageId, seq): MessageRow => ({
    message_key: `${SOURCE}:m:${messageId}`,
    conversation_key: key,
    message_id: messageId,
    source_row_id: messageId,
    app_id: appId,
    seq,
    sent_at: startedAt + seq * 1_000,
    role_raw: seq % 2 === 0 ? 'user' : 'bot',
    actor: seq % 2 === 0 ? 'user' : 'bot',
    agent_id: null,
    is_private: false,
    is_auto_reply: false,
    content_type: 'text',
    text: `text of ${messageId} 😀`,
    text_raw: `text of ${messageId} 😀`,
    char_count: 12,
    language: 'en',
    language_confidence: 0.5,
    reply_time_s: seq === 1 ? 1 : null,
    quality_flags: [],
    ...provenance,
  }));
  const conversation: ConversationRow = {
    conversation_key: key,
    conversation_id: id,
    source_row_id: id,
    app_id: appId,
    user_id: 'user',
    started_at: startedAt,
    started_at_basis: 'mapped',
    first_user_message_at: messages[0]?.sent_at ?? null,
    last_message_at: messages.at(-1)?.sent_at ?? null,
    ended_at: null,
    status_raw: null,
    status: null,
    closed_at: null,
    resolution_source: null,
    handoff_at: null,
    n_user: messages.filter(({ actor }) => actor === 'user').length,
    n_bot: messages.filter(({ actor }) => actor === 'bot').length,
    n_agent: 0,
    n_system: 0,
    n_other: 0,
    n_private: 0,
    turns: messages.length,
    duration_s: null,
    first_response_s: null,
    first_bot_response_s: null,
    first_agent_response_s: null,
    engaged: messages.length > 0,
    outbound_only: false,
    bot_involved: messages.length > 1,
    unanswered: null,
    outcome: messages.length > 0 ? 'pending' : 'empty',
    language: 'en',
    language_confidence: 0.5,
    topic: 'billing_payment',
    intent: 'get_invoice',
    intent_secondary: null,
    topic_confidence: 0.75,
    intent_confidence: 0.5,
    sentiment: 'neutral',
    sentiment_score: 0,
    sentiment_start: 0,
    sentiment_end: 0,
    sentiment_shift: null,
    model_version: 'm1',
    taxonomy_version: 't1',
    quality_flags: ['html_stripped'],
    source_created_at: startedAt,
    source_updated_at: null,
    deleted_at: null,
    ...provenance,
    ...options.conversation,
  };
  const categories = [
    { subject: key, message: null },
    ...messages.map((m) => ({ subject: m.message_key, message: m })),
  ].map(({ subject, message }): CategoryRow => ({
    category_key: `${subject}#intent#1`,
    subject_type: message === null ? 'conversation' : 'message',
    conversation_key: key,
    message_key: message?.message_key ?? null,
    task: 'intent',
    rank: 1,
    label: 'get_invoice',
    score: null,
    confidence: 0.5,
    reason: null,
    origin: 'model',
    text_basis: 'original',
    model_version: 'm1',
    taxonomy_version: 't1',
    ...provenance,
  }));
  return { conversation, messages, categories };
}
