import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createNocoDbSource } from '../../../src/adapters/nocodb/index.js';
import { startSampleServer, type SampleServer } from '../../../src/devstack/sample/server.js';
import type { ConversationSource } from '../../../src/ports/conversation-source.js';
import { startMeddler, type Meddling } from '../../support/nocodb/meddler.js';
import type { SampleTable } from '../../../src/devstack/sample/table.js';

/** Servers that behave unlike NocoDB 0.301.3: other limits, no bulk/datalist, lost rows, a rate limit. */

const DAY = '2024-05-01';
const signal = new AbortController().signal;
const text = (title: string) => ({ title, uidt: 'SingleLineText' as const });
const TABLES: SampleTable[] = [
  {
    title: 'conversations',
    columns: [text('conversation_id'), text('app_id'), { title: 'started_at', uidt: 'DateTime' }],
    rows: Array.from({ length: 120 }, (_, n) => ({
      conversation_id: `c${n}`,
      app_id: 'shop',
      started_at: `${DAY} 12:00:00`,
    })),
  },
  {
    title: 'messages',
    columns: [text('conversation_id'), text('role'), text('content'), { title: 'sent_at', uidt: 'DateTime' }],
    rows: Array.from({ length: 1_200 }, (_, n) => ({
      conversation_id: `c${n % 120}`,
      role: 'user',
      content: `text ${n}`,
      sent_at: `${DAY} 12:00:00`,
    })),
  },
];

let sample: SampleServer;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  sample = await startSampleServer({ tables: TABLES, token: 'token' });
});
afterAll(() => sample.close());
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function connect(
  url: string,
  requestsPerSecond = 1_000,
): { source: ConversationSource; notices: string[]; projectId: string } {
  const notices: string[] = [];
  const source = createNocoDbSource(
    { baseUrl: url, apiToken: 'token', projectId: sample.baseId, requestsPerSecond },
    { onNotice: (line) => notices.push(line), limits: { backoffMs: 5 } },
  );
  open.push(() => source.close());
  return { source, notices, projectId: sample.baseId };
}

async function behind(meddling: Meddling) {
  const meddler = await startMeddler(sample.url, meddling);
  open.push(() => meddler.close());
  return { ...connect(meddler.url), paths: meddler.paths };
}

const readAll = async (source: ConversationSource) => {
  const { batches, sourceCount } = await source.planDay(
    { day: DAY },
    { batchSize: 120, maxBatches: 10, cursor: null },
    signal,
  );
  expect(sourceCount).toBe(120);
  expect(batches.map((batch) => batch.count)).toEqual([120]);
  const reading = await source.readBatch({ day: DAY, runId: 'r', ...batches[0]! }, signal);
  const contents = reading.threads.flatMap((thread) => thread.messages.map((message) => message.content));
  return { reading, distinct: new Set(contents).size };
};

describe('a server that clamps pages to 40 rows, in silence', () => {
  it('is read to the end all the same', async () => {
    const { source } = await behind({
      query: (query) => ('limit' in query ? { ...query, limit: '40' } : query),
    });
    const { reading, distinct } = await readAll(source);
    expect(reading.received).toEqual({ conversations: 120, messages: 1_200 });
    expect(distinct).toBe(1_200);
  });
});

describe('bulk/datalist', () => {
  it('makes a batch of 120 conversations and 1,200 messages three requests after the plan', async () => {
    const { source, paths } = await behind({});
    await source.planDay({ day: DAY }, { batchSize: 120, maxBatches: 1, cursor: null }, signal);
    paths.length = 0;
    const range = { idFrom: '1', idTo: '120', count: 120 };
    const reading = await source.readBatch({ day: DAY, runId: 'r', ...range }, signal);
    expect(reading.received).toEqual({ conversations: 120, messages: 1_200 });
    // The range, who else has these ids, and two queries of 60 conversations each at once.
    expect(paths).toEqual(['GET records', 'GET records', 'POST bulk/datalist']);
  });

  it.each([404, 400, 405, 422, 501])('is left alone after one %i', async (status) => {
    const { source, notices, paths } = await behind({
      refuse: (path) => (path.endsWith('/bulk/datalist') ? { status, body: { msg: 'no' } } : undefined),
    });
    for (let n = 0; n < 2; n++) expect((await readAll(source)).distinct).toBe(1_200);
    expect(paths.filter((path) => path === 'POST bulk/datalist')).toHaveLength(1);
    expect(notices).toEqual(['This NocoDB does not answer bulk/datalist; pages are read one request each.']);
  });
});

describe('bulk/datalist behind a proxy that breaks it', () => {
  it('is not needed', async () => {
    const { source } = await behind({
      refuse: (path) => (path.endsWith('/bulk/datalist') ? { status: 502, body: {} } : undefined),
    });
    expect((await readAll(source)).distinct).toBe(1_200);
  });
});

describe('rows that the server counts and does not send', () => {
  const losing = (times: number): Meddling => ({
    page: (page) => (page.list.length > 50 && times-- > 0 ? { ...page, list: page.list.slice(1) } : page),
  });

  it('are read again once', async () => {
    const { source } = await behind({ ...losing(1) });
    await source.survey(undefined, signal);
    const [plan] = [{ idFrom: '1', idTo: '120', count: 120 }];
    const reading = await source.readBatch({ day: DAY, runId: 'r', ...plan }, signal);
    expect(reading.received).toEqual({ conversations: 120, messages: 1_200 });
  });

  it('fail the reading when they stay away', async () => {
    const { source } = await behind({ ...losing(1_000) });
    const failure = source.readBatch({ day: DAY, runId: 'r', idFrom: '1', idTo: '120', count: 120 }, signal);
    await expect(failure).rejects.toMatchObject({ type: 'SourceUnavailable' });
    await expect(failure).rejects.toThrow('NocoDB counts 120 rows and sent 119');
  });

  it('are noticed without totalRows too, by the count of the same filter', async () => {
    const { source, paths } = await behind({
      page: (page) => ({ ...page, pageInfo: {} }),
    });
    expect((await readAll(source)).distinct).toBe(1_200);
    expect(paths).toContain('GET records/count');
  });
});

describe('a server that does not sort', () => {
  it('is not trusted', async () => {
    const { source } = await behind({
      query: (query) => ({ ...query, sort: '-Id', ...('limit' in query ? { limit: '50' } : {}) }),
    });
    const failure = source.readBatch({ day: DAY, runId: 'r', idFrom: '1', idTo: '120', count: 120 }, signal);
    await expect(failure).rejects.toThrow(/did not sort|counts/);
  });
});

describe('a server with a rate limit', () => {
  const limited = async () => {
    const rateLimit = { requests: 5, windowMs: 1_000, blockMs: 1_000 };
    const server = await startSampleServer({
      tables: TABLES,
      token: 'token',
      baseId: sample.baseId,
      rateLimit,
    });
    const meddler = await startMeddler(server.url, {});
    open.push(
      () => server.close(),
      () => meddler.close(),
    );
    return meddler;
  };

  it('is never crossed at 4 requests a second', async () => {
    const server = await limited();
    const { source } = connect(server.url, 4);
    expect((await readAll(source)).distinct).toBe(1_200);
    const seconds = (server.times.at(-1)! - server.times[0]!) / 1_000;
    expect((server.times.length - 1) / seconds).toBeLessThanOrEqual(4.1);
  });

  it('is waited out when it is crossed, and every row comes once', async () => {
    const server = await limited();
    const { source } = connect(server.url, 100);
    const started = Date.now();
    const days = Array.from({ length: 8 }, () => source.countDay({ day: DAY }, signal));
    expect(await Promise.all(days)).toEqual(Array.from({ length: 8 }, () => 120));
    expect(Date.now() - started).toBeGreaterThanOrEqual(950);
  });
});
