import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { createMongoUsers } from '../../../src/adapters/mongo/users.js';
import { userRowOf, type UserRow } from '../../../src/domain/users/analytics.js';
import { mongodbUri } from '../../support/engines.js';

const signal = new AbortController().signal;
const HOUR = 3_600_000;

function row(user: string, at: number, asOf: number): UserRow {
  const talk = { at, topic: 'billing_payment', intent: 'get_invoice', score: 0.3, language: 'en' };
  return userRowOf(
    {
      user_key: `src:web/${user}`,
      app_id: 'web',
      user_id: user,
      source: 'src',
      conversations: [{ ...talk, fetched_at: at, run_id: 'run' }],
      days: [{ first: at, last: at + 1_234, messages: 2 }],
    },
    { tz: 'UTC', historyFrom: 0, asOf },
  )!;
}

it('replaces rows of users, removes others, and leaves those that stay', async () => {
  const database = `users_${randomUUID().slice(0, 8)}`;
  const client = await MongoClient.connect(mongodbUri());
  const users = createMongoUsers({ uri: mongodbUri(), database });
  const stored = () => client.db(database).collection('user_analytics').find().sort({ _id: 1 }).toArray();
  try {
    await users.writeUsers([row('ann', HOUR, 2 * HOUR), row('bob', HOUR, 2 * HOUR)], [], signal);
    for (let time = 0; time < 2; time++) {
      await users.writeUsers([row('ann', 3 * HOUR, 4 * HOUR)], ['src:web/bob'], signal);
      await users.writeUsers([row('cem', HOUR, 4 * HOUR)], [], signal);
    }
    const found = await stored();
    expect(found.map(({ _id, as_of }) => [String(_id), as_of as Date])).toEqual([
      ['src:web/ann', new Date(4 * HOUR)],
      ['src:web/cem', new Date(4 * HOUR)],
    ]);
    expect(found[0]).toMatchObject({
      first_seen_at: new Date(3 * HOUR),
      last_seen_at: new Date(3 * HOUR + 1_234),
      messages: 2,
      top_topics: [{ label: 'billing_payment', n: 1 }],
      sentiment_mean: Math.fround(0.3),
      sentiment_trend: null,
    });
  } finally {
    await client.db(database).dropDatabase();
    await users.close();
    await client.close();
  }
});
