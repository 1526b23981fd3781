import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient, ObjectId, type Db, type Document } from 'mongodb';

import { createMongoProjection } from '../../src/adapters/mongo/index.js';
import { createProjectionRebuild, type ProjectionRebuild } from '../../src/adapters/mongo/rebuild.js';
import { UsageError } from '../../src/client/errors.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { mongoRebuild } from '../../src/client/mongo-rebuild.js';
import { rebuildProjection, type RebuildResult } from '../../src/client/rebuild-projection.js';
import type { LabelledThread } from '../../src/domain/thread.js';
import type { Projection } from '../../src/ports/projection.js';
import { collect, DAY, HOUR, openRig, READ, T0, writeBatch, type Rig } from '../adapters/lake/support.js';
import { mongodbUri } from '../support/engines.js';
import { labelledThread } from '../support/threads.js';
import { ioOf } from './support.js';

const NEXT_DAY = '2024-03-06';
const COLLECTIONS = [
  'conversation_analytics',
  'conversation_messages',
  'conversation_categories',
  'conversation_translations',
];
const signal = new AbortController().signal;

let client: MongoClient;
let database: string;
let db: Db;
let rig: Rig;
let written: Projection;
let rebuild: ProjectionRebuild;

beforeAll(async () => {
  client = await MongoClient.connect(mongodbUri());
});
afterAll(() => client.close());
beforeEach(async () => {
  database = `rebuild_${randomUUID().slice(0, 8)}`;
  db = client.db(database);
  rig = await openRig();
  written = createMongoProjection({ uri: mongodbUri(), database });
  rebuild = createProjectionRebuild({ uri: mongodbUri(), database });
  await written.prepare(signal);
});
afterEach(async () => {
  await db.dropDatabase();
  await Promise.all([written.close(), rebuild.close(), rig.close()]);
});

function thread(
  id: string,
  { day = DAY, fetchedAt = READ, runId = 'run-1', messages = 2 } = {},
): LabelledThread {
  return labelledThread({
    id,
    fetchedAt,
    runId,
    startedAt: T0 + (day === DAY ? 0 : 24 * HOUR),
    messages: [...Array(messages).keys()].map((n) => `${id}-${n}`),
    // Values that four bytes do not hold exactly, as a model gives them.
    conversation: { topic_confidence: 0.123456789, sentiment_score: -0.7 },
  });
}

/** As a collection does it: MongoDB batch by batch, then the commit of the day. */
async function collected(
  threads: LabelledThread[],
  day = DAY,
  runId = 'run-1',
  plannedAt = READ,
): Promise<void> {
  await written.write(threads, signal);
  await collect(rig.lake, { runId, batches: [threads], day, plannedAt });
}

async function stored(): Promise<Record<string, Document[]>> {
  const all: Record<string, Document[]> = {};
  for (const name of COLLECTIONS) {
    const documents = await db.collection(name).find().toArray();
    all[name] = documents.sort((a, b) => (String(a._id) < String(b._id) ? -1 : 1));
  }
  return all;
}

const conversations = () => db.collection<Document & { _id: string }>('conversation_analytics');
const messages = () => db.collection<Document & { _id: string }>('conversation_messages');

function run(range = {}, during: AbortSignal = signal, reader = rig.reader): Promise<RebuildResult> {
  return rebuildProjection({ reader, projection: rebuild, tell: () => undefined }, range, during);
}

describe('a damaged projection', () => {
  it('is made again as the collection had written it', async () => {
    await collected([...Array(30).keys()].map((n) => thread(`a${n}`, { messages: n % 4 })));
    await collected(
      [...Array(5).keys()].map((n) => thread(`b${n}`, { day: NEXT_DAY })),
      NEXT_DAY,
    );
    const whole = await stored();

    await conversations().deleteMany({ _id: { $in: ['test:a1', 'test:b2'] } });
    await messages().deleteMany({ conversation_key: 'test:a3' });
    await conversations().updateOne({ _id: 'test:a5' }, { $set: { topic: 'wrong' } });
    await conversations().updateOne({ _id: 'test:a6' }, { $set: { version: READ + 9e9, topic: 'wrong' } });
    await messages().updateOne({ _id: 'test:m:a7-0' }, { $set: { text: 'other' }, $unset: { version: '' } });
    const stranger = thread('stranger');
    await written.write([stranger], signal);
    await messages().insertOne({ _id: 'extra', conversation_key: 'test:a2', version: READ, run_id: 'old' });
    await messages().insertOne({
      _id: 'orphan',
      conversation_key: 'test:nobody',
      version: READ,
      run_id: 'old',
    });
    await db.collection('conversation_categories').insertOne({ _id: new ObjectId(), note: 'by hand' });

    const result = await run();
    expect(await stored()).toEqual(whole);
    // a1, b2 and the three messages of a3; a5 and a7 at once, a6 after a second look; the stranger with 2 messages and
    // 3 labels, extra, orphan, by hand.
    expect(result).toEqual({ days: 2, conversations: 35, added: 5, replaced: 3, removed: 9, kept: 0 });

    expect(await run()).toEqual({ days: 2, conversations: 35, added: 0, replaced: 0, removed: 0, kept: 0 });
    expect(await stored()).toEqual(whole);
  }, 120_000);

  it('is made from nothing, and stops and goes on where it is told to', async () => {
    await collected([...Array(20).keys()].map((n) => thread(`a${n}`)));
    await collected([thread('b', { day: NEXT_DAY })], NEXT_DAY);
    const whole = await stored();
    await db.dropDatabase();

    const abort = new AbortController();
    const stopping = rebuildProjection(
      { reader: rig.reader, projection: rebuild, tell: () => abort.abort() },
      {},
      abort.signal,
    );
    await expect(stopping).rejects.toThrow();
    expect(await conversations().countDocuments()).toBe(20);

    expect(await run()).toMatchObject({ days: 2, conversations: 21 });
    expect(await stored()).toEqual(whole);
  }, 120_000);

  it('loses what has left the lake: moved to another day, or of an older version', async () => {
    await collected([thread('a'), thread('moving')]);
    const before = await stored();
    await collect(rig.lake, {
      runId: 'run-2',
      batches: [[thread('moving', { day: NEXT_DAY, fetchedAt: READ + HOUR, runId: 'run-2', messages: 1 })]],
      day: NEXT_DAY,
      plannedAt: READ + HOUR,
    });
    expect(before['conversation_messages']).toHaveLength(4);
    expect(await run()).toMatchObject({ days: 2, conversations: 2 });
    const after = await stored();
    expect(after['conversation_messages']?.map(({ _id }) => _id as unknown)).toEqual([
      'test:m:a-0',
      'test:m:a-1',
      'test:m:moving-0',
    ]);
    expect(await conversations().findOne({ _id: 'test:moving' })).toMatchObject({
      version: READ + HOUR,
      run_id: 'run-2',
    });
  }, 120_000);
});

describe('a range', () => {
  it('leaves other days alone, also where a document of theirs says that it is of this one', async () => {
    await collected([thread('a')]);
    await collected([thread('b', { day: NEXT_DAY })], NEXT_DAY);
    await written.write([thread('stranger')], signal);
    await conversations().updateOne(
      { _id: 'test:b' },
      { $set: { started_at: new Date(T0), topic: 'wrong' } },
    );
    const result = await run({ start: DAY, end: DAY });
    expect(result).toMatchObject({ days: 1, conversations: 1, removed: 6, kept: 4 + 2 });
    expect(await conversations().findOne({ _id: 'test:b' })).toMatchObject({ topic: 'wrong' });
    expect(await messages().countDocuments()).toBe(4);
  }, 120_000);
});

describe('beside a collection', () => {
  it('what has not been committed yet is left', async () => {
    await collected([thread('a'), thread('b')]);
    const fresh = [
      thread('a', { fetchedAt: READ + HOUR, runId: 'run-2', messages: 3 }),
      thread('new', { fetchedAt: READ + HOUR, runId: 'run-2' }),
    ];
    await writeBatch(rig.lake, { runId: 'run-2', day: DAY, batch: 0 }, fresh);
    await written.write(fresh, signal);
    const before = await stored();
    const result = await run();
    expect(result).toMatchObject({ replaced: 0, removed: 0 });
    expect(result.kept).toBeGreaterThan(0);
    expect(await stored()).toEqual(before);
  }, 120_000);

  it('what is committed while it runs stands in the end', async () => {
    await collected([thread('a', { messages: 3 }), thread('b')]);
    const newer = thread('a', { fetchedAt: READ + HOUR, runId: 'run-2', messages: 1 });
    let committed = false;
    const reader = new Proxy(rig.reader, {
      get: (target, name, receiver) => {
        if (name !== 'uncommittedRuns') {
          const value: unknown = Reflect.get(target, name, receiver);
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
        }
        return async () => {
          // After the day was read and written, before it is looked at again.
          if (!committed) {
            committed = true;
            await collected(
              [newer, thread('b', { fetchedAt: READ + HOUR, runId: 'run-2' })],
              DAY,
              'run-2',
              READ + HOUR,
            );
          }
          return target.uncommittedRuns();
        };
      },
    });
    await run({}, signal, reader);
    expect(await conversations().findOne({ _id: 'test:a' })).toMatchObject({ version: READ + HOUR });
    expect((await messages().find({ conversation_key: 'test:a' }).toArray()).map(({ _id }) => _id)).toEqual([
      'test:m:a-0',
    ]);
    const after = await stored();
    expect(await run()).toMatchObject({ added: 0, replaced: 0, removed: 0, kept: 0 });
    expect(await stored()).toEqual(after);
  }, 120_000);
});

describe('the command', () => {
  const settings = () => ({
    LAKE_DIR: rig.store.location,
    MONGODB_URI: mongodbUri(),
    MONGODB_DATABASE: database,
    CONVERSATION_ANALYTICS_DATA: rig.dir,
  });

  it('rebuilds with --yes, tells each day, and prints the counts', async () => {
    await collected([thread('a')]);
    await db.dropDatabase();
    const { io, stdout, stderr } = ioOf(settings());
    expect(await mongoRebuild({ yes: true, json: true }, io)).toBe(EXIT.complete);
    expect(JSON.parse(stdout())).toMatchObject({ days: 1, conversations: 1, removed: 0 });
    expect(stderr()).toContain(`${DAY} (1/1): 1 conversation`);
    expect(await conversations().countDocuments()).toBe(1);
  }, 120_000);

  it('asks first, and refuses where nobody can be asked', async () => {
    const { io } = ioOf(settings());
    await expect(mongoRebuild({ yes: false, json: false }, io)).rejects.toThrow(UsageError);
  });
});
