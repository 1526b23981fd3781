import { metric } from './define.js';

const KNOWN = "engaged AND sentiment <> 'unknown'";
const POSITIVE = "sentiment IN ('positive', 'very_positive')";
const NEGATIVE = "sentiment IN ('negative', 'very_negative')";
const SHIFTED = 'engaged AND sentiment_shift IS NOT NULL';
/** Of (end - start) / 2 in -1..1: smaller changes are noise. */
const SHIFT = 0.2;

/** How users feel; from their own messages only. */
export const SENTIMENT_METRICS = [
  metric({
    name: 'net_sentiment',
    label: 'Net sentiment',
    unit: 'score',
    direction: 'up',
    definition:
      'Share of positive less share of negative, of the new conversations whose sentiment is known.',
    inputs: ['labels'],
    dimensions: ['app', 'topic', 'intent'],
    expression: {
      over: 'sessions',
      rows: KNOWN,
      kind: 'ratio',
      of: `count(*) FILTER (${POSITIVE}) - count(*) FILTER (${NEGATIVE})`,
      per: 'count(*)',
    },
  }),
  metric({
    name: 'positive_rate',
    label: 'Positive',
    unit: 'ratio',
    direction: 'up',
    definition: 'Positive or very positive, of the new conversations whose sentiment is known.',
    inputs: ['labels'],
    dimensions: ['app', 'topic'],
    expression: { over: 'sessions', rows: KNOWN, kind: 'rate', hits: POSITIVE },
  }),
  metric({
    name: 'negative_rate',
    label: 'Negative',
    unit: 'ratio',
    direction: 'down',
    definition: 'Negative or very negative, of the new conversations whose sentiment is known.',
    inputs: ['labels'],
    dimensions: ['app', 'topic'],
    expression: { over: 'sessions', rows: KNOWN, kind: 'rate', hits: NEGATIVE },
  }),
  metric({
    name: 'sentiment_mean',
    label: 'Sentiment, mean score',
    unit: 'score',
    direction: 'up',
    definition: 'Mean score from -1 to 1 of the new conversations whose sentiment is known.',
    inputs: ['labels'],
    dimensions: ['app', 'topic'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND sentiment_score IS NOT NULL',
      kind: 'mean',
      of: 'sentiment_score',
    },
  }),
  metric({
    name: 'sentiment_shift_mean',
    label: 'Sentiment shift',
    unit: 'score',
    direction: 'up',
    definition:
      'Mean of (end - start) / 2 over new conversations with at least 3 user messages of known sentiment.',
    inputs: ['labels'],
    dimensions: ['app', 'topic'],
    expression: {
      over: 'sessions',
      rows: SHIFTED,
      kind: 'mean',
      of: 'sentiment_shift',
    },
  }),
  metric({
    name: 'improved_rate',
    label: 'Sentiment improved',
    unit: 'ratio',
    direction: 'up',
    definition: `Shift of at least ${SHIFT}, of the conversations that have a shift.`,
    inputs: ['labels'],
    dimensions: ['app'],
    expression: {
      over: 'sessions',
      rows: SHIFTED,
      kind: 'rate',
      hits: `sentiment_shift >= ${SHIFT}::FLOAT`,
    },
  }),
  metric({
    name: 'declined_rate',
    label: 'Sentiment declined',
    unit: 'ratio',
    direction: 'down',
    definition: `Shift of -${SHIFT} or less, of the conversations that have a shift.`,
    inputs: ['labels'],
    dimensions: ['app'],
    expression: {
      over: 'sessions',
      rows: SHIFTED,
      kind: 'rate',
      hits: `sentiment_shift <= -${SHIFT}::FLOAT`,
    },
  }),
];
