import { describe, expect, it } from '@jest/globals';
import { lifecycleOf, userRowOf, type UserFacts } from '../../../src/domain/users/analytics.js';

const at = (day: string) => Date.parse(`${day}T12:00:00Z`);
const talk = (day: string, topic: string, score: number | null, language = 'en') => ({
  at: at(day),
  topic,
  intent: `ask_${topic}`,
  score,
  language,
  fetched_at: at(day) + 1,
  run_id: `run of ${day}`,
});
const spoke = (day: string, messages: number) => ({ first: at(day), last: at(day) + 60_000, messages });
const facts = (over: Partial<UserFacts>): UserFacts => ({
  user_key: 's:web/u',
  app_id: 'web',
  user_id: 'u',
  source: 's',
  conversations: [],
  days: [],
  ...over,
});
const context = { tz: 'UTC', historyFrom: at('2024-01-01'), asOf: at('2024-03-20') };

describe('the row of a user', () => {
  it('is worked out by hand', () => {
    const row = userRowOf(
      facts({
        conversations: [
          talk('2024-01-10', 'billing', -0.5),
          talk('2024-01-17', 'billing', -0.3, 'de'),
          talk('2024-03-10', 'billing', 0.2),
          talk('2024-03-12', 'other', 0.4),
          talk('2024-03-13', 'other', null),
        ],
        days: [
          spoke('2024-01-10', 2),
          spoke('2024-01-17', 1),
          spoke('2024-03-10', 4),
          spoke('2024-03-13', 3),
        ],
      }),
      context,
    );
    expect(row).toMatchObject({
      first_seen_at: at('2024-01-10'),
      last_seen_at: at('2024-03-13') + 60_000,
      active_since_at: at('2024-03-10'),
      conversations: 5,
      messages: 10,
      active_days: 4,
      // exactly seven days later; `other` is no topic to come back with
      repeat_contacts_7d: 1,
      top_topics: [
        { label: 'billing', n: 3 },
        { label: 'other', n: 2 },
      ],
      languages: ['de', 'en'],
      lifecycle: 'resurrected',
      run_id: 'run of 2024-03-13',
    });
    expect(row?.sentiment_mean).toBeCloseTo(-0.05, 9);
    expect(row?.sentiment_trend).toBeCloseTo(0.7, 9);
  });

  it('has no trend under three conversations with a score, and no row who never wrote', () => {
    const two = { conversations: [talk('2024-03-01', 'a', 1), talk('2024-03-02', 'a', null)] };
    expect(userRowOf(facts({ ...two, days: [spoke('2024-03-01', 1)] }), context)).toMatchObject({
      sentiment_mean: 1,
      sentiment_trend: null,
    });
    expect(userRowOf(facts(two), context)).toBeNull();
  });

  it.each([
    ['new', '2024-03-01', '2024-03-01', '2024-03-02'],
    ['returning', '2024-01-01', '2024-01-01', '2024-03-02'],
    ['resurrected', '2024-01-01', '2024-03-01', '2024-03-02'],
    ['dormant', '2024-01-01', '2024-01-01', '2024-02-20'],
  ])('%s', (state, first, since, last) => {
    const seen = { first_seen_at: at(first), active_since_at: at(since), last_seen_at: at(last) };
    expect(lifecycleOf(seen, context.asOf)).toBe(state);
  });
});
