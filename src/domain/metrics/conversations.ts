import { duration, metric } from './define.js';

const ALL_DIMENSIONS = ['app', 'topic', 'intent', 'language', 'outcome', 'sentiment'] as const;

/** How many conversations there were, and how long they are. */
export const CONVERSATION_METRICS = [
  metric({
    name: 'sessions',
    label: 'Sessions',
    unit: 'count',
    definition: 'Conversations of any kind, also those in which the user wrote nothing.',
    dimensions: ['app', 'outcome'],
    expression: { over: 'sessions', rows: 'true', kind: 'count' },
  }),
  metric({
    name: 'engaged_conversations',
    label: 'New conversations',
    unit: 'count',
    definition: 'Conversations whose first public user message lies in the period.',
    dimensions: ALL_DIMENSIONS,
    expression: { over: 'sessions', rows: 'engaged', kind: 'count' },
  }),
  metric({
    name: 'engagement_rate',
    label: 'Engaged',
    unit: 'ratio',
    direction: 'up',
    definition: 'Conversations with at least one public user message, of all sessions.',
    dimensions: ['app'],
    expression: { over: 'sessions', rows: 'true', kind: 'rate', hits: 'engaged' },
  }),
  metric({
    name: 'conversation_share',
    label: 'Share of conversations',
    unit: 'ratio',
    definition:
      'Share that a topic, intent, language, app or sentiment has of the new conversations. The shares add up to 100 %.',
    dimensions: ['app', 'topic', 'intent', 'language', 'sentiment'],
    expression: { over: 'sessions', rows: 'engaged', kind: 'share' },
  }),
  metric({
    name: 'active_conversations',
    label: 'Active conversations',
    unit: 'count',
    anchor: 'event',
    definition:
      'Different conversations with at least one message in the period. Those of several days add up to more than those of the week.',
    dimensions: ['app', 'agent'],
    expression: { over: 'messages', rows: 'true', kind: 'distinct', of: 'conversation_no' },
  }),
  metric({
    name: 'messages_per_conversation',
    label: 'Messages a conversation',
    unit: 'per_conversation',
    definition: 'Public user, bot and agent messages of the new conversations, by their number.',
    dimensions: ['app', 'topic'],
    expression: {
      over: 'sessions',
      rows: 'engaged',
      kind: 'ratio',
      of: 'sum(n_user + n_bot + n_agent)',
      per: 'count(*)',
    },
  }),
  metric({
    name: 'turns_per_conversation',
    label: 'Turns a conversation',
    unit: 'per_conversation',
    definition:
      'Runs of public messages of one actor (user, bot or agent) in the new conversations, by their number.',
    dimensions: ['app', 'topic'],
    expression: { over: 'sessions', rows: 'engaged', kind: 'ratio', of: 'sum(turns)', per: 'count(*)' },
  }),
  ...duration({
    name: 'duration',
    label: 'Duration',
    direction: null,
    definition:
      'Time between the public messages of a new conversation, system messages left out, gaps of more than 24 h left out. Only conversations with two such messages.',
    over: 'sessions',
    of: 'duration_s',
    rows: 'engaged',
    dimensions: ['app'],
  }),
  metric({
    name: 'classified_rate',
    label: 'Classified',
    unit: 'ratio',
    direction: 'up',
    definition: 'New conversations whose topic is known (not `unknown`), of the new conversations.',
    inputs: ['labels'],
    dimensions: ['app'],
    expression: {
      over: 'sessions',
      rows: 'engaged',
      kind: 'rate',
      hits: "coalesce(topic, 'unknown') <> 'unknown'",
    },
  }),
  metric({
    name: 'other_topic_rate',
    label: 'Topic other',
    unit: 'ratio',
    direction: 'down',
    definition:
      'New conversations that were understood and fit no topic of the taxonomy, of the new conversations. Above 15 % the taxonomy lacks topics.',
    inputs: ['labels'],
    dimensions: ['app'],
    expression: {
      over: 'sessions',
      rows: 'engaged',
      kind: 'rate',
      hits: "topic IS NOT DISTINCT FROM 'other'",
    },
  }),
  metric({
    name: 'flagged_rate',
    label: 'With quality flags',
    unit: 'ratio',
    direction: 'down',
    definition: 'Sessions with at least one quality flag (data-formats.md), of all sessions.',
    dimensions: ['app'],
    expression: { over: 'sessions', rows: 'true', kind: 'rate', hits: 'flagged' },
  }),
];
