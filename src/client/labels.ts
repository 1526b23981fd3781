import type { Config } from '../config.js';
import type { CollectProgress } from '../domain/collection.js';
import { withLakeStore } from './lake-store.js';

export const LABEL_TASKS = ['topic', 'intent', 'sentiment'] as const;
export type LabelTask = (typeof LABEL_TASKS)[number];

/** Conversations by label. */
export type LabelCounts = Record<LabelTask, Record<string, number>>;

export interface LabelledConversation {
  conversation_id: string;
  topic: string | null;
  intent: string | null;
  sentiment: string | null;
}

type Scope = Pick<CollectProgress, 'startDate' | 'endDate' | 'appId'>;

/** Topic, intent and sentiment of the committed conversations of a range. @throws PipelineError Lake* */
export async function readConversationLabels(config: Config, scope: Scope): Promise<LabelledConversation[]> {
  const { openLakeReader } = await import('../adapters/lake/index.js');
  return withLakeStore(config, async (store) => {
    const app = scope.appId === null ? '' : ` AND app_id = '${scope.appId.replaceAll("'", "''")}'`;
    const rows = await openLakeReader(store).query<Record<keyof LabelledConversation, string | null>>(
      `SELECT conversation_id, topic, intent, sentiment FROM conversations WHERE deleted_at IS NULL${app}`,
      { start: scope.startDate, end: scope.endDate },
    );
    return rows.flatMap(({ conversation_id, ...labels }) =>
      conversation_id === null ? [] : [{ conversation_id, ...labels }],
    );
  });
}

/** Counts of each label; conversations without a user message have none and are left out. */
export function countLabels(rows: readonly LabelledConversation[]): LabelCounts {
  const counts: LabelCounts = { topic: {}, intent: {}, sentiment: {} };
  for (const row of rows) {
    for (const task of LABEL_TASKS) {
      const label = row[task];
      if (label !== null) counts[task][label] = (counts[task][label] ?? 0) + 1;
    }
  }
  return counts;
}

/**
 * The labels of a collection's range; null where the lake cannot be read from here, as may be when the worker runs on
 * another machine: the run itself is none the worse for it.
 */
export async function readLabels(config: Config, progress: CollectProgress): Promise<LabelCounts | null> {
  try {
    const rows = await readConversationLabels(config, progress);
    return rows.length === 0 && progress.conversations.stored > 0 ? null : countLabels(rows);
  } catch {
    return null;
  }
}
