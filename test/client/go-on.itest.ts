import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { StatusReport } from '../../src/client/overview.js';
import { startSampleServer, type SampleServer, type SampleTable } from '../../src/devstack/sample/index.js';
import { DAY_MS, dayOf } from '../../src/domain/period.js';
import { Rig } from '../e2e/rig.js';
import { runCli } from '../support/cli.js';

const NOW = Date.now();
const daysAgo = (n: number) => dayOf(NOW - n * DAY_MS);

/** `old` began three days ago, `new` yesterday. */
const conversations = [
  ['c1', 'old', 3],
  ['c2', 'old', 2],
  ['c3', 'new', 1],
] as const;

const TABLES: SampleTable[] = [
  {
    title: 'conversations',
    columns: [
      { title: 'conversation_id', uidt: 'SingleLineText' },
      { title: 'app_id', uidt: 'SingleLineText' },
      { title: 'started_at', uidt: 'DateTime' },
    ],
    rows: conversations.map(([conversation_id, app_id, ago]) => ({
      conversation_id,
      app_id,
      started_at: `${daysAgo(ago)} 12:00:00`,
    })),
  },
  {
    title: 'messages',
    columns: [
      { title: 'conversation_id', uidt: 'SingleLineText' },
      { title: 'role', uidt: 'SingleLineText' },
      { title: 'content', uidt: 'LongText' },
      { title: 'sent_at', uidt: 'DateTime' },
    ],
    rows: conversations.map(([conversation_id, , ago]) => ({
      conversation_id,
      role: 'user',
      content: 'Where is my order?',
      sent_at: `${daysAgo(ago)} 12:00:01`,
    })),
  },
];

let server: SampleServer;
let rig: Rig;
let settings: Record<string, string>;

beforeAll(async () => {
  server = await startSampleServer({ tables: TABLES, token: 'go-on' });
  rig = await Rig.start({ url: server.url, token: server.token, baseId: server.baseId });
  settings = rig.settings('lake');
  await rig.worker(settings);
}, 120_000);

afterAll(async () => {
  await rig.close();
  await server.close();
}, 120_000);

describe('collect without dates', () => {
  it('begins at the oldest row, then reads what has changed, app by app; and says so', async () => {
    const first = await runCli(['collect', '--app-id', 'new', '--json'], settings);
    expect(first.code).toBe(0);
    // A midnight in between moves today, and nothing else.
    expect(first.stderr).toContain(`Range: ${daysAgo(1)}..`);
    expect(first.stderr).toContain('app new, since nothing is collected yet');
    expect(JSON.parse(first.stdout)).toMatchObject({
      summary: { startDate: daysAgo(1), conversations: { stored: 1 } },
    });

    const second = await runCli(['collect', '--app-id', 'new', '--json'], settings);
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/Changes since \S+ \d\d:\d\d UTC, app new\./);
    expect(JSON.parse(second.stdout)).toMatchObject({
      summary: { mode: 'changes', days: { total: 0 }, conversations: { received: 0 } },
    });

    const dry = await runCli(['collect', '--app-id', 'new', '--dry-run', '--json'], settings);
    // The rows were made moments before the first reading: within its overlap.
    expect(JSON.parse(dry.stdout)).toMatchObject({
      mode: 'changes',
      conversations: 1,
      days: [{ day: daysAgo(1) }],
    });

    // Another app, and all of them, have not been collected.
    const all = await runCli(['collect', '--json'], settings);
    expect(all.code).toBe(0);
    expect(JSON.parse(all.stdout)).toMatchObject({
      summary: { startDate: daysAgo(3), conversations: { stored: 3 } },
    });

    const { code, stdout } = await runCli(['status', '--json'], settings);
    expect(code).toBe(0);
    const { coverage } = JSON.parse(stdout) as StatusReport;
    expect(coverage.apps.map(({ appId }) => appId)).toEqual([null, 'new']);
    expect(coverage.apps[0]?.days.slice(0, 3)).toMatchObject([
      { day: daysAgo(3), state: 'complete', sourceCount: 1 },
      { day: daysAgo(2), state: 'complete', sourceCount: 1 },
      { day: daysAgo(1), state: 'complete', sourceCount: 1 },
    ]);
  }, 120_000);

  it('names an app that the source does not know, with those that it knows', async () => {
    const { code, stderr } = await runCli(['collect', '--app-id', 'nobody'], rig.settings('empty'));
    expect(code).toBe(2);
    expect(stderr).toContain('Known app ids: new, old');
  }, 120_000);
});

describe('collect without dates, on tables that do not say when a row was made', () => {
  it('reads the days since the last time whole, and says so', async () => {
    const external = await startSampleServer({
      tables: TABLES.map((table) => ({ ...table, external: true })),
      token: 'go-on',
    });
    await rig.stopAll('SIGTERM');
    const own = rig.settings('external', {
      NOCODB_BASE_URL: external.url,
      NOCODB_PROJECT_ID: external.baseId,
    });
    const worker = await rig.worker(own);
    try {
      expect(await rig.collect([], own)).toMatchObject({ startDate: daysAgo(3), status: 'complete' });
      const again = await rig.collect([], own);
      expect(again).toMatchObject({ status: 'complete', mismatches: [] });
      expect(again.startDate >= daysAgo(0)).toBe(true);
      expect(again.mode).toBeUndefined();
      expect(again.notice).toMatch(
        /do not say when rows were made \(CreatedAt\), so that days are read whole/,
      );
    } finally {
      await rig.stop(worker);
      await external.close();
      await rig.worker(settings);
    }
  }, 120_000);
});

describe('collect --resume', () => {
  it('says that there is nothing to resume, and ends well', async () => {
    const { code, stdout, stderr } = await runCli(['collect', '--resume', '--json'], settings);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'null\n' });
    expect(stderr).toContain('Nothing to resume');
  }, 120_000);

  it('a file of somebody else is refused before anything starts', async () => {
    const { code, stderr } = await runCli(['collect', '--resume', '--state-file', 'package.json'], settings);
    expect(code).toBe(2);
    expect(stderr).toContain('--state-file: package.json');
  }, 120_000);
});
