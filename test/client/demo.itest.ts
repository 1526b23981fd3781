import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Accuracy } from '../../src/client/accuracy.js';
import type { CollectReport } from '../../src/client/report.js';
import type { CollectSummary } from '../../src/domain/collection.js';
import { cacheDirectory } from '../../src/devstack/paths.js';

const MAIN = resolve('dist/client/main.js');
let dir: string;
let trap: Server;
let connections = 0;
let environment: Record<string, string | undefined>;

/** Every way to lead a command astray: variables, `.env`, and a profile where Temporal's tools look for one. */
beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error('dist is missing: run npm run build');
  dir = mkdtempSync(join(tmpdir(), 'demo-trap-'));
  trap = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  trap.listen(0, '127.0.0.1');
  await once(trap, 'listening');
  const address = `127.0.0.1:${(trap.address() as AddressInfo).port}`;
  const foreign = {
    NOCODB_BASE_URL: `http://${address}`,
    NOCODB_API_TOKEN: 'trap',
    NOCODB_PROJECT_ID: 'ptrap',
    MONGODB_URI: `mongodb://${address}`,
    MONGODB_DATABASE: 'trap',
    S3_ENABLED: 'true',
    S3_BUCKET: 'trap',
    S3_ENDPOINT: `http://${address}`,
    AWS_ENDPOINT_URL: `http://${address}`,
    AWS_ACCESS_KEY_ID: 'trap',
    AWS_SECRET_ACCESS_KEY: 'trap',
    AWS_REGION: 'us-east-1',
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'trap',
    TEMPORAL_API_KEY: 'trap',
  };
  writeFileSync(
    join(dir, '.env'),
    Object.entries(foreign)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const profile = `[profile.default]\naddress = "${address}"\n`;
  for (const folder of ['config/temporalio', 'home/Library/Application Support/temporalio']) {
    mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, folder, 'temporal.toml'), profile);
  }
  environment = {
    PATH: process.env['PATH'],
    HOME: join(dir, 'home'),
    XDG_CONFIG_HOME: join(dir, 'config'),
    CONVERSATION_ANALYTICS_CACHE: cacheDirectory(),
    ...foreign,
    TEMPORAL_CONFIG_FILE: join(dir, 'config/temporalio/temporal.toml'),
  };
});

afterAll(() => {
  trap.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

async function command(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: dir,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('the demo', () => {
  it('runs the whole pipeline, while a trap at every address of the user sees nothing', async () => {
    const { code, stdout, stderr } = await command('demo', '--json');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(connections).toBe(0);

    const report = JSON.parse(stdout) as CollectReport & { accuracy: Accuracy; summary: CollectSummary };
    expect(report.status).toBe('complete');
    for (const rows of [report.summary.conversations, report.summary.messages]) {
      expect(rows.received).toBe(rows.stored + rows.rejected);
    }
    expect(report.summary.conversations.stored).toBeGreaterThanOrEqual(1_900);
    expect(report.summary.mismatches).toEqual([]);
    const byReason = Object.values(report.summary.rejects).reduce((sum, n) => sum + n, 0);
    expect(byReason).toBe(report.summary.conversations.rejected + report.summary.messages.rejected);
    expect(report.data.lake).toBe(join(dir, '.data', 'demo', 'lake'));
    expect(report.data.mongodb?.uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:/);
    for (const { conversations, labelled, right } of Object.values(report.accuracy)) {
      expect(conversations).toBeGreaterThan(1_500);
      expect(labelled).toBeLessThanOrEqual(conversations);
      expect(right).toBeGreaterThan(0);
    }
    // Everything is stopped: nothing that was started has left its mark of running.
    expect(readdirSync(join(dir, '.data', 'demo', 'run'))).toEqual([]);
    expect(existsSync(join(dir, '.data', 'demo', 'dev.json'))).toBe(false);
  }, 400_000);

  it('is told from a command that does obey these variables: the same trap catches it', async () => {
    const { code, stderr } = await command('status');
    expect(code).toBe(5);
    expect(stderr).toContain('Temporal cannot be used');
    expect(connections).toBeGreaterThan(0);
  }, 120_000);
});
