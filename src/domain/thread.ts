import type { CategoryRow, ConversationRow, MessageRow } from './schema.js';

/** Columns of a conversation that only categorizing and settling can fill. */
export type LabelColumns = Pick<
  ConversationRow,
  | 'topic'
  | 'intent'
  | 'intent_secondary'
  | 'topic_confidence'
  | 'intent_confidence'
  | 'sentiment'
  | 'sentiment_score'
  | 'sentiment_start'
  | 'sentiment_end'
  | 'sentiment_shift'
  | 'model_version'
  | 'taxonomy_version'
>;

/** Columns that need the intents: filled by `settle(facts, labels)`. */
export type SettledColumns = Pick<ConversationRow, 'outcome' | 'unanswered'>;

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
