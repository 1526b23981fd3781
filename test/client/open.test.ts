import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EXIT } from '../../src/client/exit-codes.js';
import { openPlace } from '../../src/client/open.js';
import { ioOf } from './support.js';

let dir: string;
let lake: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'open-'));
  lake = join(dir, 'lake');
  const reports = join(lake, 'analytics_reports', 'daily');
  mkdirSync(reports, { recursive: true });
  for (const [at, name] of [
    '2026-03-02.html',
    '2026-03-03.html',
    '2026-03-01.html',
    'newest.json',
  ].entries()) {
    writeFileSync(join(reports, name), '');
    utimesSync(join(reports, name), 1_000 + at, 1_000 + at);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

async function open(what: 'ui' | 'lake' | 'report', env: Record<string, string>, print = true) {
  const { io, stdout, stderr } = ioOf({
    CONVERSATION_ANALYTICS_DATA: join(dir, 'data'),
    LAKE_DIR: lake,
    ...env,
  });
  const code = await openPlace(what, { print }, io);
  return { code, out: stdout().trimEnd(), err: stderr() };
}

describe('open --print', () => {
  it.each([
    ['ui', { TEMPORAL_UI_URL: 'http://localhost:8080' }, 'http://localhost:8080'],
    [
      'ui',
      { TEMPORAL_ADDRESS: 'ns.acct.tmprl.cloud:7233', TEMPORAL_NAMESPACE: 'ns.acct' },
      'https://cloud.temporal.io/namespaces/ns.acct',
    ],
    ['lake', { S3_ENABLED: 'true', S3_BUCKET: 'bucket' }, 's3://bucket/conversation-analytics'],
  ] as const)('%s with %j', async (what, env, place) => {
    expect(await open(what, env)).toEqual({ code: EXIT.complete, out: place, err: '' });
  });

  it('the lake, and the newest page of its reports', async () => {
    expect((await open('lake', {})).out).toBe(lake);
    expect((await open('report', {})).out).toBe(join(lake, 'analytics_reports', 'daily', '2026-03-01.html'));
  });
});

describe('open', () => {
  it('says why nothing can be opened, and prints the place all the same', async () => {
    if (process.platform === 'darwin') return;
    const { code, out, err } = await open('lake', {}, false);
    expect([code, out]).toEqual([EXIT.complete, lake]);
    expect(err).toContain('DISPLAY');
    expect((await open('lake', { DISPLAY: ':0', PATH: dir }, false)).err).toContain(
      'xdg-open is not installed',
    );
    expect(
      (await open('lake', { S3_ENABLED: 'true', S3_BUCKET: 'bucket', DISPLAY: ':0' }, false)).err,
    ).toContain('S3');
  });

  it('hands the place to the desktop', async () => {
    const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
    const seen = join(dir, 'seen');
    writeFileSync(
      join(dir, program),
      `#!/bin/sh\nprintf %s "$1" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`,
    );
    chmodSync(join(dir, program), 0o755);
    const { code, err } = await open('lake', { DISPLAY: ':0', PATH: `${dir}:/bin:/usr/bin` }, false);
    expect([code, err]).toEqual([EXIT.complete, '']);
    while (!existsSync(seen)) await sleep(20);
    expect(readFileSync(seen, 'utf8')).toBe(lake);
  });
});
