import { TASKS, type CategoryRow, type Task } from '../schema.js';
import type { LabelColumns } from '../thread.js';
import { SENTIMENT_LIMITS } from './model.js';
import {
  OTHER_TOPIC,
  OUT_OF_SCOPE,
  SENTIMENTS,
  sentimentOf,
  SMALL_TALK,
  type Sentiment,
} from './taxonomy.js';

/** A label that a person gave: it stands, whatever a model says. */
export interface HumanLabel {
  /** null: of the conversation as a whole. */
  messageId: string | null;
  task: Task;
  label: string;
  /** Of the taxonomy that the label was checked against. */
  taxonomyVersion: string;
}

/** Tasks that a message can be labelled for; a topic is of a conversation. */
export const MESSAGE_TASKS: readonly Task[] = TASKS.filter((task) => task !== 'topic');

/** Score that stands for a label of sentiment, well within its limits. */
const SCORES: Record<Sentiment, number> = {
  very_negative: -0.75,
  negative: -0.3,
  neutral: 0,
  positive: 0.3,
  very_positive: 0.75,
};

export function scoreOf(label: string): number {
  return (SENTIMENTS as readonly string[]).includes(label) ? SCORES[label as Sentiment] : 0;
}

/** The labels of one conversation by what they are about. */
export class HumanLabels {
  private readonly labels: ReadonlyMap<string, HumanLabel>;

  constructor(labels: readonly HumanLabel[]) {
    this.labels = new Map(labels.map((label) => [subject(label.messageId, label.task), label]));
  }

  ofMessage(messageId: string, task: Task): HumanLabel | undefined {
    return this.labels.get(subject(messageId, task));
  }

  ofConversation(task: Task): HumanLabel | undefined {
    return this.labels.get(subject(null, task));
  }
}

export const NO_HUMAN_LABELS = new HumanLabels([]);

function subject(messageId: string | null, task: Task): string {
  return messageId === null ? task : `${task} ${messageId}`;
}

/** Category columns of a label that a person gave: nothing of a model. */
export function humanColumns({ label, taxonomyVersion }: HumanLabel) {
  return {
    label,
    confidence: null,
    reason: null,
    origin: 'human',
    model_version: null,
    taxonomy_version: taxonomyVersion,
  } satisfies Partial<CategoryRow>;
}

/**
 * Puts a person's labels of the conversation in the place of the best ones of the model, which become second where
 * they differ and name a request.
 * @param row makes a category row of the conversation
 */
export function overrideConversation(
  columns: LabelColumns,
  categories: readonly CategoryRow[],
  human: HumanLabels,
  row: (task: Task) => CategoryRow,
): { labels: LabelColumns; categories: CategoryRow[] } {
  const labels = { ...columns };
  const result: CategoryRow[] = [];
  const isOf = (task: Task) => (category: CategoryRow) =>
    category.subject_type === 'conversation' && category.task === task;
  for (const task of TASKS) {
    const ranked = categories.filter(isOf(task));
    const given = human.ofConversation(task);
    if (given === undefined) {
      result.push(...ranked);
      continue;
    }
    const first = { ...(ranked[0] ?? row(task)), ...humanColumns(given) };
    if (task === 'sentiment') {
      const { sentiment_score: score } = columns;
      // Label and score never contradict each other.
      const fits = score !== null && sentimentOf(score, SENTIMENT_LIMITS) === given.label;
      labels.sentiment = given.label;
      labels.sentiment_score = first.score = fits ? score : scoreOf(given.label);
      result.push(first);
      continue;
    }
    const second = ranked.find(
      ({ label, reason }) => label !== given.label && reason === null && isRequest(label),
    );
    result.push(first, ...(second === undefined ? [] : [asSecond(second)]));
    if (task === 'topic') {
      labels.topic = given.label;
      labels.topic_confidence = null;
    } else {
      labels.intent = given.label;
      labels.intent_confidence = null;
      labels.intent_secondary = second?.label ?? null;
    }
  }
  return { labels, categories: [...result, ...categories.filter((c) => c.subject_type === 'message')] };
}

function isRequest(label: string): boolean {
  return label !== OTHER_TOPIC && label !== OUT_OF_SCOPE && !SMALL_TALK.has(label);
}

function asSecond(category: CategoryRow): CategoryRow {
  return { ...category, rank: 2, category_key: category.category_key.replace(/#\d+$/, '#2') };
}
