import { defineTable, type RowOf } from './table.js';

/** Version of the columns below; every row carries it. */
export const SCHEMA_VERSION = 1;

/** Columns that every table ends with. `fetched_at` is the version of a conversation and all its children. */
const PROVENANCE = {
  source: 'str!',
  fetched_at: 'ts!',
  run_id: 'str!',
  schema_version: 'i32!',
} as const;

/** One row a conversation. Null rules: docs/data-formats.md. */
export const CONVERSATIONS = defineTable({
  collection: 'conversation_analytics',
  file: 'conversations',
  key: 'conversation_key',
  columns: {
    conversation_key: 'str!',
    conversation_id: 'str!',
    source_row_id: 'str!',
    app_id: 'str',
    user_id: 'str',
    started_at: 'ts!',
    started_at_basis: 'str!',
    first_user_message_at: 'ts',
    last_message_at: 'ts',
    ended_at: 'ts',
    status_raw: 'str',
    status: 'str',
    closed_at: 'ts',
    resolution_source: 'str',
    handoff_at: 'ts',
    n_user: 'i32!',
    n_bot: 'i32!',
    n_agent: 'i32!',
    n_system: 'i32!',
    n_other: 'i32!',
    n_private: 'i32!',
    turns: 'i32!',
    duration_s: 'f64',
    first_response_s: 'f64',
    first_bot_response_s: 'f64',
    first_agent_response_s: 'f64',
    engaged: 'bool!',
    outbound_only: 'bool!',
    bot_involved: 'bool!',
    unanswered: 'bool',
    outcome: 'str!',
    language: 'str',
    language_confidence: 'f32',
    topic: 'str',
    intent: 'str',
    intent_secondary: 'str',
    topic_confidence: 'f32',
    intent_confidence: 'f32',
    sentiment: 'str',
    sentiment_score: 'f32',
    sentiment_start: 'f32',
    sentiment_end: 'f32',
    sentiment_shift: 'f32',
    model_version: 'str',
    taxonomy_version: 'str',
    quality_flags: 'list<str>!',
    source_created_at: 'ts',
    source_updated_at: 'ts',
    deleted_at: 'ts',
    ...PROVENANCE,
  },
});

/** One row a message, ordered by `seq` within its conversation. */
export const MESSAGES = defineTable({
  collection: 'conversation_messages',
  file: 'messages',
  key: 'message_key',
  columns: {
    message_key: 'str!',
    conversation_key: 'str!',
    message_id: 'str!',
    source_row_id: 'str!',
    app_id: 'str',
    seq: 'i32!',
    sent_at: 'ts!',
    role_raw: 'str',
    actor: 'str!',
    agent_id: 'str',
    is_private: 'bool!',
    is_auto_reply: 'bool!',
    content_type: 'str!',
    text: 'str',
    text_raw: 'str',
    char_count: 'i32!',
    language: 'str',
    language_confidence: 'f32',
    reply_time_s: 'f64',
    quality_flags: 'list<str>!',
    ...PROVENANCE,
  },
});

/** One row a subject, task and rank. `category_key` = `<subject key>#<task>#<rank>`. */
export const CATEGORIES = defineTable({
  collection: 'conversation_categories',
  file: 'categories',
  key: 'category_key',
  columns: {
    category_key: 'str!',
    subject_type: 'str!',
    conversation_key: 'str!',
    message_key: 'str',
    task: 'str!',
    rank: 'i8!',
    label: 'str!',
    score: 'f32',
    confidence: 'f32',
    reason: 'str',
    origin: 'str!',
    text_basis: 'str!',
    model_version: 'str',
    taxonomy_version: 'str!',
    ...PROVENANCE,
  },
});

/** One row a translated message and target language. Empty until translation is switched on. */
export const TRANSLATIONS = defineTable({
  collection: 'conversation_translations',
  file: 'translations',
  key: 'translation_key',
  columns: {
    translation_key: 'str!',
    message_key: 'str!',
    conversation_key: 'str!',
    source_language: 'str',
    source_confidence: 'f32',
    target_language: 'str!',
    text: 'str',
    text_hash: 'str!',
    engine: 'str!',
    engine_version: 'str!',
    status: 'str!',
    error_code: 'str',
    translated_at: 'ts!',
    ...PROVENANCE,
  },
});

/** The tables of one committed day. */
export const DAY_TABLES = [CONVERSATIONS, MESSAGES, CATEGORIES, TRANSLATIONS] as const;

export type ConversationRow = RowOf<typeof CONVERSATIONS>;
export type MessageRow = RowOf<typeof MESSAGES>;
export type CategoryRow = RowOf<typeof CATEGORIES>;
export type TranslationRow = RowOf<typeof TRANSLATIONS>;

export const ACTORS = ['user', 'bot', 'agent', 'system', 'other'] as const;
export type Actor = (typeof ACTORS)[number];
export const OUTCOMES = [
  'empty',
  'outbound_only',
  'pending',
  'escalated',
  'agent_handled',
  'unanswered',
  'abandoned',
  'contained',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const CONTENT_TYPES = ['text', 'json', 'attachment', 'empty'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];
export const TASKS = ['topic', 'intent', 'sentiment'] as const;
export type Task = (typeof TASKS)[number];
