import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { EXIT } from '../../src/client/exit-codes.js';
import { main } from '../../src/client/run.js';
import { commitDays, lakeOf, threadOf } from '../adapters/report-data/talks.js';
import type { ObjectStore } from '../../src/ports/object-store.js';
import { ioOf } from './support.js';

jest.setTimeout(60_000);

const SECRET = 'my card number is 4111';
let dir: string;
let store: ObjectStore;

const talk = (id: string, day: string, script: string) =>
  threadOf({
    id,
    at: `${day}T10:00:00Z`,
    script,
    app: 'shop',
    user: `user-${id}`,
    topic: 'billing_payment',
    texts: { 0: SECRET },
  });
const OF_30 = [talk('a', '2024-01-30', 'u0 a60'), talk('b', '2024-01-30', 'u0')];
const OF_31 = [talk('c', '2024-01-31', 'u0 b5 a120')];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'report-commands-'));
  store = await lakeOf(dir, [...OF_30, ...OF_31], { startDate: '2024-01-29', endDate: '2024-01-31' });
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function run(...args: string[]) {
  const { io, stdout, stderr } = ioOf({
    LAKE_DIR: join(dir, 'lake'),
    CONVERSATION_ANALYTICS_DATA: join(dir, 'data'),
  });
  const code = await main(args, io);
  return { code, stdout: stdout(), stderr: stderr(), json: () => JSON.parse(stdout()) as never };
}

describe('report', () => {
  it('is built, listed and shown; the same days again make no other revision', async () => {
    const args = ['report', 'build', '--kind', 'daily', '--period', '2024-01-30'];
    const built: { reportKey: string; status: string; stored: boolean; page: string } = (
      await run(...args, '--json')
    ).json();
    expect(built).toMatchObject({ reportKey: 'daily/2024-01-30/_all/r1', status: 'final', stored: true });
    expect(existsSync(built.page)).toBe(true);
    expect((await run(...args, '--json')).json()).toMatchObject({
      reportKey: built.reportKey,
      stored: false,
    });

    const listed = await run('report', 'list');
    expect(listed.stdout).toMatch(/daily +2024-01-30 +all +Final/);
    expect((await run('report', 'list', '--kind', 'monthly')).stdout).toContain(
      'No monthly report is stored',
    );

    const shown = await run('report', 'show', 'daily/2024-01-30');
    expect(shown).toMatchObject({ code: EXIT.complete, stderr: '' });
    expect(shown.stdout).toMatch(/New conversations +2 +n=2/);
    expect(shown.stdout).toContain(built.page);
    expect(shown.stdout).not.toContain('4111');
    expect((await run('report', 'show', '--json')).json()).toMatchObject({ reportKey: built.reportKey });
  });

  it('is provisional where days are missing, and names the command that closes the gap', async () => {
    const { stdout } = await run('report', 'build', '--kind', 'monthly', '--period', '2024-01');
    expect(stdout).toContain('Provisional');
    expect(stdout).toContain('conversation-analytics collect --start-date 2024-01-01 --end-date 2024-01-28');
  });

  it('is restated by a later commit, and diff says what changed', async () => {
    await run('report', 'build', '--kind', 'daily', '--period', '2024-01-31');
    const alone = await run('report', 'diff', 'daily/2024-01-31');
    expect(alone).toMatchObject({ code: EXIT.usage, stdout: '' });
    expect(alone.stderr).toContain('There is one revision only');
    const days = { startDate: '2024-01-31', endDate: '2024-01-31' };
    await commitDays(store, join(dir, 'temp'), [...OF_31, talk('d', '2024-01-31', 'u0')], days, 'later');
    const again = await run('report', 'build', '--kind', 'daily', '--period', '2024-01-31', '--json');
    expect(again.json()).toMatchObject({ revision: 2, status: 'restated' });
    const { changes }: { changes: object[] } = (
      await run('report', 'diff', 'daily/2024-01-31', '--json')
    ).json();
    expect(changes).toContainEqual(
      expect.objectContaining({ metric: 'engaged_conversations', from: 1, to: 2 }),
    );
    expect((await run('report', 'diff', 'daily/2024-01-31')).stdout).toMatch(
      /New conversations +1 +2 +\+100 %/,
    );
    expect((await run('report', 'show', 'daily/2024-01-31/_all/r1')).stdout).toMatch(/New conversations +1 /);
  });

  it.each([
    [['build', '--kind', 'weekly', '--period', '2024-01-31'], 'such as 2024-W05'],
    [['build', '--kind', 'daily', '--period', '2024-02-30'], 'such as 2024-01-31'],
    [['build', '--kind', 'yearly', '--period', '2024'], 'daily, weekly, monthly'],
    [['build', '--kind', 'daily', '--period', '2024-01-30', '--app-id', '_all'], 'reserved'],
    [['show', 'daily'], 'Names look like'],
    [['show', 'daily/2001-01-01'], 'report build --kind daily --period 2001-01-01'],
    [['show', 'daily/2024-01-30/_all/r9'], 'Allowed is 1 to 1'],
    [['diff', 'daily/2024-01-30', '--from', 'x'], 'whole number'],
    [['approve', 'daily/2024-01-30'], 'conversation-analytics dev'],
  ])('%j ends with what is allowed', async (args, says) => {
    const { code, stdout, stderr } = await run('report', ...args);
    expect(code).not.toBe(EXIT.complete);
    expect(stdout).toBe('');
    expect(stderr).toContain(says);
  });
});

describe('query', () => {
  const count =
    'SELECT app_id, count(*) AS n, max(started_at) AS last FROM conversations WHERE started_at < $$2024-01-31$$ GROUP BY ALL';

  it('prints a table, CSV or JSON', async () => {
    expect((await run('query', count)).stdout).toBe('app_id  n  last\nshop    2  2024-01-30T10:00:00.000Z\n');
    expect((await run('query', count, '--format', 'csv')).stdout).toBe(
      'app_id,n,last\r\nshop,2,2024-01-30T10:00:00.000Z\r\n',
    );
    expect((await run('query', count, '--json')).json()).toEqual([
      { app_id: 'shop', n: 2, last: '2024-01-30T10:00:00.000Z' },
    ]);
  });

  it.each(['conversations', 'messages', 'categories', 'translations', 'users', 'reports'])(
    'knows %s',
    async (view) => {
      expect((await run('query', `SELECT count(*) AS n FROM ${view}`, '--json')).json()).toEqual([
        { n: expect.any(Number) as unknown },
      ]);
    },
  );

  it('reads the days that are named, and no more rows than the limit', async () => {
    const ids = 'SELECT conversation_id FROM conversations ORDER BY 1';
    const days = ['--start-date', '2024-01-30', '--end-date', '2024-01-30'];
    expect((await run('query', ids, ...days, '--format', 'csv')).stdout).toBe(
      'conversation_id\r\na\r\nb\r\n',
    );
    const cut = await run('query', ids, '--limit', '1');
    expect(cut.stdout).toBe('conversation_id\na\n');
    expect(cut.stderr).toContain('the rest is left out');
  });

  it.each([
    ["COPY (SELECT 1) TO '{lake}/x.csv'", 'only SELECT is allowed, not COPY'],
    ['CREATE TABLE t AS SELECT 1', 'only SELECT is allowed, not CREATE'],
    ["ATTACH '{lake}/x.db'", 'only SELECT is allowed'],
    ['SET enable_external_access = true', 'only SELECT is allowed, not SET'],
    ['SELECT 1; SELECT 2', 'expected one statement, got 2'],
    ["SELECT * FROM read_text('/etc/hostname')", 'Permission Error'],
    ["SELECT * FROM read_csv('http://127.0.0.1:1/x')", 'Error'],
    ['SELECT nothing FROM conversations', 'Binder Error'],
    ['SELEC', 'Parser Error'],
    ['', 'expected one statement, got 0'],
  ])('refuses %s', async (sql, says) => {
    const { code, stdout, stderr } = await run('query', sql.replace('{lake}', join(dir, 'lake')));
    expect(code).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(stderr).toContain(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
    expect(existsSync(join(dir, 'lake', 'x.csv'))).toBe(false);
  });

  it('ends what takes too long', async () => {
    const endless = 'SELECT count(*) FROM range(10000000000) a, range(100000) b';
    const { code, stderr } = await run('query', endless, '--timeout', '1');
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('longer than 1 s');
  });
});
