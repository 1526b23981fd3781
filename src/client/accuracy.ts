import { UNKNOWN } from '../domain/categorize/taxonomy.js';
import { LABEL_TASKS, type LabelledConversation, type LabelTask } from './labels.js';

/** How labels compare with a truth that is known. */
export interface TaskAccuracy {
  /** Conversations that are stored and whose truth is known. */
  conversations: number;
  /** Of these, those with a label other than `unknown`. */
  labelled: number;
  /** Of these, those whose label is the true one. */
  right: number;
}

export type Accuracy = Record<LabelTask, TaskAccuracy>;
type Truth = ReadonlyMap<string, Readonly<Record<LabelTask, string>>>;

/** Compares stored labels with the truth, by conversation id. */
export function compareWithTruth(rows: readonly LabelledConversation[], truth: Truth): Accuracy {
  const accuracy = Object.fromEntries(
    LABEL_TASKS.map((task) => [task, { conversations: 0, labelled: 0, right: 0 }]),
  ) as Accuracy;
  for (const row of rows) {
    const expected = truth.get(row.conversation_id);
    if (expected === undefined) continue;
    for (const task of LABEL_TASKS) {
      const label = row[task];
      const figures = accuracy[task];
      figures.conversations++;
      if (label === null || label === UNKNOWN) continue;
      figures.labelled++;
      if (label === expected[task]) figures.right++;
    }
  }
  return accuracy;
}
