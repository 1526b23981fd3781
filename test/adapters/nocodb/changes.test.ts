import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import { createNocoDbSource } from '../../../src/adapters/nocodb/index.js';
import { startSampleServer, type SampleTable } from '../../../src/devstack/sample/index.js';
import { dayEnd, dayStart } from '../../../src/domain/period.js';
import { callApi, describeTable } from '../../contract/source-target.js';
import { DAY, LAYOUTS, TALKS, UNDATED, tablesOf } from '../../support/nocodb/layouts.js';
import { startMeddler, type Meddling } from '../../support/nocodb/meddler.js';

const signal = new AbortController().signal;
const START = Date.parse('2026-01-01T00:00:00Z');
const LONG_AGO = dayStart('2000-01-01');

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server whose clock the test sets, and a source on it. */
async function connect(
  tables: SampleTable[],
  more: { mapping?: string; conversationsTable?: string; messagesTable?: string; meddling?: Meddling } = {},
) {
  const clock = { now: START };
  const server = await startSampleServer({ tables, token: 'token', now: () => clock.now });
  const proxy = await startMeddler(server.url, more.meddling ?? {});
  const { conversationsTable, messagesTable } = more;
  const directory = await mkdtemp(join(tmpdir(), 'changes-'));
  const mapping = join(directory, 'mapping.yaml');
  await writeFile(mapping, more.mapping ?? '');
  const source = createNocoDbSource({
    baseUrl: proxy.url,
    apiToken: 'token',
    projectId: server.baseId,
    conversationsTable,
    messagesTable,
    mapping,
    source: 's',
    requestsPerSecond: 1_000,
  });
  open.push(
    () => rm(directory, { recursive: true }),
    () => server.close(),
    () => proxy.close(),
    () => source.close(),
  );
  const target = {
    baseUrl: server.url,
    apiToken: 'token',
    projectId: server.baseId,
    stop: () => Promise.resolve(),
  };
  const api = async (table: string, method: string, rows: Record<string, unknown>[]) => {
    const { id } = await describeTable(target, table);
    const answer = await callApi(target, `/api/v2/tables/${id}/records`, { method, body: rows });
    expect(answer.status).toBe(200);
  };
  return { source, proxy, clock, api };
}

describe.each(LAYOUTS)('layout $name', (layout) => {
  it('says which conversations have changed, reads just these, and sweeps all', async () => {
    const { source } = await connect(layout.tables, layout);
    const window = { since: START - 10_000, until: START + 1_000 };
    const changes = await source.changes({ since: LONG_AGO, window }, signal);
    const mark = await source.mark(window, signal);
    const count = await source.countDay({ day: DAY }, signal);
    const sweep = await source.sweep(signal);
    expect(sweep.conversations.filter(({ day }) => day === DAY)).toHaveLength(count);
    // Rows whose text the server cannot tell to be no time, the sweep sees.
    expect(sweep.undatedRows.length).toBeGreaterThanOrEqual(layout.undated ?? UNDATED);
    if (mark === null || changes === null) {
      // Tables of other databases say nothing of when a row was made.
      expect([mark, changes, layout.tables.some(({ external }) => external)]).toEqual([null, null, true]);
      return;
    }
    const day = changes.days.find((each) => each.day === DAY);
    expect(day?.dayCount).toBe(count);
    expect(day?.rows).toHaveLength(count);
    const [first, ...rest] = day?.rows.map(({ rowId }) => rowId) ?? [];
    const range = { day: DAY, runId: 'r', idFrom: first ?? '', idTo: rest.at(-1) ?? '', count };
    const all = await source.readBatch(range, signal);
    const one = await source.readBatch({ ...range, rowIds: first === undefined ? [] : [first] }, signal);
    expect(all.threads).toHaveLength(count);
    expect(one.threads.map(({ conversation }) => conversation.rowId)).toEqual([first]);
    const messages = all.threads.reduce((sum, thread) => sum + thread.messages.length, 0);
    expect(
      sweep.conversations.filter((row) => row.day === DAY).reduce((sum, row) => sum + row.messages, 0),
    ).toBe(messages);
  });
});

describe('what has changed', () => {
  const window = (until: number) => ({ since: until - 10_000, until });

  it('is told of by a new row, an edit, a message of an old conversation, and by nothing else', async () => {
    const { source, clock, api, proxy } = await connect(tablesOf({}));
    const since = START + 60_000;
    const found = async () => {
      const changes = await source.changes({ since, window: window(clock.now) }, signal);
      return changes?.days.flatMap(({ day, rows }) => rows.map(({ rowId }) => `${day} ${rowId}`));
    };
    clock.now = since;
    const mark = await source.mark(window(since), signal);
    expect(await found()).toEqual([]);
    if (mark === null) throw new Error('no mark');
    const before = proxy.paths.length;
    expect(await source.looksAs(mark, signal)).toBe(true);
    expect(proxy.paths.length - before).toBeLessThanOrEqual(3);

    clock.now += 5_000;
    const row = TALKS.findIndex(({ id }) => id === 't-last') + 1;
    await api('messages', 'POST', [{ conversation_id: 't-last', role: 'user', content: 'x' }]);
    expect(await source.looksAs(mark, signal)).toBe(false);
    expect(await found()).toEqual([`${DAY} ${row}`]);
    await api('conversations', 'PATCH', [{ Id: 1, user_id: 'other' }]);
    expect(await found()).toEqual([`${DAY} 1`, `${DAY} ${row}`].sort());
    await api('messages', 'POST', [{ conversation_id: 'nobody', role: 'user', content: 'x' }]);
    const changes = await source.changes({ since, window: window(clock.now) }, signal);
    expect(changes).toMatchObject({ orphanMessages: 1, undated: 0 });
  });

  it('names rows of one id on several days, all of them', async () => {
    const { source, clock, api } = await connect(tablesOf({}));
    const since = START + 60_000;
    clock.now = since;
    await api('conversations', 'POST', [
      { conversation_id: 't-first', app_id: 'shop', started_at: '2024-05-09 10:00:00' },
    ]);
    const changes = await source.changes({ since, window: window(since) }, signal);
    expect(changes?.days.map(({ day, rows }) => [day, rows])).toEqual([
      [DAY, [{ rowId: '1', elsewhere: 's:t-first' }]],
      ['2024-05-09', [{ rowId: String(TALKS.length + 1), elsewhere: 's:t-first' }]],
    ]);
  });

  it('a row that appears with an older stamp, inside the overlap, is noticed', async () => {
    const { source, clock, api } = await connect(tablesOf({}));
    const until = START + 60_000;
    const mark = await source.mark(window(until), signal);
    if (mark === null) throw new Error('no mark');
    clock.now = until - 5_000;
    await api('messages', 'POST', [{ conversation_id: 't-first', role: 'user', content: 'late' }]);
    expect(await source.looksAs(mark, signal)).toBe(false);
  });

  it('works without bulk/datalist, and takes another table of the same name for a change', async () => {
    const { source } = await connect(tablesOf({}), {
      meddling: {
        refuse: (path) =>
          path.endsWith('datalist') ? { status: 404, body: { msg: 'Cannot POST' } } : undefined,
      },
    });
    const mark = await source.mark(window(dayEnd('2026-01-02')), signal);
    if (mark === null) throw new Error('no mark');
    expect(await source.looksAs(mark, signal)).toBe(true);
    const [table, ...others] = mark.tables;
    if (table === undefined) throw new Error('no table');
    expect(await source.looksAs({ ...mark, tables: [{ ...table, id: 'mgone' }, ...others] }, signal)).toBe(
      false,
    );
    expect(await source.looksAs({ ...mark, settings: 'other' }, signal)).toBe(false);
  });
});
