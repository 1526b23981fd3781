import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { MongoClient } from 'mongodb';
import type { CollectSummary } from '../../src/domain/collection.js';
import { openLakeReader } from '../../src/adapters/lake/index.js';
import { createS3ObjectStore } from '../../src/adapters/object-store/index.js';
import { mongodbUri, s3 } from '../support/engines.js';
import { readExpected, type Expected } from '../support/independent-reader.js';
import { freshDatabase, Rig, type SourceSettings } from './rig.js';

export interface SeededSource extends SourceSettings {
  /** First and last UTC day that hold conversations. */
  startDate: string;
  endDate: string;
  /** Conversations of the range that the suite must see at least, so that it cannot pass on nothing. */
  atLeast: number;
  close(): Promise<void>;
}

/**
 * The main job on a source, compared with an independent reader of the same source. Runs on the sample source and on a
 * real NocoDB.
 */
export function definePipelineSuite(
  name: string,
  seed: () => Promise<SeededSource>,
  { withS3 = false } = {},
): void {
  describe(`the pipeline on ${name}`, () => {
    let source: SeededSource;
    let rig: Rig;
    let expected: Expected;
    const database = freshDatabase();

    beforeAll(async () => {
      source = await seed();
      rig = await Rig.start(source);
      expected = await readExpected(source);
    }, 600_000);

    afterAll(async () => {
      const client = await MongoClient.connect(mongodbUri());
      await client.db(database).dropDatabase();
      await client.close();
      await rig.close();
      await source.close();
    }, 60_000);

    const range = () => ['--start-date', source.startDate, '--end-date', source.endDate];
    const hashes = (lake: string) =>
      rig.lake(lake).rowHashes({ start: source.startDate, end: source.endDate });

    it('stores in the lake and in MongoDB exactly the rows that it should', async () => {
      const settings = rig.settings('main', { MONGODB_URI: mongodbUri(), MONGODB_DATABASE: database });
      const worker = await rig.worker(settings);
      const summary = await rig.collect(range(), settings);
      await rig.stop(worker);

      expect(summary.status).toBe('complete');
      expect(expected.conversations.size).toBeGreaterThanOrEqual(source.atLeast);
      checkBooks(summary, expected);

      const lake = rig.lake('main');
      const stored = await lake.query<{ id: string; row: string; day: string }>(
        `select conversation_id as id, source_row_id as row, strftime(started_at at time zone 'UTC', '%Y-%m-%d') as day from conversations`,
      );
      expect(sorted(stored)).toEqual(
        sorted([...expected.conversations].map(([id, { rowId, day }]) => ({ id, row: rowId, day }))),
      );
      const messages = await lake.query<{ conversation: string; id: string }>(
        `select c.conversation_id as conversation, m.message_id as id
         from messages m join conversations c using (conversation_key)`,
      );
      expect(sorted(messages)).toEqual(
        sorted(
          [...expected.conversations].flatMap(([conversation, { messages }]) =>
            messages.map((id) => ({ conversation, id })),
          ),
        ),
      );
      const rejects = await lake.query<{ table: string; row: string; reason: string }>(
        `select "table", source_row_id as row, reason from rejects`,
      );
      expect(sorted(rejects)).toEqual(
        sorted(expected.rejects.map(({ table, rowId, reason }) => ({ table, row: rowId, reason }))),
      );

      const mongo = await MongoClient.connect(mongodbUri());
      try {
        const db = mongo.db(database);
        const ids = await db
          .collection('conversation_analytics')
          .find()
          .project({ conversation_id: 1 })
          .toArray();
        expect(ids.map((doc) => String(doc.conversation_id)).sort()).toEqual(
          [...expected.conversations.keys()].sort(),
        );
        expect(await db.collection('conversation_messages').countDocuments()).toBe(messages.length);
        const [{ n } = { n: 0 }] = await lake.query<{ n: number }>(
          'select count(*)::int as n from categories',
        );
        expect(await db.collection('conversation_categories').countDocuments()).toBe(n);
        expect(n).toBeGreaterThan(expected.conversations.size);
      } finally {
        await mongo.close();
      }
    }, 600_000);

    it('stores the same rows with another batch size, without MongoDB, and again over itself', async () => {
      const settings = rig.settings('other');
      const worker = await rig.worker(settings);
      await rig.collect([...range(), '--batch-size', '37', '--no-mongodb'], settings);
      expect(await hashes('other')).toEqual(await hashes('main'));
      await rig.collect([...range(), '--batch-size', '500', '--no-mongodb'], settings);
      expect(await hashes('other')).toEqual(await hashes('main'));
      await rig.stop(worker);
    }, 600_000);

    it.each(['in', 'sweep'])(
      'stores the same rows where it reads by %s',
      async (strategy) => {
        const settings = rig.settings(`reading-${strategy}`, { NOCODB_READING: strategy });
        const worker = await rig.worker(settings);
        const summary = await rig.collect([...range(), '--no-mongodb'], settings);
        await rig.stop(worker);
        expect(summary.reading).toMatchObject({ strategy });
        checkBooks(summary, expected);
        expect(await hashes(`reading-${strategy}`)).toEqual(await hashes('main'));
      },
      600_000,
    );

    (withS3 ? it : it.skip)(
      'stores the same rows in S3',
      async () => {
        const { endpoint, accessKeyId, secretAccessKey } = s3();
        const bucket = {
          bucket: database.replace('_', '-'),
          region: 'us-east-1',
          endpoint,
          accessKeyId,
          secretAccessKey,
        };
        const client = new S3Client({
          endpoint,
          region: bucket.region,
          forcePathStyle: true,
          credentials: { accessKeyId, secretAccessKey },
        });
        await client.send(new CreateBucketCommand({ Bucket: bucket.bucket }));
        client.destroy();
        const settings = rig.settings('s3-cache', {
          S3_ENABLED: 'true',
          S3_BUCKET: bucket.bucket,
          S3_PREFIX: 'lake',
          S3_ENDPOINT: endpoint,
          AWS_REGION: bucket.region,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
        });
        const worker = await rig.worker(settings);
        const summary = await rig.collect([...range(), '--no-mongodb'], settings);
        await rig.stop(worker);
        checkBooks(summary, expected);
        const store = createS3ObjectStore({ ...bucket, prefix: 'lake', cacheDir: rig.lakeDir('s3-reader') });
        const rows = await openLakeReader(store).rowHashes({ start: source.startDate, end: source.endDate });
        await store.close();
        expect(rows).toEqual(await hashes('main'));
      },
      600_000,
    );

    it('a worker killed in mid-run, and a new one, end in the same rows', async () => {
      const settings = rig.settings('killed');
      let worker = await rig.worker(settings);
      const running = rig.collect([...range(), '--batch-size', '20', '--no-mongodb'], settings);
      let kills = 0;
      for (const share of [0.2, 0.6]) {
        await rig.until(
          source,
          (progress) => progress.batches.done > 0 && progress.days.done >= share * progress.days.total,
        );
        await rig.stop(worker, 'SIGKILL');
        kills++;
        worker = await rig.worker(settings);
      }
      const summary = await running;
      await rig.stop(worker);
      expect(kills).toBe(2);
      expect(summary.status).toBe('complete');
      checkBooks(summary, expected);
      expect(await hashes('killed')).toEqual(await hashes('main'));
    }, 600_000);

    it('two runs over overlapping ranges at once end in the same rows', async () => {
      const settings = rig.settings('overlapping');
      const worker = await rig.worker(settings);
      const days = expectedDays(expected);
      const middle = days[Math.floor(days.length / 2)] ?? source.endDate;
      const [first, second, whole] = await Promise.all([
        rig.collect(['--start-date', source.startDate, '--end-date', middle, '--no-mongodb'], settings),
        rig.collect(['--start-date', middle, '--end-date', source.endDate, '--no-mongodb'], settings),
        rig.collect([...range(), '--batch-size', '50', '--no-mongodb'], settings),
      ]);
      await rig.stop(worker);
      expect([first.status, second.status, whole.status]).toEqual(['complete', 'complete', 'complete']);
      expect(await hashes('overlapping')).toEqual(await hashes('main'));
    }, 600_000);
  });
}

/** received = stored + rejected, and all three are what the independent reader says. */
function checkBooks(summary: CollectSummary, expected: Expected): void {
  for (const table of ['conversations', 'messages'] as const) {
    const { received, stored, rejected } = summary[table];
    expect(received).toBe(stored + rejected);
    expect(rejected).toBe(expected.rejects.filter((reject) => reject.table === table).length);
  }
  expect(summary.conversations.stored).toBe(expected.conversations.size);
  expect(summary.conversations.received).toBe(summary.plannedConversations);
  expect(summary.messages.stored).toBe(
    [...expected.conversations.values()].reduce((sum, { messages }) => sum + messages.length, 0),
  );
  expect(summary.undatedConversations).toBe(expected.undated);
  expect(summary.mismatches).toEqual([]);
}

function expectedDays(expected: Expected): string[] {
  return [...new Set([...expected.conversations.values()].map(({ day }) => day))].sort();
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
