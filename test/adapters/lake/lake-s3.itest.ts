import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { createS3ObjectStore } from '../../../src/adapters/object-store/index.js';
import { atomicS3 } from '../../support/atomic-s3.js';
import { labelledThread } from '../support/threads.js';
import {
  collect,
  commitInput,
  DAY,
  keys,
  openRig,
  READ,
  signal,
  T0,
  writeBatches,
  type Rig,
} from './support.js';

jest.setTimeout(120_000);

let rig: Rig;
let cacheDir: string;
let proxy: Awaited<ReturnType<typeof atomicS3>>;

beforeAll(async () => {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  proxy = await atomicS3(process.env['TEST_S3_ENDPOINT'] ?? '');
  const { endpoint } = proxy;
  const credentials = {
    accessKeyId: process.env['TEST_S3_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: process.env['TEST_S3_SECRET_ACCESS_KEY'] ?? '',
  };
  const bucket = `lake-${randomUUID().slice(0, 8)}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  cacheDir = await mkdtemp(join(tmpdir(), 'lake-s3-'));
  rig = await openRig(createS3ObjectStore({ bucket, prefix: 'p', endpoint, ...credentials, cacheDir }));
});
afterAll(async () => {
  await rig.close();
  await rm(cacheDir, { recursive: true });
  await proxy.close();
});

const thread = (id: string, runId: string, fetchedAt = READ) =>
  labelledThread({ id, startedAt: T0, fetchedAt, runId, texts: [id, '😀a'] });

it('commits to S3 as to a directory: overlapping runs keep their rows, fixed keys follow, staging goes', async () => {
  await collect(rig.lake, { runId: 'r1', batches: [[thread('a', 'r1')], [thread('b', 'r1')]] });
  const runs = ['r2', 'r3'];
  const readings = runs.map((runId) => ({
    runId,
    complete: false,
    batches: [[thread('b', runId, READ + 1), thread(`only ${runId}`, runId)]],
  }));
  await Promise.all(readings.map((reading) => writeBatches(rig.another(), reading)));
  await Promise.all(readings.map((reading) => rig.another().commitDay(commitInput(reading), signal)));
  const rows = await rig.reader.query('SELECT conversation_id AS id, run_id FROM conversations ORDER BY id');
  expect(rows).toEqual([
    { id: 'a', run_id: 'r1' },
    { id: 'b', run_id: 'r3' },
    { id: 'only r2', run_id: 'r2' },
    { id: 'only r3', run_id: 'r3' },
  ]);
  const manifest = (await rig.lake.readManifest(DAY))!;
  const fixed = await rig.store.get('conversations/year=2024/month=03/day=05/messages/messages.parquet');
  expect(fixed!.body.byteLength).toBe(manifest.files['messages']!.bytes);
  expect((await keys(rig.store, '_staging/')).filter((key) => !key.endsWith('/_committed.json'))).toEqual([]);
});

it('has the same row hashes as a directory', async () => {
  const directory = await openRig();
  const reading = { runId: 'r9', day: '2024-03-07', batches: [[thread('x', 'r9'), thread('y', 'r9')]] };
  await collect(directory.lake, reading);
  await collect(rig.lake, { ...reading, batches: [[thread('y', 'r9')], [thread('x', 'r9')]] });
  const range = { start: '2024-03-07', end: '2024-03-07' };
  expect(await rig.reader.rowHashes(range)).toEqual(await directory.reader.rowHashes(range));
  await directory.close();
});
