import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from '@jest/globals';

import { createS3ObjectStore } from '../../src/adapters/object-store/index.js';
import { openState } from '../../src/client/state-keeper.js';
import { STATE_KEY } from '../../src/client/state-places.js';
import { loadConfig } from '../../src/config.js';
import { s3 } from '../support/engines.js';
import { progressOf } from './support.js';

const dir = mkdtempSync(join(tmpdir(), 'state-s3-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('--use-s3-state keeps the state in the bucket of the lake, and what it cannot use under another name', async () => {
  const { endpoint, accessKeyId, secretAccessKey } = s3();
  const bucket = `state-${Date.now()}`;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const config = loadConfig({
    env: {
      LAKE_DIR: join(dir, 'cache'),
      S3_ENABLED: 'true',
      S3_BUCKET: bucket,
      S3_PREFIX: 'lake',
      S3_ENDPOINT: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    dotenvPath: null,
  });
  const told: string[] = [];
  const open = () => openState({ s3State: true }, config, (line) => void told.push(line));
  const input = {
    startDate: '2026-03-01',
    endDate: '2026-03-04',
    batchSize: 5,
    concurrency: 1,
    mongodb: false,
  };

  const first = await open();
  expect(first?.previous).toBeNull();
  await first!.begin({ workflowId: 'collect/_all/2026-03-01..2026-03-04', runId: 'r', input });
  await first!.end('partial', progressOf());
  await first!.close();

  const second = await open();
  expect(second?.previous).toMatchObject({
    run: { runId: 'r', status: 'partial' },
    counts: { batches: { done: 5 } },
  });
  await second!.close();
  expect(told).toEqual([]);

  const store = createS3ObjectStore({ ...config.lake.s3!, cacheDir: join(dir, 'reader') });
  await store.put(STATE_KEY, Buffer.from('{ cut'));
  const third = await open();
  expect(third?.previous).toBeNull();
  await third!.close();
  expect(told).toHaveLength(1);
  const aside = told[0]?.match(/_state\/processing_state\.json\.\S+\.old/)?.[0] ?? '';
  expect(Buffer.from((await store.get(aside))!.body).toString()).toBe('{ cut');
  await store.close();
}, 120_000);
