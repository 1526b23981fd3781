import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { MongoClient } from 'mongodb';

import { doctor } from '../../../src/client/doctor/index.js';
import { checkLake } from '../../../src/client/doctor/lake.js';
import { checkMongo } from '../../../src/client/doctor/mongodb.js';
import { checkTemporal } from '../../../src/client/doctor/temporal.js';
import { EXIT } from '../../../src/client/exit-codes.js';
import { QUEUES, SEARCH_ATTRIBUTES } from '../../../src/names.js';
import { collect, DAY, openRig } from '../../adapters/lake/support.js';
import { mongodbUri, s3, temporalBinary } from '../../support/engines.js';
import { quietRuntime } from '../../support/temporal.js';
import { labelledThread } from '../../support/threads.js';
import { ioOf } from '../support.js';
import { fault, findings } from './support.js';

interface Shown {
  ok: boolean;
  findings: { area: string; check: string; level: string; message: string; repaired: string | null }[];
}

describe('Temporal', () => {
  let server: TestWorkflowEnvironment;
  const target = (namespace = 'default') => ({
    target: { address: server.address, namespace, connectionOptions: { address: server.address } },
    ofDev: false,
  });
  beforeAll(async () => {
    quietRuntime();
    // Without our search attributes, and without workers.
    server = await TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'existing-path', path: temporalBinary() } },
    });
  }, 120_000);
  afterAll(() => server.teardown());

  it('without the namespace', async () => {
    const found = await fault(checkTemporal(target('nowhere')));
    expect(found).toMatchObject({ level: 'broken', check: 'namespace' });
    expect(found.message).toContain('nowhere');
    expect(found.remedy).toContain('TEMPORAL_NAMESPACE');
  }, 20_000);

  it('without search attributes and workers says both, and --repair registers what it can', async () => {
    const found = await findings(checkTemporal(target()));
    expect(found.map(({ check, level }) => [check, level])).toEqual(
      expect.arrayContaining([
        ['address', 'ok'],
        ['namespace', 'ok'],
        ['search attributes', 'broken'],
        ['workers', 'broken'],
      ]),
    );
    const attributes = found.find(({ check }) => check === 'search attributes');
    for (const { name } of Object.values(SEARCH_ATTRIBUTES)) expect(attributes?.message).toContain(name);
    expect(attributes?.remedy).toContain('TEMPORAL_NAMESPACE');
    const workers = found.find(({ check }) => check === 'workers');
    for (const queue of Object.values(QUEUES)) expect(workers?.message).toContain(queue);
    expect(workers?.remedy).toContain('conversation-analytics worker');

    const dir = await mkdtemp(join(tmpdir(), 'doctor-'));
    const { io, stdout } = ioOf({ TEMPORAL_ADDRESS: server.address, LAKE_DIR: dir });
    const code = await doctor({ repair: true, json: true }, io);
    const shown = JSON.parse(stdout()) as Shown;
    expect(shown.findings).toContainEqual(
      expect.objectContaining({
        check: 'search attributes',
        level: 'ok',
        repaired: expect.stringContaining('registered'),
      }),
    );
    // Nobody polls all the same.
    expect([
      code,
      shown.findings.filter(({ level }) => level === 'broken').map(({ check }) => check),
    ]).toEqual([EXIT.broken, ['workers']]);
    const again = await findings(checkTemporal(target()));
    expect(again).toContainEqual(expect.objectContaining({ check: 'search attributes', level: 'ok' }));
    await rm(dir, { recursive: true });
  }, 120_000);
});

describe('MongoDB', () => {
  it('without indexes is healed, and nothing is written by looking', async () => {
    const database = `doctor_${randomUUID().slice(0, 8)}`;
    const mongodb = { uri: mongodbUri(), database };
    const client = await MongoClient.connect(mongodbUri());
    try {
      const found = await fault(checkMongo({ mongodb, embedded: false }));
      expect(found).toMatchObject({ level: 'warning', check: 'indexes' });
      expect(found.message).toContain('conversation_messages.conversation');
      expect(found.remedy).toContain('MONGODB_DATABASE');
      const documents = await client.db(database).collection('conversation_analytics').countDocuments();
      expect(documents).toBe(0);
      await found.repair?.();
      const again = await findings(checkMongo({ mongodb, embedded: false }));
      expect(again.map(({ level }) => level)).toEqual(['ok', 'ok']);
    } finally {
      await client.db(database).dropDatabase();
      await client.close();
    }
  }, 120_000);
});

describe('the lake', () => {
  it('in S3: a bucket that is there is well; a missing one and wrong keys are named', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = s3();
    const bucket = `doctor-${randomUUID().slice(0, 8)}`;
    const admin = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    await admin.send(new CreateBucketCommand({ Bucket: bucket }));
    admin.destroy();
    const dir = await mkdtemp(join(tmpdir(), 'doctor-'));
    const check = (more: object) =>
      checkLake({
        config: {
          lake: { dir, s3: { bucket, prefix: 'p', endpoint, accessKeyId, secretAccessKey, ...more } },
        },
        remoteTemporal: true,
      });
    try {
      expect((await findings(check({}))).map(({ check: what, level }) => [what, level])).toEqual([
        ['access', 'ok'],
        ['fixed keys', 'ok'],
      ]);
      const missing = await fault(check({ bucket: 'no-such-bucket' }));
      expect(missing).toMatchObject({ level: 'broken', check: 'access' });
      expect(missing.message).toContain('no-such-bucket');
      expect(missing.remedy).toContain('S3_BUCKET');
      const refused = await fault(check({ secretAccessKey: 'wrong-secret-key' }));
      expect(refused).toMatchObject({ level: 'broken', check: 'access' });
      expect(refused.remedy).toContain('credentials');
      expect(JSON.stringify(refused)).not.toContain('wrong-secret-key');
      const gone = await fault(check({ endpoint: 'http://127.0.0.1:1' }));
      expect(gone).toMatchObject({ level: 'broken', check: 'access' });
      expect(gone.remedy).toContain('S3_ENDPOINT');
    } finally {
      await rm(dir, { recursive: true });
    }
  }, 120_000);

  it('with fixed keys that were lost or are of an older commit is healed', async () => {
    const rig = await openRig();
    try {
      await collect(rig.lake, {
        runId: 'r',
        batches: [[labelledThread({ id: 'a', startedAt: Date.UTC(2024, 2, 5, 9) })]],
      });
      const options = { config: { lake: { dir: rig.store.location, s3: null } }, remoteTemporal: false };
      const [year, month, day] = DAY.split('-');
      const folder = `conversations/year=${year ?? ''}/month=${month ?? ''}/day=${day ?? ''}/`;
      expect((await findings(checkLake(options))).every(({ level }) => level === 'ok')).toBe(true);
      for (const damage of [
        () => rig.store.delete([`${folder}messages/messages.parquet`]),
        () => rig.store.put(`${folder}_commit.json`, Buffer.from('{"commit_id":"older"}')),
      ]) {
        await damage();
        const found = await fault(checkLake(options));
        expect(found).toMatchObject({ level: 'warning', check: 'fixed keys' });
        expect(found.message).toContain(DAY);
        await found.repair?.();
        expect((await findings(checkLake(options))).every(({ level }) => level === 'ok')).toBe(true);
        expect(await rig.store.get(`${folder}messages/messages.parquet`)).not.toBeNull();
      }
    } finally {
      await rig.close();
    }
  }, 120_000);
});
