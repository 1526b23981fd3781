import { CATEGORIES, CONVERSATIONS, type CategoryRow } from '../schema.js';
import { kindOf, type AnyTable } from '../table.js';
import type { LabelledThread, ThreadFacts } from '../thread.js';

/** Old and new labels side by side. `message_…`: of user messages, the others of conversations. */
export const COMPARED = ['topic', 'intent', 'sentiment', 'message_intent', 'message_sentiment'] as const;
export type Compared = (typeof COMPARED)[number];

export interface TaskComparison {
  /** Subjects that have a label before or after. */
  compared: number;
  changed: number;
  /** Labels that people gave, which stand. */
  human: number;
  /** How many went which way; the most frequent first. null: no label. */
  moves: { from: string | null; to: string | null; count: number }[];
}

export type Comparison = Record<Compared, TaskComparison>;

export function emptyComparison(): Comparison {
  const none = (): TaskComparison => ({ compared: 0, changed: 0, human: 0, moves: [] });
  return {
    topic: none(),
    intent: none(),
    sentiment: none(),
    message_intent: none(),
    message_sentiment: none(),
  };
}

/** Compares the best labels of conversations and messages, in pairs of the same conversation. */
export function compareLabels(
  pairs: readonly { before: LabelledThread; after: LabelledThread }[],
): Comparison {
  const comparison = emptyComparison();
  for (const { before, after } of pairs) {
    const old = bestLabels(before.categories);
    const fresh = bestLabels(after.categories);
    for (const id of new Set([...old.keys(), ...fresh.keys()])) {
      const [from, to] = [old.get(id), fresh.get(id)];
      const task = comparison[(to ?? from)?.what ?? 'topic'];
      task.compared++;
      if (to?.isHuman === true) task.human++;
      if (from?.label === to?.label) continue;
      task.changed++;
      addMove(task, { from: from?.label ?? null, to: to?.label ?? null, count: 1 });
    }
  }
  return sorted(comparison);
}

export function addComparisons(a: Comparison, b: Comparison): Comparison {
  const sum = structuredClone(a);
  for (const what of COMPARED) {
    sum[what].compared += b[what].compared;
    sum[what].changed += b[what].changed;
    sum[what].human += b[what].human;
    for (const move of b[what].moves) addMove(sum[what], move);
  }
  return sorted(sum);
}

/** Whether storing the new rows would change nothing: all columns of conversation and labels, as the lake keeps them. */
export function isSameThread(before: LabelledThread, after: LabelledThread): boolean {
  return (
    isSameRow(CONVERSATIONS, before.conversation, after.conversation) &&
    before.categories.length === after.categories.length &&
    after.categories.every((row) => {
      const other = before.categories.find(({ category_key }) => category_key === row.category_key);
      return other !== undefined && isSameRow(CATEGORIES, other, row);
    })
  );
}

/** A message whose text was not kept (STORE_TEXT=none): it cannot be labelled again. */
export function lacksText({ messages }: Pick<ThreadFacts, 'messages'>): boolean {
  return messages.some(
    ({ actor, text, char_count, content_type }) =>
      actor === 'user' && text === null && char_count > 0 && content_type !== 'empty',
  );
}

function bestLabels(rows: readonly CategoryRow[]) {
  const labels = new Map<string, { what: Compared; label: string; isHuman: boolean }>();
  for (const { category_key, subject_type, task, rank, label, origin } of rows) {
    const what = (subject_type === 'message' ? `message_${task}` : task) as Compared;
    if (rank === 1) labels.set(category_key, { what, label, isHuman: origin === 'human' });
  }
  return labels;
}

function addMove({ moves }: TaskComparison, { from, to, count }: TaskComparison['moves'][number]): void {
  const known = moves.find((move) => move.from === from && move.to === to);
  if (known === undefined) moves.push({ from, to, count });
  else known.count += count;
}

function sorted(comparison: Comparison): Comparison {
  for (const what of COMPARED) {
    comparison[what].moves.sort(
      (a, b) =>
        b.count - a.count || (JSON.stringify([a.from, a.to]) < JSON.stringify([b.from, b.to]) ? -1 : 1),
    );
  }
  return comparison;
}

function isSameRow(
  { columns }: AnyTable,
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(columns).every(([column, spec]) => {
    const stored = (value: unknown): unknown =>
      kindOf(spec) === 'f32' && typeof value === 'number' ? Math.fround(value) : (value ?? null);
    return JSON.stringify(stored(a[column])) === JSON.stringify(stored(b[column]));
  });
}
