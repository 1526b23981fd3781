import type { Accuracy } from '../accuracy.js';
import { LABEL_TASKS } from '../labels.js';
import { count, percent } from './format.js';

/** How many labels are right, of those that were given, and how many were not given. */
export function accuracyLines(accuracy: Accuracy): string[] {
  return LABEL_TASKS.map((task) => {
    const { conversations, labelled, right } = accuracy[task];
    const share =
      labelled === 0 ? 'none labelled' : `${percent(right / labelled)} of ${count(labelled)} labels right`;
    const unknown = conversations - labelled;
    return `  ${`${task} truth`.padEnd(16)}${share}, ${count(unknown)} of ${count(conversations)} unknown`;
  });
}
