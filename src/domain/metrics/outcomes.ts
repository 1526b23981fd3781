import { duration, metric } from './define.js';

const BOT_ENDED = 'engaged AND bot_involved AND ended';
/** Of the new conversations with a bot: a rate of those that have ended. */
const OF_BOT_ENDED = {
  over: 'sessions',
  rows: BOT_ENDED,
  pending: 'engaged AND bot_involved AND NOT ended',
  kind: 'rate',
} as const;
/** A rate of the conversations closed by a status at least 7 days ago. */
const OF_CLOSED = {
  over: 'closings',
  rows: "resolution_source = 'status' AND reopen_known",
  pending: "resolution_source = 'status' AND NOT reopen_known",
  kind: 'rate',
} as const;
/** The limits of the labels positive and negative. What is not known is neither. */
const HAPPY_END = 'coalesce(sentiment_end >= 0.15, false)';
const BAD_END = 'coalesce(sentiment_end < -0.15, false)';
const AMONG = 'of the new conversations in which a bot wrote and which have ended';

/** How conversations end. Each session has exactly one outcome. */
export const OUTCOME_METRICS = [
  metric({
    name: 'outcome_share',
    label: 'Outcomes',
    unit: 'ratio',
    definition:
      'Share of each outcome (empty, outbound_only, pending, escalated, agent_handled, unanswered, abandoned, contained) in all sessions. Each has exactly one: they add up to 100 %.',
    dimensions: ['outcome'],
    expression: { over: 'sessions', rows: 'true', pending: "outcome = 'pending'", kind: 'share' },
  }),
  metric({
    name: 'pending',
    label: 'Pending',
    unit: 'count',
    definition: 'New conversations that have not ended: neither closed nor silent for 24 h.',
    dimensions: ['app'],
    expression: { over: 'sessions', rows: "outcome = 'pending'", kind: 'count' },
  }),
  metric({
    name: 'bot_involvement_rate',
    label: 'With a bot',
    unit: 'ratio',
    definition:
      'New conversations in which a bot wrote at least one public message, of the new conversations.',
    inputs: ['bot'],
    dimensions: ['app', 'topic'],
    expression: { over: 'sessions', rows: 'engaged', kind: 'rate', hits: 'bot_involved' },
  }),
  metric({
    name: 'containment_rate',
    label: 'Contained by the bot',
    unit: 'ratio',
    direction: 'up',
    definition: `Conversations with outcome contained (answered, no agent, no handoff, not abandoned), ${AMONG}.`,
    inputs: ['bot'],
    dimensions: ['app', 'topic'],
    expression: { ...OF_BOT_ENDED, hits: "outcome = 'contained'" },
  }),
  metric({
    name: 'containment_no_callback_rate',
    label: 'Contained, not back within 24 h',
    unit: 'ratio',
    direction: 'up',
    definition: `Contained conversations whose user began no other conversation within 24 h after the end, ${AMONG} at least 24 h ago. Conversations without a user id are left out.`,
    inputs: ['bot', 'user_id'],
    dimensions: ['app', 'topic'],
    expression: {
      over: 'sessions',
      rows: `${BOT_ENDED} AND user_no IS NOT NULL AND callback_known`,
      pending: 'engaged AND bot_involved AND user_no IS NOT NULL AND NOT (ended AND callback_known)',
      kind: 'rate',
      hits: "outcome = 'contained' AND NOT callback",
    },
  }),
  metric({
    name: 'bot_resolution_confirmed_rate',
    label: 'Resolved by the bot, confirmed',
    unit: 'ratio',
    direction: 'up',
    definition: `Contained conversations whose last third of user messages is positive (mean score of at least 0.15), ${AMONG}.`,
    inputs: ['bot', 'labels'],
    dimensions: ['app', 'topic'],
    expression: { ...OF_BOT_ENDED, hits: `outcome = 'contained' AND ${HAPPY_END}` },
  }),
  metric({
    name: 'bot_resolution_assumed_rate',
    label: 'Resolved by the bot, assumed',
    unit: 'ratio',
    direction: 'up',
    definition: `Contained conversations whose end is neither positive nor negative (under -0.15): the user left it at the answer, ${AMONG}.`,
    inputs: ['bot', 'labels'],
    dimensions: ['app', 'topic'],
    expression: { ...OF_BOT_ENDED, hits: `outcome = 'contained' AND NOT ${HAPPY_END} AND NOT ${BAD_END}` },
  }),
  metric({
    name: 'escalation_rate',
    label: 'Handed to people',
    unit: 'ratio',
    direction: 'down',
    definition: `Conversations that passed from a bot to people, ${AMONG}.`,
    inputs: ['bot'],
    dimensions: ['app', 'topic'],
    expression: { ...OF_BOT_ENDED, hits: "outcome = 'escalated'" },
  }),
  metric({
    name: 'abandonment_rate',
    label: 'Abandoned',
    unit: 'ratio',
    direction: 'down',
    definition: `Conversations that ended on a question of the bot, ${AMONG}. A reading of silence: a bot that always ends with a question has many.`,
    inputs: ['bot'],
    dimensions: ['app', 'topic'],
    expression: { ...OF_BOT_ENDED, hits: "outcome = 'abandoned'" },
  }),
  metric({
    name: 'resolution_rate',
    label: 'Resolved',
    unit: 'ratio',
    direction: 'up',
    definition: 'New conversations that the source calls closed, of the new conversations with a status.',
    inputs: ['status'],
    dimensions: ['app', 'topic', 'intent'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND status IS NOT NULL',
      pending: "engaged AND status = 'open' AND NOT ended",
      kind: 'rate',
      hits: "status = 'closed'",
    },
  }),
  metric({
    name: 'resolutions',
    label: 'Resolutions',
    unit: 'count',
    anchor: 'event',
    definition:
      'Conversations resolved in the period. By resolution_source: status (closed, with its time), status_untimed (closed; the last message is taken), inferred (the source has no status; silent for 24 h).',
    dimensions: ['app', 'resolution_source'],
    expression: { over: 'closings', rows: 'true', kind: 'count' },
  }),
  metric({
    name: 'resolved_users',
    label: 'Users with a resolution',
    unit: 'count',
    anchor: 'event',
    grain: 'user',
    definition: 'Different users of the conversations resolved in the period.',
    inputs: ['user_id'],
    dimensions: ['app'],
    expression: { over: 'closings', rows: 'user_no IS NOT NULL', kind: 'distinct', of: 'user_no' },
  }),
  ...duration({
    name: 'resolution_time',
    label: 'Time to resolution',
    anchor: 'event',
    definition:
      'From the first user message to the closing, of conversations resolved in the period. Where the source has no status it is the time to the last activity, inferred from silence.',
    over: 'closings',
    of: 'resolution_s',
    dimensions: ['app', 'resolution_source'],
  }),
  ...duration({
    name: 'handle_time_estimated',
    label: 'Handling time, estimated',
    anchor: 'event',
    definition:
      'Of conversations resolved in the period in which agents wrote: the time before each of their messages since the message before it, at most 15 minutes each, added up to the closing. Nobody says when an agent took a conversation over.',
    over: 'closings',
    of: 'handle_s',
    inputs: ['agent'],
    dimensions: ['app'],
  }),
  metric({
    name: 'reopen_rate',
    label: 'Reopened within 7 days',
    unit: 'ratio',
    anchor: 'event',
    direction: 'down',
    definition:
      'Of the conversations closed in the period at least 7 days ago, those in which the user wrote within 7 days after the closing.',
    inputs: ['closed_at'],
    dimensions: ['app'],
    expression: { ...OF_CLOSED, hits: 'reopened' },
  }),
  metric({
    name: 'durable_resolution_rate',
    label: 'Resolved for good',
    unit: 'ratio',
    anchor: 'event',
    direction: 'up',
    definition:
      'Of the conversations closed in the period at least 7 days ago, those in which the user did not write within 7 days after the closing.',
    inputs: ['closed_at'],
    dimensions: ['app'],
    expression: { ...OF_CLOSED, hits: 'NOT reopened' },
  }),
  metric({
    name: 'one_touch_rate',
    label: 'Resolved at first contact',
    unit: 'ratio',
    anchor: 'event',
    direction: 'up',
    definition:
      'Of the conversations closed in the period at least 7 days ago, those with at most one agent message that were not reopened.',
    inputs: ['closed_at', 'agent'],
    dimensions: ['app'],
    expression: { ...OF_CLOSED, hits: 'n_agent <= 1 AND NOT reopened' },
  }),
];
