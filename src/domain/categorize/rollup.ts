import type { CategoryRow, Task } from '../schema.js';
import type { LabelColumns, ThreadFacts } from '../thread.js';
import { readInContext } from './context.js';
import {
  humanColumns,
  NO_HUMAN_LABELS,
  overrideConversation,
  scoreOf,
  type HumanLabel,
  type HumanLabels,
} from './human.js';
import { SENTIMENT_LIMITS } from './model.js';
import type { TextPrediction } from './prediction.js';
import { unlabelledReason, userMessages } from './select.js';
import { OUT_OF_SCOPE, OTHER_TOPIC, sentimentOf, SMALL_TALK, UNKNOWN } from './taxonomy.js';
import { rankLabels, UNKNOWN_BELOW, type RankedLabel, type Reason, type Vote } from './vote.js';

/** A shift needs at least so many user messages. */
const MESSAGES_FOR_SHIFT = 3;

export interface ModelInfo {
  modelVersion: string;
  taxonomyVersion: string;
  languages: readonly string[];
}

export interface ThreadLabels {
  labels: LabelColumns;
  categories: CategoryRow[];
  /** Intent of each message, read by itself, by its place in `facts.messages`; null: not a public user message. */
  intents: (string | null)[];
}

/** What was found in one user message, read by itself. */
interface MessageLabels {
  key: string;
  intent: Vote;
  topic: Vote;
  /** null: empty, or a language that the model does not know. */
  sentiment: { score: number; confidence: number } | null;
  reason: Reason | null;
}

const NO_LABELS: LabelColumns = {
  topic: null,
  intent: null,
  intent_secondary: null,
  topic_confidence: null,
  intent_confidence: null,
  sentiment: null,
  sentiment_score: null,
  sentiment_start: null,
  sentiment_end: null,
  sentiment_shift: null,
  model_version: null,
  taxonomy_version: null,
};

/**
 * Rolls the predictions of a conversation's user messages up to its labels.
 * @param predictions one a public user message, in order; null: the message was not classified
 * @param human what people said of the conversation and its messages: it stands, and is rolled up like a sure label
 */
export function categorizeThread(
  facts: ThreadFacts,
  predictions: readonly (TextPrediction | null)[],
  info: ModelInfo,
  human: HumanLabels = NO_HUMAN_LABELS,
): ThreadLabels {
  const { labels, categories, intents } = rollUp(facts, predictions, info, human);
  const row = rowMaker(facts, info);
  const key = facts.conversation.conversation_key;
  return {
    intents,
    ...overrideConversation(labels, categories, human, (task) => row(key, null, task, 1, EMPTY)),
  };
}

function rollUp(
  facts: ThreadFacts,
  predictions: readonly (TextPrediction | null)[],
  info: ModelInfo,
  human: HumanLabels,
): ThreadLabels {
  const users = userMessages(facts);
  if (predictions.length !== users.length)
    throw new RangeError(`${predictions.length} predictions for ${users.length} user messages`);
  const intents = facts.messages.map((): string | null => null);
  if (users.length === 0) return { labels: NO_LABELS, categories: [], intents };

  const found = users.map(({ message, messageIndex }, n) => {
    const reason = unlabelledReason(message, facts, info.languages);
    const judged = judgeMessage(message.message_key, predictions[n] ?? null, reason);
    const labels = withHuman(judged, message.message_id, human);
    intents[messageIndex] = labels.intent.label;
    return labels;
  });
  const topics = rankLabels(
    found.map((m) => m.topic),
    { setAside: new Set(), outside: OTHER_TOPIC, remarks: new Set(['feedback_feature_request']) },
  );
  const ranked = rankLabels(
    found.map((m) => m.intent),
    { setAside: SMALL_TALK, outside: OUT_OF_SCOPE, remarks: new Set(['praise']) },
  );
  const secondary = secondaryIntent(ranked);
  // Answers add nothing to what the conversation is about: they have no vote above.
  const inContext = readInContext(
    facts.messages,
    users.map(({ messageIndex, message }, n) => ({
      messageIndex,
      intent: found[n]?.intent ?? EMPTY,
      isGiven: human.ofMessage(message.message_id, 'intent') !== undefined,
    })),
  );
  const sentiment = rollUpSentiment(found);

  const row = rowMaker(facts, info);
  const key = facts.conversation.conversation_key;
  const categories = [
    ...topics
      .filter(({ label }, n) => n === 0 || label !== OTHER_TOPIC)
      .slice(0, 2)
      .map((t, n) => row(key, null, 'topic', n + 1, t)),
    row(key, null, 'intent', 1, first(ranked)),
    ...(secondary === null ? [] : [row(key, null, 'intent', 2, secondary)]),
    row(key, null, 'sentiment', 1, sentiment.ranked, sentiment.score),
    ...found.flatMap((m, n) => {
      const given = (task: Task) => human.ofMessage(users[n]?.message.message_id ?? '', task);
      return [
        asGiven(row(m.key, m.key, 'intent', 1, inContext[n] ?? m.intent), given('intent')),
        asGiven(
          row(m.key, m.key, 'sentiment', 1, sentimentLabel(m), m.sentiment?.score ?? null),
          given('sentiment'),
        ),
      ];
    }),
  ];
  return {
    labels: {
      topic: first(topics).label,
      intent: first(ranked).label,
      intent_secondary: secondary?.label ?? null,
      topic_confidence: first(topics).confidence,
      intent_confidence: first(ranked).confidence,
      sentiment: sentiment.ranked.label,
      sentiment_score: sentiment.score,
      sentiment_start: sentiment.start,
      sentiment_end: sentiment.end,
      sentiment_shift: sentiment.shift,
      model_version: info.modelVersion,
      taxonomy_version: info.taxonomyVersion,
    },
    categories,
    intents,
  };
}

function judgeMessage(key: string, prediction: TextPrediction | null, reason: Reason | null): MessageLabels {
  const none: Vote = { label: UNKNOWN, confidence: 0, reason: reason ?? 'low_confidence' };
  const sentiment =
    prediction === null || reason === 'empty' || reason === 'language'
      ? null
      : { score: prediction.sentimentScore, confidence: prediction.sentiment.confidence };
  if (prediction === null || reason !== null) return { key, intent: none, topic: none, sentiment, reason };
  const intent = keepIfSure(prediction.intent.label, prediction.intent.confidence);
  // Greetings and thanks have no topic: they must not outvote what the conversation is about.
  const topic = SMALL_TALK.has(intent.label)
    ? { label: OTHER_TOPIC, confidence: intent.confidence, reason: null, smallTalk: true }
    : keepIfSure(prediction.topic.label, prediction.topic.confidence);
  return { key, intent, topic, sentiment, reason };
}

/** A message as a person labelled it: sure of what was said, as the model has it in the rest. */
function withHuman(judged: MessageLabels, messageId: string, human: HumanLabels): MessageLabels {
  const intent = human.ofMessage(messageId, 'intent');
  const sentiment = human.ofMessage(messageId, 'sentiment');
  return {
    ...judged,
    ...(intent === undefined ? {} : { intent: { label: intent.label, confidence: 1, reason: null } }),
    ...(sentiment === undefined ? {} : { sentiment: { score: scoreOf(sentiment.label), confidence: 1 } }),
  };
}

function asGiven(row: CategoryRow, given: HumanLabel | undefined): CategoryRow {
  return given === undefined ? row : { ...row, ...humanColumns(given) };
}

function keepIfSure(label: string, confidence: number): Vote {
  return confidence >= UNKNOWN_BELOW
    ? { label, confidence, reason: null }
    : { label: UNKNOWN, confidence, reason: 'low_confidence' };
}

const EMPTY: RankedLabel = { label: UNKNOWN, confidence: 0, reason: 'empty', weight: 0 };
function first(ranked: readonly RankedLabel[]): RankedLabel {
  return ranked[0] ?? EMPTY;
}

/** The second intent, where it is one that names a request. */
function secondaryIntent(ranked: readonly RankedLabel[]): RankedLabel | null {
  const second = ranked[1];
  const isRequest =
    second !== undefined &&
    second.label !== UNKNOWN &&
    second.label !== OUT_OF_SCOPE &&
    !SMALL_TALK.has(second.label);
  return isRequest ? second : null;
}

function sentimentLabel({ sentiment, reason }: MessageLabels): Vote {
  return sentiment === null
    ? { label: UNKNOWN, confidence: 0, reason: reason ?? 'empty' }
    : {
        label: sentimentOf(sentiment.score, SENTIMENT_LIMITS),
        confidence: sentiment.confidence,
        reason: null,
      };
}

/**
 * Start and end are the means of the first and last third of the user messages (at least one); the overall score
 * weights messages from 1 at the start to 3 at the end, because how a conversation ends is how it is remembered.
 * The shift is half the way from start to end, and null under three user messages.
 */
function rollUpSentiment(found: readonly MessageLabels[]): {
  ranked: Vote;
  score: number | null;
  start: number | null;
  end: number | null;
  shift: number | null;
} {
  const felt = found.flatMap(({ sentiment }) => (sentiment === null ? [] : [sentiment]));
  if (felt.length === 0) {
    const ranked = sentimentLabel(found.find((m) => m.reason !== 'empty') ?? found[0] ?? UNFELT);
    return { ranked, score: null, start: null, end: null, shift: null };
  }
  const scores = felt.map((s) => s.score);
  const third = Math.max(1, Math.floor(scores.length / 3));
  const start = mean(scores.slice(0, third));
  const end = mean(scores.slice(-third));
  let sum = 0;
  let weights = 0;
  scores.forEach((score, n) => {
    const weight = scores.length === 1 ? 1 : 1 + (2 * n) / (scores.length - 1);
    sum += weight * score;
    weights += weight;
  });
  const score = sum / weights;
  return {
    ranked: {
      label: sentimentOf(score, SENTIMENT_LIMITS),
      confidence: mean(felt.map((s) => s.confidence)),
      reason: null,
    },
    score,
    start,
    end,
    shift: scores.length >= MESSAGES_FOR_SHIFT ? (end - start) / 2 : null,
  };
}
const UNFELT: MessageLabels = {
  key: '',
  intent: EMPTY,
  topic: EMPTY,
  sentiment: null,
  reason: 'empty',
};

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function rowMaker(facts: ThreadFacts, info: ModelInfo) {
  const { conversation_key, source, fetched_at, run_id, schema_version } = facts.conversation;
  return (
    subject: string,
    messageKey: string | null,
    task: Task,
    rank: number,
    { label, confidence, reason }: Vote,
    score: number | null = null,
  ): CategoryRow => ({
    category_key: `${subject}#${task}#${rank}`,
    subject_type: messageKey === null ? 'conversation' : 'message',
    conversation_key,
    message_key: messageKey,
    task,
    rank,
    label,
    score,
    confidence,
    reason,
    origin: 'model',
    text_basis: 'original',
    model_version: info.modelVersion,
    taxonomy_version: info.taxonomyVersion,
    source,
    fetched_at,
    run_id,
    schema_version,
  });
}
