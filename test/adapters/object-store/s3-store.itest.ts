import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createS3ObjectStore, type S3Options } from '../../../src/adapters/object-store/index.js';
import { objectStoreContract } from '../../contract/object-store-contract.js';
import { atomicS3 } from '../../support/atomic-s3.js';

const gateway = process.env['TEST_S3_ENDPOINT'] ?? '';
let endpoint = '';
let proxy: Awaited<ReturnType<typeof atomicS3>>;
const accessKeyId = process.env['TEST_S3_ACCESS_KEY_ID'] ?? '';
const secretAccessKey = process.env['TEST_S3_SECRET_ACCESS_KEY'] ?? '';
const bucket = `store-${randomUUID().slice(0, 8)}`;
let cacheDir: string;

function options(): S3Options {
  return {
    bucket,
    prefix: '/some prefix/lake/',
    endpoint,
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
    cacheDir,
  };
}

beforeAll(async () => {
  proxy = await atomicS3(gateway);
  endpoint = proxy.endpoint;
  cacheDir = await mkdtemp(join(tmpdir(), 's3-cache-'));
  // The SDK's note on future Node versions, which createS3ObjectStore keeps off the terminal too.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
});
afterAll(async () => {
  await rm(cacheDir, { recursive: true });
  await proxy.close();
});

objectStoreContract('S3', () => createS3ObjectStore(options()));

describe('S3 object store', () => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);

  it('downloads an unchanged object once', async () => {
    const store = createS3ObjectStore(options());
    await store.put('cached.parquet', text('x'));
    const first = await store.localPath('cached.parquet');
    const files = await readdir(join(cacheDir, 's3-cache'));
    expect(await store.localPath('cached.parquet')).toBe(first);
    expect(await readdir(join(cacheDir, 's3-cache'))).toEqual(files);
    await store.close();
  });

  it('keeps prefixes apart and says where it is', async () => {
    const store = createS3ObjectStore(options());
    const elsewhere = createS3ObjectStore({ ...options(), prefix: 'some prefix/lake2' });
    await store.put('mine', text('x'));
    expect(await elsewhere.get('mine')).toBeNull();
    expect(store.location).toBe(`s3://${bucket}/some prefix/lake`);
    await store.close();
    await elsewhere.close();
  });

  it('tells a missing bucket, wrong credentials and a dead server apart', async () => {
    const missing = createS3ObjectStore({ ...options(), bucket: 'no-such-bucket-here' });
    await expect(missing.get('x')).rejects.toMatchObject({
      type: 'LakeAccess',
      message: expect.stringContaining('no-such-bucket-here'),
    });
    const wrong = createS3ObjectStore({ ...options(), secretAccessKey: 'wrong-secret-0815' });
    const refused = wrong.put('x', text('x'));
    await expect(refused).rejects.toMatchObject({ type: 'LakeAccess' });
    await expect(refused).rejects.not.toThrow('wrong-secret-0815');
    const dead = createS3ObjectStore({ ...options(), endpoint: 'http://127.0.0.1:9' });
    await expect(dead.get('x')).rejects.toMatchObject({
      type: 'LakeUnavailable',
      message: expect.stringContaining('127.0.0.1:9'),
    });
    expect(() => createS3ObjectStore({ ...options(), secretAccessKey: undefined })).toThrow('or neither');
  });
});
