import type { HumanLabel } from '../domain/categorize/human.js';

/** A label of a person with the conversation that it is about. */
export interface StoredLabel extends HumanLabel {
  /** `<source>:<conversation id>` */
  conversationKey: string;
  /** When it was last given, epoch ms. */
  labelledAt: number;
}

export interface PutLabelsResult {
  added: number;
  /** Those that had said something else before. */
  changed: number;
  unchanged: number;
}

/** What people said of conversations and messages: the system of record, which no collection replaces. */
export interface HumanLabelStore {
  /** Adds labels; one for the same conversation, message and task is replaced. Safe to repeat and from several processes. */
  put(labels: readonly StoredLabel[], signal?: AbortSignal): Promise<PutLabelsResult>;
  /**
   * Labels of these conversations, by conversation key; those without any are left out.
   * @param conversationKeys asked for only where there are labels at all
   */
  of(conversationKeys: () => readonly string[], signal?: AbortSignal): Promise<Map<string, StoredLabel[]>>;
  /** All, in order of conversation, message and task. */
  all(signal?: AbortSignal): Promise<StoredLabel[]>;
}
