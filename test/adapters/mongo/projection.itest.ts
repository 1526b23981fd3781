import { randomUUID } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import { createMongoProjection } from '../../../src/adapters/mongo/index.js';
import type { LabelledThread } from '../../../src/domain/thread.js';
import type { Projection } from '../../../src/ports/projection.js';
import { mongodbUri } from '../../support/engines.js';
import { labelledThread } from '../../support/threads.js';

const signal = new AbortController().signal;
let client: MongoClient;
let db: Db;
let projection: Projection;

beforeAll(async () => {
  client = await MongoClient.connect(mongodbUri());
});

beforeEach(async () => {
  const database = `projection_${randomUUID().slice(0, 8)}`;
  db = client.db(database);
  projection = createMongoProjection({ uri: mongodbUri(), database });
  await projection.prepare(signal);
});

afterEach(async () => {
  await db.dropDatabase();
  await projection.close();
});

afterAll(async () => {
  await client.close();
});

async function ids(collection: string): Promise<string[]> {
  const docs = await db
    .collection<{ _id: string }>(collection)
    .find()
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return docs.map(({ _id }) => _id).sort();
}

/** What must be stored: of each conversation the newest version with its own children, nothing else. */
async function expectStored(threads: LabelledThread[]): Promise<void> {
  const newest = new Map<string, LabelledThread>();
  for (const thread of threads) {
    const { conversation_key: key, fetched_at: version } = thread.conversation;
    const known = newest.get(key);
    if (known === undefined || known.conversation.fetched_at < version) newest.set(key, thread);
  }
  const kept = [...newest.values()];
  expect(await ids('conversation_analytics')).toEqual([...newest.keys()].sort());
  expect(await ids('conversation_messages')).toEqual(
    kept.flatMap(({ messages }) => messages.map((m) => m.message_key)).sort(),
  );
  expect(await ids('conversation_categories')).toEqual(
    kept.flatMap(({ categories }) => categories.map((c) => c.category_key)).sort(),
  );
}

describe('the MongoDB projection', () => {
  it('stores whole rows: the key as _id, times as dates, everything else as in the lake', async () => {
    const thread = labelledThread({ id: 'a' });
    await projection.write([thread], signal);
    await expectStored([thread]);
    const { fetched_at, started_at, first_user_message_at, last_message_at, source_created_at, ...rest } =
      thread.conversation;
    expect(await db.collection('conversation_analytics').findOne()).toEqual({
      ...rest,
      _id: 'test:a',
      version: fetched_at,
      fetched_at: new Date(fetched_at),
      started_at: new Date(started_at),
      first_user_message_at: new Date(first_user_message_at!),
      last_message_at: new Date(last_message_at!),
      source_created_at: new Date(source_created_at!),
    });
  });

  it('changes nothing when it is repeated', async () => {
    const threads = ['a', 'b', 'c'].map((id) => labelledThread({ id }));
    await projection.write(threads, signal);
    await projection.write(threads, signal);
    await expectStored(threads);
  });

  it('a newer version replaces a conversation and removes the children that it no longer has', async () => {
    const old = labelledThread({ id: 'a', fetchedAt: 1_000, messages: ['1', '2', '3'] });
    const other = labelledThread({ id: 'b', fetchedAt: 1_000 });
    const fresh = labelledThread({
      id: 'a',
      fetchedAt: 2_000,
      messages: ['2', '4'],
      conversation: { topic: 'other' },
    });
    await projection.write([old, other], signal);
    await projection.write([fresh], signal);
    await expectStored([old, other, fresh]);
    expect(await db.collection('conversation_analytics').findOne({ conversation_id: 'a' })).toMatchObject({
      topic: 'other',
    });
  });

  it('an older version changes nothing and leaves no children behind', async () => {
    const fresh = labelledThread({ id: 'a', fetchedAt: 2_000, messages: ['1'] });
    const old = labelledThread({ id: 'a', fetchedAt: 1_000, messages: ['1', '2', '3'] });
    await projection.write([fresh], signal);
    await projection.write([old], signal);
    await expectStored([fresh, old]);
  });

  it('finishes what a crash left half written', async () => {
    const thread = labelledThread({ id: 'a', messages: ['1', '2', '3'] });
    await projection.write([{ ...thread, messages: thread.messages.slice(0, 1), categories: [] }], signal);
    await projection.write([thread], signal);
    await expectStored([thread]);
  });

  it('writers of many versions at once end with the newest, whole', async () => {
    const versions = [...Array(6).keys()].flatMap((version) =>
      [...Array(20).keys()].map((n) =>
        labelledThread({
          id: `c${n}`,
          fetchedAt: 1_000 + ((version * 7 + n) % 6),
          messages: [...Array(1 + ((version + n) % 5)).keys()].map((m) => `c${n}-${version}-${m}`),
        }),
      ),
    );
    await Promise.all(
      [...Array(6).keys()].map((v) => projection.write(versions.slice(v * 20, v * 20 + 20), signal)),
    );
    await expectStored(versions);
  }, 120_000);

  it('writes more than one command holds', async () => {
    const threads = [...Array(1_200).keys()].map((n) => labelledThread({ id: `c${n}`, messages: [] }));
    await projection.write(threads, signal);
    await projection.write(
      threads.map((t) => ({ ...t, conversation: { ...t.conversation, fetched_at: 9_000 } })),
      signal,
    );
    expect(
      await db.collection('conversation_analytics').countDocuments({ fetched_at: new Date(9_000) }),
    ).toBe(1_200);
  }, 120_000);

  it('marks conversations that have left the source, unless they were read again meanwhile', async () => {
    await projection.write(
      [labelledThread({ id: 'a' }), labelledThread({ id: 'b', fetchedAt: 5_000 })],
      signal,
    );
    await projection.markDeleted(
      ['a', 'b'].map((id) => ({ conversation_key: `test:${id}`, fetched_at: 1_000, deleted_at: 2_000 })),
      signal,
    );
    const deleted = await db
      .collection('conversation_analytics')
      .find({ deleted_at: new Date(2_000) })
      .toArray();
    expect(deleted.map((doc) => doc.conversation_id as string)).toEqual(['a']);
    expect(deleted.map((doc) => doc['deleted_at'] as unknown)).toEqual([new Date(2_000)]);
    const before = { deleted_at: { $lt: new Date(2_001) } };
    expect(await db.collection('conversation_analytics').countDocuments(before)).toBe(1);
  });

  it('names what cannot be reached, without credentials', async () => {
    const gone = createMongoProjection({
      uri: 'mongodb://someone:secret@127.0.0.1:1/?serverSelectionTimeoutMS=200',
      database: 'x',
    });
    const err: unknown = await gone.prepare(signal).catch((e: unknown) => e);
    expect(err).toMatchObject({ name: 'PipelineError', type: 'MongoUnavailable' });
    expect(String(err)).toContain('127.0.0.1:1');
    expect(String(err)).not.toContain('secret');
    await gone.close();
  });
});
