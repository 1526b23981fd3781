import type { CategoryRow, ConversationRow, MessageRow } from './schema.js';

/** Columns of a conversation that only categorizing can fill. */
const LABEL_COLUMNS = [
  'topic',
  'intent',
  'intent_secondary',
  'topic_confidence',
  'intent_confidence',
  'sentiment',
  'sentiment_score',
  'sentiment_start',
  'sentiment_end',
  'sentiment_shift',
  'model_version',
  'taxonomy_version',
] as const satisfies (keyof ConversationRow)[];
export type LabelColumns = Pick<ConversationRow, (typeof LABEL_COLUMNS)[number]>;

/** Columns that need the intents: filled by `settle(facts, labels)`. */
const SETTLED_COLUMNS = ['outcome', 'unanswered'] as const satisfies (keyof ConversationRow)[];
export type SettledColumns = Pick<ConversationRow, (typeof SETTLED_COLUMNS)[number]>;

/** Names of the columns that the process stage leaves to the stages after it. */
export const COLUMNS_AFTER_PROCESS: readonly string[] = [...LABEL_COLUMNS, ...SETTLED_COLUMNS];

/** What `process` knows of a conversation: every column but labels and what depends on them. */
export type ConversationFacts = Omit<ConversationRow, keyof LabelColumns | keyof SettledColumns>;

/** Output of the process stage for one conversation; messages in order of `seq`. */
export interface ThreadFacts {
  conversation: ConversationFacts;
  messages: MessageRow[];
}

/** Output of the categorize stage: whole rows, ready to be stored. */
export interface LabelledThread {
  conversation: ConversationRow;
  messages: MessageRow[];
  categories: CategoryRow[];
}
