import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createNocoDbSource } from '../../../src/adapters/nocodb/index.js';
import { generateSample } from '../../../src/devstack/sample/index.js';
import { startSampleServer, type SampleServer } from '../../../src/devstack/sample/server.js';
import type { SampleTable } from '../../../src/devstack/sample/table.js';
import { nextDay } from '../../../src/domain/period.js';
import type { SourceRange } from '../../../src/ports/source-inspector.js';
import {
  applyPlan,
  batchDone,
  dayDone,
  dayToPlan,
  emptyTotals,
  initialState,
  isDayEnded,
  planPageSize,
  takeBatch,
  MAX_BATCHES_PER_PAGE,
} from '../../../src/workflows/shared/window.js';
import type { ConversationSource } from '../../../src/ports/conversation-source.js';
import { readSwept } from '../../support/swept-reader.js';
import { startMeddler } from '../../support/nocodb/meddler.js';
import { tablesOf } from '../../support/nocodb/layouts.js';

/** The forecast against what a run really sends: the workflow's own bookkeeping drives the same source. */

// Some thousand rows are served and read twice: quick, but not on a machine that does other work.
jest.setTimeout(60_000);
const signal = new AbortController().signal;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  reading = 'in';
  for (const close of open.splice(0).reverse()) await close();
});

const PARALLEL = 4;
interface Work extends SourceRange {
  batchSize: number;
  limit?: number;
}

async function serve(tables: SampleTable[]): Promise<SampleServer> {
  const server = await startSampleServer({ tables, token: 'token' });
  open.push(() => server.close());
  return server;
}

type Reading = 'in' | 'sweep' | 'auto';
/** How the sources of a test read. */
let reading: Reading = 'in';

function connect(url: string, projectId: string) {
  const source = createNocoDbSource({
    baseUrl: url,
    apiToken: 'token',
    projectId,
    requestsPerSecond: 1_000,
    reading,
  });
  open.push(() => source.close());
  return source;
}

/** Survey, plans and batches, as the workflow orders them; four batches at a time. */
async function run(url: string, projectId: string, work: Work) {
  const source = connect(url, projectId);
  const { appId, batchSize } = work;
  await source.survey(appId, signal);
  const { startDate, endDate, limit } = work;
  const { strategy } = await source.chooseReading(
    { startDate, endDate, appId },
    { batchSize, limit },
    signal,
  );
  if (strategy === 'sweep') return sweep(source, work);
  const input = {
    startDate,
    endDate,
    batchSize,
    ...(limit === undefined ? {} : { limit }),
    ...(appId === undefined ? {} : { appId }),
    concurrency: PARALLEL,
    mongodb: false,
  };
  const state = initialState(input, 'run');
  const received = { conversations: 0, messages: 0 };
  const scopeOf = (day: string) => ({ day, ...(appId === undefined ? {} : { appId }) });
  for (;;) {
    const day = dayToPlan(state, Date.now());
    const size = day && planPageSize(state, batchSize);
    if (day && size) {
      applyPlan(state, day, await source.planDay(scopeOf(day.day), { ...size, cursor: day.cursor }, signal));
    }
    const taken = [];
    for (let next = takeBatch(state, input); next; next = takeBatch(state, input)) taken.push(next);
    await Promise.all(
      taken.map(async ({ day: own, batch }) => {
        const reading = await source.readBatch({ ...scopeOf(own.day), ...batch }, signal);
        received.conversations += reading.received.conversations;
        received.messages += reading.received.messages;
        batchDone(state, own, emptyTotals());
      }),
    );
    for (const ended of state.openDays.filter(isDayEnded)) dayDone(state, ended);
    if (taken.length === 0 && dayToPlan(state, Date.now()) === null) return received;
    if (taken.length === 0 && state.openDays.every(({ planning }) => planning === 'done')) {
      if (state.nextDay === null || state.remaining === 0) return received;
    }
  }
}

async function sweep(source: ConversationSource, { startDate, endDate, appId, batchSize }: Work) {
  const range = { startDate, endDate, appId };
  const received = { conversations: 0, messages: 0 };
  for (const day of (await readSwept(source, range, batchSize)).days.values()) {
    received.conversations += day.received.conversations;
    received.messages += day.received.messages;
  }
  return received;
}

async function compare(server: SampleServer, work: Work, url = server.url) {
  const source = connect(url, server.baseId);
  const { batchSize, limit, ...range } = work;
  const before = server.requests();
  const forecast = await source.forecast(
    range,
    { batchSize, limit, parallel: PARALLEL, maxBatches: MAX_BATCHES_PER_PAGE },
    signal,
  );
  expect(server.requests() - before).toBe(forecast.requestsUsed);
  const start = server.requests();
  const received = await run(url, server.baseId, work);
  const used = server.requests() - start;
  expect(forecast.conversations).toBe(received.conversations);
  expect(Math.abs(forecast.requests - used) / used).toBeLessThanOrEqual(0.1);
  expect(Math.abs(forecast.messages - received.messages) / received.messages).toBeLessThanOrEqual(0.15);
  expect(forecast.ms).toBeGreaterThanOrEqual(Math.floor(forecast.requests));
  return { forecast, used };
}

/** Days of conversations, each of some length. */
function base(days: readonly number[], messages: (conversation: number) => number): SampleTable[] {
  const [conversations, lines] = tablesOf();
  if (!conversations || !lines) throw new Error('two tables');
  conversations.rows = [];
  lines.rows = [];
  let day = '2024-03-01';
  for (const n of days) {
    for (let index = 0; index < n; index++) {
      const id = `conversation-${conversations.rows.length}`;
      const length = messages(conversations.rows.length);
      conversations.rows.push({ conversation_id: id, app_id: 'shop', started_at: `${day} 10:00:00` });
      for (let line = 0; line < length; line++) {
        lines.rows.push({ conversation_id: id, role: 'user', content: 'hello', sent_at: `${day} 10:00:00` });
      }
    }
    day = nextDay(day);
  }
  return [conversations, lines];
}

const MARCH = { startDate: '2024-03-01', endDate: '2024-03-10' };

describe('a forecast', () => {
  it('is within a tenth of what the generated sample takes', async () => {
    const { tables } = generateSample({ seed: 7, conversations: 800, end: '2024-03-10', days: 10 });
    const { forecast } = await compare(await serve(tables), { ...MARCH, batchSize: 15 });
    expect(forecast.days).toHaveLength(10);
    expect(forecast.batches).toBeGreaterThan(50);
  });

  it.each([
    ['many short ones', [500, 0, 0, 1_200, 30], () => 3, 100],
    ['long ones', [90, 60], () => 70, 30],
    ['a few that are far longer than the rest', [200, 200], (n: number) => (n % 20 === 0 ? 300 : 5), 25],
    ['days without any', [3, 0, 0, 0, 0, 2], () => 4, 100],
  ] as const)('knows %s', async (_, days, messages, batchSize) => {
    await compare(await serve(base(days, messages)), { ...MARCH, batchSize });
  });

  it.each([
    ['many short ones', [500, 0, 0, 1_200, 30], () => 3],
    ['a few that are far longer than the rest', [200, 200], (n: number) => (n % 20 === 0 ? 300 : 5)],
    ['spans of many', [3_000, 3_000], () => 16],
  ] as const)('knows what a sweep takes: %s', async (_, days, messages) => {
    reading = 'sweep';
    const { forecast } = await compare(await serve(base(days, messages)), { ...MARCH, batchSize: 100 });
    expect(forecast.reading.strategy).toBe('sweep');
  });

  it('knows what a sweep takes where most ids are gone', async () => {
    reading = 'sweep';
    const tables = base([1_500, 500], () => 9);
    for (const table of tables) table.rows.forEach((row, n) => (row['Id'] = 1 + n * 7));
    await compare(await serve(tables), { ...MARCH, batchSize: 100 });
  });

  it('is of what the run will choose by itself', async () => {
    reading = 'auto';
    const server = await serve(base([1_000, 3, 1_000], () => 5));
    const all = await compare(server, { ...MARCH, batchSize: 10 });
    expect(all.forecast.reading.strategy).toBe('sweep');
    const few = { startDate: '2024-03-02', endDate: '2024-03-02', batchSize: 10 };
    expect((await compare(server, few)).forecast.reading.strategy).toBe('in');
  });

  it('keeps to an app and to a limit', async () => {
    const server = await serve(base([300, 300, 300], () => 6));
    const { forecast } = await compare(server, { ...MARCH, batchSize: 40, appId: 'shop', limit: 410 });
    expect(forecast.conversations).toBe(410);
  });

  it('knows a server without bulk/datalist', async () => {
    const server = await serve(base([300, 300], () => 12));
    const meddler = await startMeddler(server.url, {
      refuse: (path) => (path.endsWith('/bulk/datalist') ? { status: 404, body: {} } : undefined),
    });
    open.push(() => meddler.close());
    const source = connect(meddler.url, server.baseId);
    const options = { batchSize: 100, parallel: PARALLEL, maxBatches: MAX_BATCHES_PER_PAGE };
    const forecast = await source.forecast(MARCH, options, signal);
    meddler.paths.length = 0;
    await run(meddler.url, server.baseId, { ...MARCH, batchSize: 100 });
    const used = meddler.paths.length;
    expect(Math.abs(forecast.requests - used) / used).toBeLessThanOrEqual(0.1);
  });

  it('knows days that the server cannot tell apart: times as text', async () => {
    const tables = base([250, 250, 250], () => 4);
    for (const table of tables) {
      for (const column of table.columns) if (/_at$/.test(column.title)) column.uidt = 'SingleLineText';
      for (const row of table.rows) {
        for (const key of ['started_at', 'sent_at']) {
          if (typeof row[key] === 'string') row[key] = `${row[key].replace(' ', 'T')}Z`;
        }
      }
    }
    await compare(await serve(tables), { ...MARCH, batchSize: 50 });
  });

  it('names an app that is not there', async () => {
    const server = await serve(base([3], () => 2));
    const failure = connect(server.url, server.baseId).forecast(
      { ...MARCH, appId: 'nobody' },
      { batchSize: 100, parallel: PARALLEL, maxBatches: 200 },
      signal,
    );
    await expect(failure).rejects.toMatchObject({ type: 'UnknownApp' });
  });
});
