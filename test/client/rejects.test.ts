import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { EXIT } from '../../src/client/exit-codes.js';
import { rejects } from '../../src/client/rejects.js';
import type { Reject } from '../../src/domain/records.js';
import { collect, openRig, type Rig } from '../adapters/lake/support.js';
import { labelledThread } from '../support/threads.js';
import { ioOf } from './support.js';

const DAYS = ['2024-03-05', '2024-03-06'] as const;
let rig: Rig;

function reject(id: string, more: Partial<Reject> = {}): Reject {
  return {
    table: 'messages',
    source_row_id: id,
    reason: 'invalid_row',
    field: 'message_id',
    conversation_key: `test:${id}`,
    app_id: 'shop',
    source: 'test',
    fetched_at: Date.UTC(2024, 2, 10),
    run_id: 'run',
    ...more,
  };
}

beforeAll(async () => {
  rig = await openRig();
  const perDay: Record<string, Reject[]> = {
    [DAYS[0]]: [
      reject('1'),
      reject('2', { app_id: "o'brien" }),
      reject('3', { table: 'conversations', reason: 'duplicate_conversation', field: null }),
    ],
    [DAYS[1]]: [reject('4'), reject('5', { reason: 'duplicate_message', field: null })],
  };
  for (const day of DAYS) {
    const startedAt = Date.parse(`${day}T09:00:00Z`);
    await collect(rig.lake, {
      runId: 'run',
      day,
      batches: [[labelledThread({ id: day, startedAt })]],
      rejects: perDay[day] ?? [],
    });
  }
});
afterAll(() => rig.close());

interface Shown {
  days: number;
  total: number;
  byReason: { reason: string; rows: number }[];
  rows: Record<string, unknown>[];
}

async function list(request: Partial<Parameters<typeof rejects>[0]> = {}): Promise<Shown> {
  const { io, stdout } = ioOf({ LAKE_DIR: rig.store.location, CONVERSATION_ANALYTICS_DATA: rig.dir });
  expect(await rejects({ limit: 50, json: true, ...request }, io)).toBe(EXIT.complete);
  return JSON.parse(stdout()) as Shown;
}

describe('rejects', () => {
  it('counts by reason and lists rows of every committed day', async () => {
    const shown = await list();
    expect(shown).toMatchObject({
      days: 2,
      total: 5,
      byReason: [
        { reason: 'invalid_row', rows: 3 },
        { reason: 'duplicate_conversation', rows: 1 },
        { reason: 'duplicate_message', rows: 1 },
      ],
    });
    expect(shown.rows.map((row) => row['source_row_id'])).toEqual(['3', '5', '1', '2', '4']);
    expect(shown.rows[2]).toEqual({
      table: 'messages',
      source_row_id: '1',
      reason: 'invalid_row',
      field: 'message_id',
      conversation_key: 'test:1',
      app_id: 'shop',
      source: 'test',
      run_id: 'run',
    });
  });

  it.each([
    [{ reason: 'duplicate_message' }, ['5']],
    [{ appId: "o'brien" }, ['2']],
    [{ startDate: DAYS[1] }, ['5', '4']],
    [{ endDate: DAYS[0] }, ['3', '1', '2']],
    [{ run: `collect/_all/${DAYS[0]}..${DAYS[0]}` }, ['3', '1', '2']],
    [{ run: `collect/o%27brien/${DAYS[0]}..${DAYS[1]}` }, ['2']],
    [{ startDate: '2020-01-01', endDate: '2020-01-02' }, []],
  ])('of %j', async (request, ids) => {
    const shown = await list(request);
    expect(shown.rows.map((row) => row['source_row_id'])).toEqual(ids);
    expect(shown.total).toBe(ids.length);
  });

  it('counts all where it lists some, and says how to see the rest', async () => {
    const shown = await list({ limit: 2 });
    expect([shown.total, shown.rows.length]).toEqual([5, 2]);
    const { io, stdout } = ioOf({ LAKE_DIR: rig.store.location, CONVERSATION_ANALYTICS_DATA: rig.dir });
    await rejects({ limit: 2, json: false }, io);
    const lines = stdout().trimEnd().split('\n');
    expect(lines[0]).toBe('5 rejects in 2 committed days (all days)');
    expect(lines.at(-1)).toBe('… and 3 more: --limit 5, or --json');
    expect(stdout()).toMatch(/REASON +TABLE +ROW ID +FIELD +APP +CONVERSATION/);
  });

  it('says where there is nothing', async () => {
    const { io, stdout } = ioOf({ LAKE_DIR: rig.store.location, CONVERSATION_ANALYTICS_DATA: rig.dir });
    await rejects({ limit: 2, json: false, endDate: '2020-01-01' }, io);
    expect(stdout()).toContain('No day has been committed');
  });
});
