import {
  SCHEMA_VERSION,
  type CategoryRow,
  type ConversationRow,
  type MessageRow,
} from '../../../src/domain/schema.js';
import type { LabelledThread } from '../../../src/domain/thread.js';

export interface ThreadShape {
  /** Conversation id; its key is `s:<id>`. */
  id: string;
  /** Epoch ms. */
  startedAt: number;
  fetchedAt: number;
  runId: string;
  appId?: string | null;
  /** Text of each message. */
  texts?: string[];
  /** Distinguishes versions of one conversation. */
  status?: string | null;
  updatedAt?: number | null;
  endedAt?: number | null;
}

/** A whole labelled conversation: two categories of it, and one of each message. */
export function labelledThread(shape: ThreadShape): LabelledThread {
  const {
    id,
    startedAt,
    fetchedAt,
    runId,
    appId = 'web',
    texts = ['hello', 'thanks'],
    status = 'open',
  } = shape;
  const key = `s:${id}`;
  const provenance = { source: 's', fetched_at: fetchedAt, run_id: runId, schema_version: SCHEMA_VERSION };
  const conversation: ConversationRow = {
    conversation_key: key,
    conversation_id: id,
    source_row_id: `row-${id}`,
    app_id: appId,
    user_id: null,
    started_at: startedAt,
    started_at_basis: 'mapped',
    first_user_message_at: texts.length === 0 ? null : startedAt,
    last_message_at: texts.length === 0 ? null : startedAt + (texts.length - 1) * 60_000,
    ended_at: shape.endedAt ?? null,
    status_raw: status,
    status: 'open',
    closed_at: null,
    resolution_source: null,
    handoff_at: null,
    n_user: texts.length,
    n_bot: 0,
    n_agent: 0,
    n_system: 0,
    n_other: 0,
    n_private: 0,
    turns: texts.length,
    duration_s: texts.length < 2 ? null : (texts.length - 1) * 60.5,
    first_response_s: null,
    first_bot_response_s: null,
    first_agent_response_s: null,
    engaged: texts.length > 0,
    outbound_only: false,
    bot_involved: false,
    unanswered: null,
    outcome: texts.length === 0 ? 'empty' : 'pending',
    language: 'en',
    language_confidence: 0.75,
    topic: 'billing',
    intent: 'ask',
    intent_secondary: null,
    topic_confidence: 0.9,
    intent_confidence: 0.8,
    sentiment: 'neutral',
    sentiment_score: -0.125,
    sentiment_start: null,
    sentiment_end: null,
    sentiment_shift: null,
    model_version: 'm1',
    taxonomy_version: 't1',
    quality_flags: ['a', 'b'],
    source_created_at: startedAt,
    source_updated_at: shape.updatedAt ?? null,
    deleted_at: null,
    ...provenance,
  };
  const messages = texts.map((text, seq): MessageRow => ({
    message_key: `s:m:${id}-${seq}`,
    conversation_key: key,
    message_id: `${id}-${seq}`,
    source_row_id: `mrow-${id}-${seq}`,
    app_id: appId,
    seq,
    sent_at: startedAt + seq * 60_000,
    role_raw: 'user',
    actor: 'user',
    agent_id: null,
    is_private: false,
    is_auto_reply: false,
    content_type: 'text',
    text,
    text_raw: text,
    char_count: text.length,
    language: 'en',
    language_confidence: 0.5,
    reply_time_s: seq === 0 ? null : 60.25,
    quality_flags: [],
    ...provenance,
  }));
  const category = (subject: string, messageKey: string | null, task: string): CategoryRow => ({
    category_key: `${subject}#${task}#1`,
    subject_type: messageKey === null ? 'conversation' : 'message',
    conversation_key: key,
    message_key: messageKey,
    task,
    rank: 1,
    label: 'ask',
    score: null,
    confidence: 0.8,
    reason: null,
    origin: 'model',
    text_basis: 'original',
    model_version: 'm1',
    taxonomy_version: 't1',
    ...provenance,
  });
  return {
    conversation,
    messages,
    categories: [
      category(key, null, 'topic'),
      category(key, null, 'intent'),
      ...messages.map((message) => category(message.message_key, message.message_key, 'intent')),
    ],
  };
}
