import { metric } from './define.js';
import type { Metric } from './metric.js';

const LIFECYCLE: readonly {
  state: string;
  label: string;
  definition: string;
  direction: Metric['direction'];
}[] = [
  {
    state: 'new',
    label: 'New users',
    direction: 'up',
    definition: 'Active users whose first message in the whole lake lies in the period.',
  },
  {
    state: 'returning',
    label: 'Returning users',
    direction: null,
    definition: 'Active users who were also active in the period before.',
  },
  {
    state: 'resurrected',
    label: 'Resurrected users',
    direction: null,
    definition: 'Active users who were active before, but not in the period before.',
  },
  {
    state: 'dormant',
    label: 'Dormant users',
    direction: null,
    definition: 'Users who were active in the period before and not in this one.',
  },
];

/** Windows of so many local days that end with a period. */
export const USER_WINDOWS = [7, 28] as const;

/** Who writes. A user is an app and a user id; active is who wrote a public message. */
export const USER_METRICS = [
  metric({
    name: 'active_users',
    label: 'Active users',
    unit: 'count',
    anchor: 'event',
    grain: 'user',
    direction: 'up',
    definition: 'Different users with a message in the period: DAU of a day, WAU of a week, MAU of a month.',
    inputs: ['user_id'],
    dimensions: ['app'],
    expression: { over: 'user_days', rows: 'true', kind: 'distinct', of: 'user_no' },
  }),
  ...USER_WINDOWS.map((days) =>
    metric({
      name: `active_users_${days}d`,
      label: `Active users, ${days} days`,
      unit: 'count',
      anchor: 'snapshot',
      grain: 'user',
      direction: 'up',
      definition: `Different users with a message in the ${days} local days that end with the period; undefined while not all of these days are covered.`,
      inputs: ['user_id'],
      dimensions: ['app'],
      expression: {
        over: 'user_windows',
        rows: `span = ${days} AND user_no IS NOT NULL`,
        kind: 'distinct',
        of: 'user_no',
        defined: `span = ${days}`,
      },
    }),
  ),
  metric({
    name: 'daily_active_users',
    label: 'Active users a day',
    unit: 'count',
    anchor: 'event',
    grain: 'user',
    direction: 'up',
    definition: 'Mean over the local days of the period of the users active on each.',
    inputs: ['user_id'],
    dimensions: ['app'],
    expression: {
      over: 'user_days',
      rows: 'true',
      kind: 'ratio',
      of: 'count(DISTINCT user_day)',
      per: 'any_value(period_days)',
    },
  }),
  metric({
    name: 'stickiness',
    label: 'Stickiness',
    unit: 'ratio',
    anchor: 'event',
    grain: 'user',
    direction: 'up',
    definition: 'Active users a day, of the active users of the period (DAU / MAU of a month).',
    inputs: ['user_id'],
    dimensions: ['app'],
    expression: {
      over: 'user_days',
      rows: 'true',
      kind: 'ratio',
      of: 'count(DISTINCT user_day)::DOUBLE / any_value(period_days)',
      per: 'count(DISTINCT user_no)',
    },
  }),
  ...LIFECYCLE.map(({ state, label, definition, direction }) =>
    metric({
      name: `${state}_users`,
      label,
      unit: 'count',
      anchor: 'event',
      grain: 'user',
      direction,
      definition,
      inputs: ['user_id'],
      dimensions: ['app'],
      expression: { over: 'user_periods', rows: `lifecycle = '${state}'`, kind: 'count' },
    }),
  ),
  metric({
    name: 'conversations_per_user',
    label: 'Conversations a user',
    unit: 'per_user',
    grain: 'user',
    definition: 'New conversations with a user id, by the number of their users.',
    inputs: ['user_id'],
    dimensions: ['app'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND user_no IS NOT NULL',
      kind: 'ratio',
      of: 'count(*)',
      per: 'count(DISTINCT user_no)',
    },
  }),
  metric({
    name: 'repeat_contact_rate',
    label: 'Back with the same topic',
    unit: 'ratio',
    grain: 'user',
    direction: 'down',
    definition:
      'Users with a new conversation whose topic (not other or unknown) they had already in the 7 days before it, of the users with a new conversation.',
    inputs: ['user_id', 'labels'],
    dimensions: ['app'],
    expression: {
      over: 'sessions',
      rows: 'engaged AND user_no IS NOT NULL',
      kind: 'ratio',
      of: 'count(DISTINCT user_no) FILTER (is_repeat)',
      per: 'count(DISTINCT user_no)',
    },
  }),
  metric({
    name: 'anonymous_conversations',
    label: 'Without a user id',
    unit: 'count',
    definition: 'New conversations without a user id; no figure of users counts them.',
    inputs: ['user_id'],
    dimensions: ['app'],
    expression: { over: 'sessions', rows: 'engaged AND user_no IS NULL', kind: 'count' },
  }),
];
