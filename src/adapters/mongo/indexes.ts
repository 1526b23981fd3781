import type { IndexDescription } from 'mongodb';
import { REPORTS } from '../../domain/report/rows.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES, TRANSLATIONS } from '../../domain/schema.js';
import { USER_ANALYTICS_COLLECTION } from '../../domain/users/analytics.js';

/** Indexes by collection: what the product and its users look up. Creating one that is there changes nothing. */
export const INDEXES: Record<string, IndexDescription[]> = {
  [CONVERSATIONS.collection]: [
    { key: { app_id: 1, started_at: 1 }, name: 'app_day' },
    { key: { started_at: 1 }, name: 'day' },
    { key: { user_id: 1 }, name: 'user' },
    { key: { topic: 1, started_at: 1 }, name: 'topic_day' },
    { key: { intent: 1, started_at: 1 }, name: 'intent_day' },
  ],
  [USER_ANALYTICS_COLLECTION]: [{ key: { app_id: 1, lifecycle: 1 }, name: 'app_lifecycle' }],
  [MESSAGES.collection]: [
    { key: { conversation_key: 1, seq: 1 }, name: 'conversation' },
    { key: { sent_at: 1 }, name: 'time' },
  ],
  [CATEGORIES.collection]: [
    { key: { conversation_key: 1 }, name: 'conversation' },
    { key: { task: 1, label: 1 }, name: 'label' },
  ],
  [TRANSLATIONS.collection]: [
    { key: { conversation_key: 1 }, name: 'conversation' },
    { key: { message_key: 1 }, name: 'message' },
  ],
  [REPORTS.collection]: [{ key: { kind: 1, period: 1, app_id: 1, revision: 1 }, name: 'report' }],
};
