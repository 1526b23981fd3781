import { duration, metric } from './define.js';

/** How long users wait. */
export const RESPONSE_METRICS = [
  ...duration({
    name: 'first_response',
    label: 'First response',
    definition:
      'From the first user message to the first reply by a bot or an agent. Automatic and private messages are none.',
    over: 'sessions',
    of: 'first_response_s',
    dimensions: ['app', 'topic', 'intent'],
  }),
  ...duration({
    name: 'first_bot_response',
    label: 'First response by a bot',
    definition:
      'From the first user message to the first reply of a bot; a greeting before it does not count.',
    over: 'sessions',
    of: 'first_bot_response_s',
    inputs: ['bot'],
    dimensions: ['app'],
  }),
  ...duration({
    name: 'first_agent_response',
    label: 'First response by people',
    definition:
      'From the first user message to the first reply of an agent. After a bot the clock starts at the first message of the last user run before the agent.',
    over: 'sessions',
    of: 'first_agent_response_s',
    inputs: ['agent'],
    dimensions: ['app', 'topic'],
  }),
  ...duration({
    name: 'first_agent_response_business',
    label: 'First response by people, business hours',
    definition:
      'The same, counting only the business hours of the app. Apps without a calendar are left out.',
    over: 'sessions',
    of: 'first_agent_response_business_s',
    inputs: ['agent', 'business_hours'],
    dimensions: ['app'],
  }),
  ...duration({
    name: 'reply_time',
    label: 'Reply time',
    anchor: 'event',
    grain: 'message',
    definition:
      'For each first reply to a run of user messages in the period: since the first message of that run. A reply of a bot ends the wait.',
    over: 'messages',
    of: 'reply_time_s',
    dimensions: ['app', 'actor', 'agent'],
  }),
  ...duration({
    name: 'agent_reply_time',
    label: 'Reply time of people',
    anchor: 'event',
    grain: 'message',
    definition: 'Reply time of the replies that agents wrote.',
    over: 'messages',
    of: 'reply_time_s',
    rows: "actor = 'agent'",
    inputs: ['agent'],
    dimensions: ['app'],
  }),
  ...duration({
    name: 'agent_reply_time_business',
    label: 'Reply time of people, business hours',
    anchor: 'event',
    grain: 'message',
    definition:
      'The same, counting only the business hours of the app. Apps without a calendar are left out.',
    over: 'messages',
    of: 'reply_time_business_s',
    rows: "actor = 'agent'",
    inputs: ['agent', 'business_hours'],
    dimensions: ['app'],
  }),
  metric({
    name: 'service_level_rate',
    label: 'Answered by people in time',
    unit: 'ratio',
    direction: 'up',
    definition:
      'First response by people within REPORT_RESPONSE_TARGET, of the new conversations that people answered or that ended unanswered.',
    inputs: ['agent', 'response_target'],
    dimensions: ['app', 'topic'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND (first_agent_response_s IS NOT NULL OR unanswered)',
      pending: 'engaged AND first_agent_response_s IS NULL AND unanswered IS NULL',
      kind: 'rate',
      hits: 'coalesce(in_time, false)',
    },
  }),
  metric({
    name: 'unanswered',
    label: 'Ended unanswered',
    unit: 'count',
    direction: 'down',
    definition:
      'New conversations that ended on user messages that are more than thanks, goodbye or praise, or in which a person was asked for and none wrote.',
    dimensions: ['app', 'topic'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND unanswered',
      pending: 'engaged AND unanswered IS NULL',
      kind: 'count',
    },
  }),
  metric({
    name: 'unanswered_rate',
    label: 'Ended unanswered',
    unit: 'ratio',
    direction: 'down',
    definition: 'Unanswered conversations, of the new conversations that have ended.',
    dimensions: ['app', 'topic', 'intent'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND unanswered IS NOT NULL',
      pending: 'engaged AND unanswered IS NULL',
      kind: 'rate',
      hits: 'unanswered',
    },
  }),
  metric({
    name: 'awaiting_reply',
    label: 'Waiting for an answer',
    unit: 'count',
    anchor: 'snapshot',
    direction: 'down',
    definition:
      'Conversations that at the end of the period were not closed and ended on user messages, of the last 7 days, that nobody had answered and that are more than thanks, goodbye or praise.',
    dimensions: ['app', 'topic'],
    expression: { over: 'waiting', rows: 'true', kind: 'count' },
  }),
  metric({
    name: 'longest_wait',
    label: 'Longest wait',
    unit: 'seconds',
    anchor: 'snapshot',
    direction: 'down',
    definition:
      'Of the conversations that wait for an answer at the end of the period: the longest time since the first message that nobody has answered.',
    dimensions: ['app'],
    expression: { over: 'waiting', rows: 'true', kind: 'quantile', of: 'waited_s', q: 1 },
  }),
  metric({
    name: 'backlog',
    label: 'Open',
    unit: 'count',
    anchor: 'snapshot',
    direction: 'down',
    definition:
      'Conversations with a status that began before the end of the period and were not closed by then. Needs times of closing.',
    inputs: ['status', 'closed_at'],
    dimensions: ['app', 'topic'],
    expression: { over: 'backlog', rows: 'true', kind: 'count' },
  }),
];
