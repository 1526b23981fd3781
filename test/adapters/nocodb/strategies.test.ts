import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createNocoDbSource } from '../../../src/adapters/nocodb/index.js';
import { MAX_MESSAGES } from '../../../src/adapters/staging/swept-batches.js';
import {
  startSampleServer,
  type SampleServer,
  type SampleTable,
} from '../../../src/devstack/sample/index.js';
import type { BatchReading, ConversationSource } from '../../../src/ports/conversation-source.js';
import { startMeddler, type Meddling } from '../../support/nocodb/meddler.js';
import { comparable, readSwept } from '../../support/swept-reader.js';

/** Every strategy gives the same rows, whatever the order of ids says about time. */

jest.setTimeout(60_000);
const signal = new AbortController().signal;
const text = (title: string) => ({ title, uidt: 'SingleLineText' as const });
const CREATED = '2024-06-01 00:00:00';
const DAYS = ['2024-05-01', '2024-05-02', '2024-05-03'];
const CONVERSATIONS = 1_500;

/** A number between 0 and 1 that is the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Ids shuffled against time, gaps of all sizes, duplicates, orphans, rows without a start, conversations of months. */
function tables(): SampleTable[] {
  const next = random(7);
  const conversations: Record<string, unknown>[] = [];
  const messages: Record<string, unknown>[] = [];
  let id = 0;
  for (let n = 0; n < CONVERSATIONS; n++) {
    id += n % 400 === 399 ? 30_000 : n % 7 === 0 ? 3 : 1;
    const day = next() < 0.05 ? '2023-01-01' : DAYS[Math.floor(next() * DAYS.length)]!;
    const row = {
      Id: id,
      conversation_id: n % 50 === 49 ? `c${Math.floor(next() * n)}` : `c${n}`,
      app_id: n % 3 === 0 ? 'shop' : 'bank',
      started_at: n % 97 === 0 ? null : `${day} ${String(n % 24).padStart(2, '0')}:00:00`,
      CreatedAt: CREATED,
      UpdatedAt: next() < 0.3 ? `2024-06-0${1 + Math.floor(next() * 9)} 10:00:00` : null,
    };
    conversations.push(n % 211 === 0 ? { ...row, conversation_id: null } : row);
  }
  let key = 0;
  const lastId = new Map<number, string>();
  for (let n = 0; n < 9_000; n++) {
    key += n === 4_000 ? 200_000 : n % 5 === 0 ? 2 : 1;
    const of = Math.floor(next() * CONVERSATIONS * 1.02); // a few name nobody
    // Some come twice, and of those the lower primary key may have been edited later.
    const id = next() < 0.1 ? (lastId.get(of) ?? `m${n}`) : `m${Math.floor(next() * 6_000)}`;
    lastId.set(of, id);
    messages.push({
      Id: key,
      conversation_id: `c${of}`,
      message_id: n % 90 === 0 ? null : id,
      role: 'user',
      content: `text ${n} "quoted" \u2028 ${'x'.repeat(n % 40)}`,
      sent_at: `${DAYS[n % 3]!} 12:00:00`,
      CreatedAt: CREATED,
      UpdatedAt: next() < 0.3 ? `2024-06-0${1 + Math.floor(next() * 9)} 10:00:00` : null,
    });
  }
  return [
    {
      title: 'conversations',
      columns: [text('conversation_id'), text('app_id'), { title: 'started_at', uidt: 'DateTime' }],
      rows: conversations,
    },
    {
      title: 'messages',
      columns: [
        text('conversation_id'),
        text('message_id'),
        text('role'),
        { title: 'content', uidt: 'LongText' },
        { title: 'sent_at', uidt: 'DateTime' },
      ],
      rows: messages,
    },
  ];
}

async function readAsked(source: ConversationSource, day: string, batchSize: number, appId?: string) {
  const all: BatchReading = { threads: [], rejects: [], received: { conversations: 0, messages: 0 } };
  const scope = { day, appId };
  const page = await source.planDay(scope, { batchSize, maxBatches: 1_000, cursor: null }, signal);
  for (const range of page.batches) {
    const reading = await source.readBatch({ ...scope, ...range, runId: 'run-1' }, signal);
    all.threads.push(...reading.threads);
    all.rejects.push(...reading.rejects);
    all.received.conversations += reading.received.conversations;
    all.received.messages += reading.received.messages;
  }
  return { ...all, sourceCount: page.sourceCount };
}

describe('a sweep', () => {
  let server: SampleServer;
  let source: ConversationSource;
  const range = { startDate: DAYS[0]!, endDate: DAYS.at(-1)! };
  const config = () => ({
    baseUrl: server.url,
    apiToken: 'token',
    projectId: server.baseId,
    source: 'noco',
    requestsPerSecond: 1_000,
  });

  beforeAll(async () => {
    server = await startSampleServer({ tables: tables(), token: 'token' });
    source = createNocoDbSource(config());
  });
  afterAll(async () => {
    await source.close();
    await server.close();
  });

  const expectSame = async (from: ConversationSource, batchSize: number, appId?: string) => {
    const swept = await readSwept(from, { ...range, appId }, batchSize);
    let conversations = 0;
    for (const day of DAYS) {
      const asked = await readAsked(source, day, batchSize, appId);
      const own = swept.days.get(day)!;
      expect(comparable(own)).toEqual(comparable(asked));
      expect(own.sourceCount).toBe(asked.sourceCount);
      conversations += own.received.conversations;
    }
    expect(conversations).toBeGreaterThan(appId === undefined ? 1_200 : 400);
    expect(swept).toMatchObject({ late: 0, rows: 9_000 });
  };

  it.each([10, 100, 1_000])('gives the rows that asking by key gives (batches of %i)', async (size) => {
    await expectSame(source, size);
  });

  it('keeps to an app', () => expectSame(source, 100, 'shop'));

  it.each<[string, Meddling]>([
    ['clamps pages in silence', { query: (query) => ('limit' in query ? { ...query, limit: '40' } : query) }],
    [
      'has no bulk/datalist',
      { refuse: (path) => (path.endsWith('/bulk/datalist') ? { status: 404, body: {} } : undefined) },
    ],
  ])('does so on a server that %s', async (_, meddling) => {
    const meddler = await startMeddler(server.url, meddling);
    const other = createNocoDbSource({ ...config(), baseUrl: meddler.url });
    await expectSame(other, 200);
    await other.close();
    await meddler.close();
  });
});

describe('a sweep, while others write', () => {
  it('finds what came behind the end and in its last thousand ids, and counts what it cannot have seen', async () => {
    const [conversations, messages] = tables();
    conversations!.rows = [{ Id: 1, conversation_id: 'c', started_at: `${DAYS[0]!} 10:00:00` }];
    const row = (Id: number) => ({
      Id,
      conversation_id: 'c',
      message_id: `m${Id}`,
      role: 'user',
      content: 'hi',
    });
    messages!.rows = Array.from({ length: 5_000 }, (_, n) => row(2 * n + 1));
    const server = await startSampleServer({ tables: [conversations!, messages!], token: 'token' });
    const source = createNocoDbSource({
      baseUrl: server.url,
      apiToken: 'token',
      projectId: server.baseId,
      requestsPerSecond: 1_000,
    });
    const table = await describeMessages(server);
    const { days, late } = await readSwept(source, { startDate: DAYS[0]!, endDate: DAYS[0]! }, 10, {
      // New ids only: the sample server, as NocoDB, gives them itself.
      beforeFinish: () => insert(server, table, 150),
    });
    expect(days.get(DAYS[0]!)?.received.messages).toBe(5_150);
    expect(days.get(DAYS[0]!)?.rejects).toEqual([]);
    expect(late).toBe(0);
    await source.close();
    await server.close();
  });
});

describe('batches of a sweep', () => {
  it('are bounded by messages too', async () => {
    const [conversations, messages] = tables();
    const sizes = [4_500, 4_500, 4_500, 12_500, 5, 5];
    conversations!.rows = sizes.map((_, n) => ({
      conversation_id: `c${n}`,
      started_at: `${DAYS[0]!} 10:00:00`,
    }));
    messages!.rows = sizes.flatMap((size, n) =>
      Array.from({ length: size }, (__, m) => ({
        conversation_id: `c${n}`,
        message_id: `${n}/${m}`,
        role: 'user',
        content: 'hi',
      })),
    );
    const server = await startSampleServer({ tables: [conversations!, messages!], token: 'token' });
    const source = createNocoDbSource({
      baseUrl: server.url,
      apiToken: 'token',
      projectId: server.baseId,
      requestsPerSecond: 1_000,
    });
    const { days } = await readSwept(source, { startDate: DAYS[0]!, endDate: DAYS[0]! }, 100);
    const day = days.get(DAYS[0]!)!;
    expect(day.batches).toEqual([2, 1, 1, 2]);
    expect(MAX_MESSAGES).toBe(10_000);
    expect(day.threads.map((thread) => thread.messages.length)).toEqual(sizes);
    expect(day.received).toEqual({ conversations: 6, messages: 26_010 });
    await source.close();
    await server.close();
  });
});

async function describeMessages(server: SampleServer): Promise<string> {
  const answer = await fetch(`${server.url}/api/v2/meta/bases/${server.baseId}/tables`, {
    headers: { 'xc-token': 'token' },
  });
  const { list } = (await answer.json()) as { list: { id: string; title: string }[] };
  return list.find(({ title }) => title === 'messages')!.id;
}

async function insert(server: SampleServer, table: string, rows: number): Promise<void> {
  for (let first = 0; first < rows; first += 50) {
    const answer = await fetch(`${server.url}/api/v2/tables/${table}/records`, {
      method: 'POST',
      headers: { 'xc-token': 'token', 'content-type': 'application/json' },
      body: JSON.stringify(
        Array.from({ length: 50 }, (_, n) => ({
          conversation_id: 'c',
          message_id: `new${first + n}`,
          role: 'user',
          content: 'late',
        })),
      ),
    });
    if (!answer.ok) throw new Error(`insert answered ${answer.status}`);
  }
}
