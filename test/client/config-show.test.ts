import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { configShow } from '../../src/client/config-show.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { diagnoseConfig, TEMPORAL_VARIABLES, VARIABLE_NAMES, type Setting } from '../../src/config.js';
import { ioOf } from './support.js';

const home = process.cwd();
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'config-show-'));
  mkdirSync(join(dir, 'empty'));
  writeFileSync(
    join(dir, '.env'),
    'MAX_WORKERS=2\nNOCODB_API_TOKEN=token-of-file\nTEMPORAL_NAMESPACE=of-file\nBATCH_SIZE=7\n',
  );
  writeFileSync(join(dir, 'profile.toml'), '[profile.default]\naddress = "profile.example:7233"\n');
});
afterAll(() => {
  process.chdir(home);
  rmSync(dir, { recursive: true });
});

async function show(env: Record<string, string>, cwd = 'empty') {
  process.chdir(join(dir, cwd));
  const { io, stdout, stderr } = ioOf({ CONVERSATION_ANALYTICS_DATA: join(dir, 'data'), ...env });
  const code = await configShow({ json: true }, io);
  const { settings } = JSON.parse(stdout()) as { settings: Setting[] };
  return {
    code,
    text: stdout() + stderr(),
    of: (name: string) => settings.find((s) => s.name === name),
    settings,
  };
}

describe('config show', () => {
  it('names every setting once, with where it comes from', async () => {
    const { code, settings, of } = await show({ IO_THREADS: '3', MAX_WORKERS: '5' }, '.');
    // The file names the token alone, which is half of a source.
    expect(code).toBe(EXIT.usage);
    expect(settings.map(({ name }) => name)).toEqual([
      ...VARIABLE_NAMES,
      ...TEMPORAL_VARIABLES,
      'CONVERSATION_ANALYTICS_DATA',
      'CONVERSATION_ANALYTICS_CACHE',
    ]);
    expect(of('MAX_WORKERS')).toMatchObject({ value: '5', origin: 'environment' });
    expect(of('IO_THREADS')).toMatchObject({ value: '3', origin: 'environment' });
    expect(of('BATCH_SIZE')).toMatchObject({ value: '7', origin: '.env' });
    expect(of('PROCESSING_THREADS')).toMatchObject({ value: '4', origin: 'default' });
    expect(of('NOCODB_BASE_URL')).toMatchObject({ value: null, origin: 'unset' });
    expect(of('NOCODB_BASE_URL')?.problem).toContain('http://');
    expect(of('TEMPORAL_NAMESPACE')).toMatchObject({ value: 'of-file', origin: '.env' });
    expect(of('CONVERSATION_ANALYTICS_DATA')).toMatchObject({ origin: 'environment' });
  });

  it('tells what a profile file says', async () => {
    const { of, code } = await show({ TEMPORAL_CONFIG_FILE: join(dir, 'profile.toml') });
    expect(code).toBe(EXIT.complete);
    expect(of('TEMPORAL_ADDRESS')).toMatchObject({ value: 'profile.example:7233', origin: 'profile' });
    expect(of('TEMPORAL_NAMESPACE')).toMatchObject({ value: 'default', origin: 'default' });
  });

  it('hides secrets, also in values that cannot be used', async () => {
    const { text, of, code } = await show({
      NOCODB_BASE_URL: 'someone:pa55@nocodb',
      NOCODB_API_TOKEN: 'secret-token',
      NOCODB_PROJECT_ID: 'p1',
      MONGODB_URI: 'mongodb://user:hunter2@db.example.com/?tls=true',
      AWS_SECRET_ACCESS_KEY: 'abcsecret',
      TEMPORAL_API_KEY: 'cloud-key',
    });
    expect(text).not.toMatch(/pa55|secret-token|hunter2|abcsecret|cloud-key/);
    expect(code).toBe(EXIT.usage);
    expect(of('NOCODB_BASE_URL')).toMatchObject({
      origin: 'environment',
      problem: expect.stringContaining('http://'),
    });
    expect(of('MONGODB_URI')).toMatchObject({ value: 'mongodb://***@db.example.com/' });
    expect(of('AWS_SECRET_ACCESS_KEY')).toMatchObject({ value: '(hidden)', used: false });
  });

  it('is a table for people: set, not set, not used', async () => {
    process.chdir(join(dir, 'empty'));
    const { io, stdout } = ioOf({
      CONVERSATION_ANALYTICS_DATA: join(dir, 'data'),
      S3_BUCKET: 'my-bucket',
      MAX_WORKERS: 'x',
    });
    expect(await configShow({ json: false }, io)).toBe(EXIT.usage);
    const lines = stdout().split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^S3_BUCKET +my-bucket +environment, not used$/));
    expect(lines).toContainEqual(expect.stringMatching(/^BATCH_SIZE +100 +default$/));
    expect(lines).toContainEqual(expect.stringMatching(/^MONGODB_URI +\(not set\)$/));
    const at = lines.findIndex((line) => /^MAX_WORKERS +x +environment$/.test(line));
    expect(lines[at + 1]).toContain('allowed: a whole number from 1 to 256');
  });
});

describe('what can be used of a configuration', () => {
  it('is used, and all that is wrong is told once', () => {
    const { config, problems } = diagnoseConfig({
      env: {
        NOCODB_BASE_URL: 'http://nocodb',
        NOCODB_PROJECT_ID: 'p1',
        S3_ENABLED: 'true',
        AWS_ACCESS_KEY_ID: 'half',
        MAX_WORKERS: 'x',
        MONGODB_URI: 'mongodb://db',
      },
      dotenvPath: null,
    });
    expect(problems.map(({ setting }) => setting).sort()).toEqual([
      'AWS_SECRET_ACCESS_KEY',
      'MAX_WORKERS',
      'NOCODB_API_TOKEN',
      'S3_BUCKET',
    ]);
    expect(config).toMatchObject({ nocodb: null, mongodb: { uri: 'mongodb://db' }, lake: { s3: null } });
    expect(config.concurrency.maxWorkers).toBe(8);
  });
});
