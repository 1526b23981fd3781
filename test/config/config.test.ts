import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  ConfigError,
  describeConfig,
  loadConfig,
  requireNocodb,
  type ConfigSources,
  type VariableName,
} from '../../src/config.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'config-test-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const load = (env: Record<string, string> = {}, more: Partial<ConfigSources> = {}) =>
  loadConfig({ env, dotenvPath: null, ...more });

function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

const NOCODB = {
  NOCODB_BASE_URL: 'https://nocodb.example.com',
  NOCODB_API_TOKEN: 'secret-token',
  NOCODB_PROJECT_ID: 'p1a2b3',
};

describe('defaults', () => {
  it('needs nothing: no source, no MongoDB, a lake in a directory', () => {
    const { origins, ...config } = load();
    expect(config).toEqual({
      nocodb: null,
      mongodb: null,
      lake: { dir: resolve('lake'), s3: null },
      concurrency: { multithreading: true, maxWorkers: 8, ioThreads: 4, processingThreads: 4 },
      gpu: { enabled: false, memoryLimitMb: 4096 },
      batchSize: 100,
      overlapSeconds: 300,
      storeText: 'all',
      reports: {
        timezone: 'UTC',
        weekStart: 'monday',
        settleMs: 1_800_000,
        waitMs: 43_200_000,
        businessHours: null,
        fallbackPattern: null,
        responseTargetMs: null,
        userScope: 'app',
      },
      delivery: {
        conversationUrl: null,
        reportUrl: null,
        approval: [],
        resend: { percent: 5, points: 2 },
        webhooks: null,
        slackUrls: [],
        email: null,
      },
    });
    expect(origins.BATCH_SIZE).toBe('default');
    expect(origins.NOCODB_BASE_URL).toBe('unset');
  });

  it('counts empty values as not set', () => {
    expect(load({ NOCODB_BASE_URL: '', BATCH_SIZE: '  ' })).toMatchObject({ nocodb: null, batchSize: 100 });
  });
});

describe('groups', () => {
  it('reads NocoDB', () => {
    const mapping = join(dir, 'mapping.yaml');
    writeFileSync(mapping, 'roles: {}\n');
    const config = load({
      ...NOCODB,
      NOCODB_BASE_URL: 'https://nocodb.example.com/base//',
      NOCODB_CONVERSATIONS_TABLE: 'Chats',
      NOCODB_MESSAGES_TABLE: 'Chat messages',
      NOCODB_MAPPING: mapping,
      NOCODB_SOURCE: 'crm',
      NOCODB_REQUESTS_PER_SECOND: '2.5',
    });
    expect(config.nocodb).toEqual({
      baseUrl: 'https://nocodb.example.com/base',
      apiToken: 'secret-token',
      projectId: 'p1a2b3',
      conversationsTable: 'Chats',
      messagesTable: 'Chat messages',
      mapping,
      source: 'crm',
      requestsPerSecond: 2.5,
      reading: 'auto',
    });
    expect(requireNocodb(config)).toBe(config.nocodb);
  });

  it('reads MongoDB', () => {
    expect(load({ MONGODB_URI: 'mongodb+srv://host.example.com/?retryWrites=true' }).mongodb).toEqual({
      uri: 'mongodb+srv://host.example.com/?retryWrites=true',
      database: 'conversation_analytics',
    });
  });

  it('reads S3 only where it is enabled', () => {
    const s3 = {
      S3_BUCKET: 'my-bucket',
      S3_PREFIX: '/a/b/',
      S3_ENDPOINT: 'http://127.0.0.1:9000/',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-central-1',
    };
    expect(load(s3).lake.s3).toBeNull();
    expect(load({ AWS_ACCESS_KEY_ID: 'of another program' }).lake.s3).toBeNull();
    expect(load({ ...s3, S3_ENABLED: 'yes' }).lake.s3).toEqual({
      bucket: 'my-bucket',
      prefix: 'a/b',
      endpoint: 'http://127.0.0.1:9000',
      region: 'eu-central-1',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
    });
  });

  it.each([
    ['true', true],
    ['1', true],
    ['YES', true],
    ['False', false],
    ['0', false],
    ['no', false],
  ])('reads the boolean %s', (text, value) => {
    expect(load({ ENABLE_GPU: text }).gpu.enabled).toBe(value);
  });

  it.each(['-1', '0', '0,2', 'GPU-8932f937-d72c-4106-c12f-20bd9faed9f6', 'MIG-GPU-8932f937/1/2'])(
    'reads the devices %s',
    (text) => {
      expect(load({ CUDA_VISIBLE_DEVICES: text }).gpu.visibleDevices).toBe(text);
    },
  );
});

describe('a bad value', () => {
  const bad: [VariableName, string][] = [
    ['NOCODB_BASE_URL', 'nocodb.example.com'],
    ['NOCODB_BASE_URL', 'ftp://nocodb.example.com'],
    ['NOCODB_PROJECT_ID', 'p1/../x'],
    ['NOCODB_MAPPING', '/no/such/file.yaml'],
    ['NOCODB_MAPPING', '.'],
    ['NOCODB_SOURCE', 'a:b'],
    ['NOCODB_REQUESTS_PER_SECOND', '0'],
    ['NOCODB_REQUESTS_PER_SECOND', '4/s'],
    ['MONGODB_URI', 'localhost:27017'],
    ['MONGODB_DATABASE', 'a.b'],
    ['S3_ENABLED', 'maybe'],
    ['S3_BUCKET', 'My_Bucket'],
    ['S3_PREFIX', 'a//b'],
    ['S3_PREFIX', 'a/../b'],
    ['S3_ENDPOINT', 'minio:9000'],
    ['AWS_REGION', 'Frankfurt am Main'],
    ['ENABLE_MULTITHREADING', 'on'],
    ['MAX_WORKERS', '0'],
    ['MAX_WORKERS', '257'],
    ['MAX_WORKERS', '2.5'],
    ['IO_THREADS', '-1'],
    ['PROCESSING_THREADS', '1e2'],
    ['ENABLE_GPU', '2'],
    ['GPU_MEMORY_LIMIT', '255'],
    ['CUDA_VISIBLE_DEVICES', 'first'],
    ['BATCH_SIZE', '0'],
    ['BATCH_SIZE', '1001'],
    ['BATCH_SIZE', 'many'],
    ['CHANGES_OVERLAP_SECONDS', '-1'],
    ['CHANGES_OVERLAP_SECONDS', '604801'],
    ['STORE_TEXT', 'some'],
  ];

  it.each(bad)('of %s (%s) is named with what is allowed', (name, value) => {
    const { message } = errorOf(() => load({ [name]: value }));
    expect(message).toContain(`${name} = ${JSON.stringify(value)}: allowed is `);
  });

  it('is named together with every other', () => {
    const { problems, message } = errorOf(() =>
      load({ MAX_WORKERS: 'x', BATCH_SIZE: 'y', S3_ENABLED: 'true', NOCODB_BASE_URL: 'z' }),
    );
    expect(problems.map(({ setting }) => setting).sort()).toEqual([
      'BATCH_SIZE',
      'MAX_WORKERS',
      'NOCODB_API_TOKEN',
      'NOCODB_BASE_URL',
      'NOCODB_PROJECT_ID',
      'S3_BUCKET',
    ]);
    expect(message).toContain('S3_BUCKET is not set: ');
  });

  it('names the flag or the file it came from', () => {
    const dotenvPath = join(dir, 'bad.env');
    writeFileSync(dotenvPath, 'MAX_WORKERS=none\n');
    const { message } = errorOf(() => load({}, { dotenvPath, flags: { BATCH_SIZE: '0' } }));
    expect(message).toContain('--batch-size = "0"');
    expect(message).toContain('MAX_WORKERS (in .env) = "none"');
  });

  it('asks for both halves of a key pair', () => {
    const env = { S3_ENABLED: 'true', S3_BUCKET: 'bucket', AWS_ACCESS_KEY_ID: 'key' };
    expect(errorOf(() => load(env)).problems.map((p) => p.setting)).toEqual(['AWS_SECRET_ACCESS_KEY']);
  });
});

describe('precedence', () => {
  it('is flag, environment, .env, default', () => {
    const dotenvPath = join(dir, 'layers.env');
    writeFileSync(dotenvPath, 'BATCH_SIZE=10\nMAX_WORKERS=2\nIO_THREADS=3\n');
    const config = loadConfig({
      env: { BATCH_SIZE: '20', MAX_WORKERS: '5', IO_THREADS: '' },
      dotenvPath,
      flags: { BATCH_SIZE: '30' },
    });
    expect(config).toMatchObject({
      batchSize: 30,
      concurrency: { maxWorkers: 5, ioThreads: 3, processingThreads: 4 },
      origins: { BATCH_SIZE: 'flag', MAX_WORKERS: 'environment', IO_THREADS: '.env' },
    });
  });

  it('names a .env that was asked for and is missing', () => {
    expect(errorOf(() => load({}, { dotenvPath: join(dir, 'none.env') })).message).toContain(
      'does not exist',
    );
  });
});

describe('secrets', () => {
  const secrets = {
    ...NOCODB,
    NOCODB_BASE_URL: 'https://someone:pa55@nocodb.example.com',
    MONGODB_URI: 'mongodb://user:hunter2@db.example.com/?authMechanismProperties=AWS_SESSION_TOKEN:t0ken',
    S3_ENABLED: 'true',
    S3_BUCKET: 'bucket',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'abcsecret',
  };
  const hidden = /secret-token|pa55|hunter2|t0ken|AKIAEXAMPLE|abcsecret/;

  it('are hidden in a description', () => {
    const lines = describeConfig(load(secrets));
    expect(lines.join('\n')).not.toMatch(hidden);
    expect(lines).toContain('NOCODB_API_TOKEN = (hidden) (environment)');
    expect(lines).toContain('MONGODB_URI = mongodb://***@db.example.com/ (environment)');
    expect(lines).toContain('NOCODB_MAPPING is not set');
  });

  it('are hidden in errors', () => {
    const { message } = errorOf(() =>
      load({ ...secrets, MONGODB_URI: 'user:hunter2@db', NOCODB_BASE_URL: 'someone:pa55@nocodb' }),
    );
    expect(message).not.toMatch(hidden);
    expect(message).toContain('MONGODB_URI = "***@db"');
  });
});

describe('a command that needs NocoDB', () => {
  it('says what to set where nothing is', () => {
    const { message } = errorOf(() => requireNocodb(load()));
    for (const name of Object.keys(NOCODB)) expect(message).toContain(`${name} is not set`);
  });
});
