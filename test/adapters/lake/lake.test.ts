import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { encodeTable } from '../../../src/adapters/lake/index.js';
import type { Reject } from '../../../src/domain/records.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES, SCHEMA_VERSION } from '../../../src/domain/schema.js';
import { labelledThread, type ThreadShape } from '../support/threads.js';
import {
  collect,
  commitInput,
  DAY,
  HOUR,
  keys,
  openRig,
  READ,
  signal,
  T0,
  writeBatch,
  writeBatches,
  type Rig,
} from './support.js';

// Each commit opens a DuckDB; a busy machine takes a second for one.
jest.setTimeout(60_000);

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await rig.close();
});

const thread = (id: string, more: Partial<ThreadShape> = {}) =>
  labelledThread({ id, startedAt: T0 + id.charCodeAt(0) * 1000, fetchedAt: READ, runId: 'r1', ...more });
const ids = async (where = 'true', day = DAY): Promise<string[]> =>
  (
    await rig.reader.query<{ id: string }>(
      `SELECT conversation_id AS id FROM conversations WHERE ${where} ORDER BY id`,
      { start: day, end: day },
    )
  ).map((row) => row.id);
const reject = (more: Partial<Reject>): Reject => ({
  table: 'messages',
  source_row_id: 'x',
  reason: 'invalid_row',
  field: 'id',
  conversation_key: null,
  app_id: null,
  source: 's',
  fetched_at: READ,
  run_id: 'r1',
  ...more,
});

describe('commit of a day', () => {
  it('stores every column as it was given, in order, and answers what the day holds', async () => {
    const b = thread('b', { appId: null, texts: ['😀a', 'x'], endedAt: T0 + 9 });
    const result = await collect(rig.lake, { runId: 'r1', batches: [[thread('c'), b], [thread('a')]] });
    expect(result).toMatchObject({
      rows: { conversations: 3, messages: 6, categories: 12 },
      rejected: 0,
      deleted: 0,
      manifestKey: `_days/${DAY}/manifest.json`,
    });
    const rows = await rig.reader.query('SELECT * FROM conversations');
    expect(rows.map((row) => row['conversation_id'])).toEqual(['b', 'a', 'c']);
    const expected = Object.fromEntries(
      Object.entries(b.conversation).map(([name, value]) => [
        name,
        typeof value === 'number' && /(_at|fetched_at)$/.test(name) ? new Date(value) : value,
      ]),
    );
    expect({ ...rows[0], language_confidence: 0.75, topic_confidence: 0.9, intent_confidence: 0.8 }).toEqual(
      expected,
    );
    expect(rows[0]!['topic_confidence']).toBeCloseTo(0.9, 6);
    expect(await rig.reader.query("SELECT seq FROM messages WHERE text = '😀a'")).toEqual([{ seq: 0 }]);
    expect(await rig.reader.query("SELECT count(*) AS n FROM categories WHERE label = 'ask'")).toEqual([
      { n: 12 },
    ]);

    const manifest = (await rig.lake.readManifest(DAY))!;
    expect(manifest).toMatchObject({
      day: DAY,
      schema_version: 1,
      model_versions: ['m1'],
      taxonomy_versions: ['t1'],
      rejects: null,
      min_event_at: T0 + 97_000,
      max_event_at: T0 + 99_000 + 60_000,
      has_open_conversations: true,
      coverage: { _all: { complete: true, source_count: 3, run_id: 'r1' } },
    });
    expect(Object.keys(manifest.files)).toEqual(['conversations', 'messages', 'categories']);
  });

  it('lays the files under the fixed keys, and leaves no staging but the receipt', async () => {
    await collect(rig.lake, { runId: 'r1', batches: [[thread('a')]] });
    const folder = 'conversations/year=2024/month=03/day=05';
    expect(await keys(rig.store, 'conversations/')).toEqual([
      `${folder}/_commit.json`,
      `${folder}/categories/categories.parquet`,
      `${folder}/conversations.parquet`,
      `${folder}/messages/messages.parquet`,
    ]);
    expect(await keys(rig.store, '_staging/')).toEqual([`_staging/r1/${DAY}/_committed.json`]);
    // The day becomes empty of messages: the stale fixed file goes.
    await collect(rig.lake, {
      runId: 'r2',
      batches: [[thread('a', { fetchedAt: READ + HOUR, runId: 'r2', texts: [] })]],
      plannedAt: READ + HOUR,
    });
    expect(await keys(rig.store, `${folder}/messages`)).toEqual([]);
    expect(await rig.reader.query('SELECT count(*) AS n FROM messages')).toEqual([{ n: 0 }]);
  });

  it('gives the same rows for other batches, other runs and repeated commits', async () => {
    const threads = (runId: string, fetchedAt: number) =>
      'abcdefghij'.split('').map((id) => thread(id, { runId, fetchedAt, texts: [`${id}1`, `${id}2`, 'x'] }));
    const first = threads('r1', READ);
    await collect(rig.lake, { runId: 'r1', batches: [first.slice(0, 5), first.slice(5)] });
    const hashes = await rig.reader.rowHashes();
    expect(hashes['messages']).toEqual({ rows: 30, hash: expect.stringMatching(/^[0-9a-f]{32}$/) });

    const again = threads('r2', READ + HOUR).reverse();
    await collect(rig.lake, { runId: 'r2', plannedAt: READ + HOUR, batches: again.map((one) => [one]) });
    expect(await rig.reader.rowHashes()).toEqual(hashes);
    await collect(rig.lake, {
      runId: 'r3',
      plannedAt: READ + 2 * HOUR,
      batches: [threads('r3', READ + 2 * HOUR)],
    });
    expect(await rig.reader.rowHashes()).toEqual(hashes);
    // A single changed text changes the hash.
    const changed = [...threads('r4', READ + 3 * HOUR)];
    changed[3] = thread('d', { runId: 'r4', fetchedAt: READ + 3 * HOUR, texts: ['d1', 'd2', 'y'] });
    await collect(rig.lake, { runId: 'r4', plannedAt: READ + 3 * HOUR, batches: [changed] });
    const after = await rig.reader.rowHashes();
    expect(after['messages']!.hash).not.toBe(hashes['messages']!.hash);
    expect(after['conversations']).toEqual(hashes['conversations']);
  });

  it('answers a repeated commit from its receipt, also after another run committed', async () => {
    const reading = { runId: 'r1', batches: [[thread('a')], [thread('b')]] };
    const result = await collect(rig.lake, reading);
    expect(await rig.another().commitDay(commitInput(reading), signal)).toEqual(result);
    await collect(rig.lake, { runId: 'r2', batches: [[thread('z', { runId: 'r2' })]], complete: false });
    const manifest = await rig.lake.readManifest(DAY);
    expect(await rig.lake.commitDay(commitInput(reading), signal)).toEqual(result);
    expect(await rig.lake.readManifest(DAY)).toEqual(manifest);
  });

  it('replaces a conversation with all its rows by a newer version, and never by an older one', async () => {
    await collect(rig.lake, {
      runId: 'r2',
      batches: [[thread('a', { fetchedAt: READ + 1, runId: 'r2', texts: ['new'] })]],
    });
    const hashes = await rig.reader.rowHashes();
    await collect(rig.lake, {
      runId: 'r1',
      complete: false,
      batches: [[thread('a', { texts: ['old', 'older'] })]],
    });
    expect(await rig.reader.rowHashes()).toEqual(hashes);
    expect(await rig.reader.query('SELECT text, run_id FROM messages')).toEqual([
      { text: 'new', run_id: 'r2' },
    ]);
    // Equal times: the larger run id.
    await collect(rig.lake, {
      runId: 'r3',
      complete: false,
      batches: [[thread('a', { fetchedAt: READ + 1, runId: 'r3', texts: ['tie'] })]],
    });
    expect(await rig.reader.query('SELECT text FROM messages')).toEqual([{ text: 'tie' }]);
  });

  it('keeps both of two runs that commit one day at once', async () => {
    const runs = ['p', 'q', 'r', 's'];
    const lakes = runs.map(() => rig.another());
    const readings = runs.map((runId) => ({
      runId,
      complete: false,
      batches: [[thread(runId, { runId }), thread('shared'.charAt(0) + runId, { runId })]],
      appId: `app ${runId}`,
    }));
    await Promise.all(readings.map((reading, i) => writeBatches(lakes[i]!, reading)));
    await Promise.all(readings.map((reading, i) => lakes[i]!.commitDay(commitInput(reading), signal)));
    expect(await ids()).toEqual(['p', 'q', 'r', 's', 'sp', 'sq', 'sr', 'ss']);
    const manifest = (await rig.lake.readManifest(DAY))!;
    expect(Object.keys(manifest.coverage).sort()).toEqual(runs.map((run) => `app%20${run}`));
    // Generations of lost races are gone; only real commits remain.
    const generations = new Set((await keys(rig.store, '_days/')).map((key) => key.split('/')[2]));
    expect(generations.size).toBe(runs.length + 1);
    // The fixed keys show the last commit.
    const note = await rig.store.get('conversations/year=2024/month=03/day=05/_commit.json');
    expect(JSON.parse(Buffer.from(note!.body).toString())).toMatchObject({ commit_id: manifest.commit_id });
  });

  it('commits days without rows', async () => {
    const result = await collect(rig.lake, { runId: 'r1', batches: [] });
    expect(result.rows).toEqual({ conversations: 0, messages: 0, categories: 0 });
    expect(await rig.lake.readManifest(DAY)).toMatchObject({
      files: {},
      min_event_at: null,
      max_event_at: null,
      has_open_conversations: false,
      coverage: { _all: { complete: true, source_count: 0 } },
    });
    expect(await ids()).toEqual([]);
    expect((await rig.reader.committedDays()).map((day) => day.day)).toEqual([DAY]);
    expect(await rig.lake.readManifest('2024-03-06')).toBeNull();
  });

  it('counts batches without a marker as failed, and takes them in when they are retried', async () => {
    const partial = { runId: 'r1', batches: [[thread('a')]], plannedBatches: 2, complete: true };
    await collect(rig.lake, partial);
    expect((await rig.lake.readManifest(DAY))!.coverage['_all']!.complete).toBe(false);
    await writeBatch(rig.lake, { runId: 'r1', day: DAY, batch: 1 }, [thread('b')]);
    await rig.lake.commitDay(commitInput(partial), signal);
    expect((await rig.lake.readManifest(DAY))!.coverage['_all']!.complete).toBe(true);
    expect(await ids()).toEqual(['a', 'b']);
    expect(await ids('deleted_at IS NOT NULL')).toEqual([]);
  });

  it('an incomplete reading does not take away what a complete one has covered', async () => {
    await collect(rig.lake, { runId: 'r1', batches: [[thread('a')]] });
    await collect(rig.lake, { runId: 'r2', batches: [], complete: false, plannedAt: READ + HOUR });
    expect((await rig.lake.readManifest(DAY))!.coverage['_all']).toMatchObject({
      complete: true,
      run_id: 'r1',
    });
  });

  it('commits parts that older releases staged as Parquet, beside those of this one', async () => {
    const reading = { runId: 'r1', batches: [[thread('old')], [thread('new')]] };
    await writeBatch(rig.lake, { runId: 'r1', day: DAY, batch: 1 }, reading.batches[1]!);
    const old = reading.batches[0]![0]!;
    const rows = { conversations: [old.conversation], messages: old.messages, categories: old.categories };
    const parts = [];
    for (const table of [CONVERSATIONS, MESSAGES, CATEGORIES]) {
      const bytes = await encodeTable(table, rows[table.file as keyof typeof rows]);
      const key = `_staging/r1/${DAY}/0/old/${table.file}.parquet`;
      await rig.store.put(key, bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      parts.push({ key, file: table.file, rows: rows[table.file as keyof typeof rows].length, sha256 });
    }
    const marker = { attempt: 'old', schema_version: SCHEMA_VERSION, parts, rejects: null };
    await rig.store.put(`_staging/r1/${DAY}/0/_done.json`, Buffer.from(JSON.stringify(marker)));
    const { rows: committed } = await rig.lake.commitDay(commitInput(reading), signal);
    expect(committed).toMatchObject({ conversations: 2, messages: 2 * old.messages.length });
  });

  it('refuses parts that are not what their batch wrote', async () => {
    const reading = { runId: 'r1', batches: [[thread('a')]] };
    await writeBatches(rig.lake, reading);
    const part = (await keys(rig.store, '_staging/')).find((key) => key.endsWith('messages.ndjson.snappy'))!;
    await rig.store.put(part, Buffer.from('something else'));
    await expect(rig.lake.commitDay(commitInput(reading), signal)).rejects.toMatchObject({
      type: 'LakeCorrupt',
    });
    await rig.store.delete([part]);
    await expect(rig.lake.commitDay(commitInput(reading), signal)).rejects.toMatchObject({
      type: 'LakeCorrupt',
    });
    expect(await rig.lake.readManifest(DAY)).toBeNull();
  });

  it('stops when told to', async () => {
    const reading = { runId: 'r1', batches: [[thread('a')]] };
    await writeBatches(rig.lake, reading);
    const aborter = new AbortController();
    const stop = (): void => aborter.abort(new Error('cancelled'));
    await expect(rig.lake.commitDay(commitInput(reading), aborter.signal, stop)).rejects.toThrow('cancelled');
    expect(await rig.lake.readManifest(DAY)).toBeNull();
    expect((await rig.lake.commitDay(commitInput(reading), signal)).rows.conversations).toBe(1);
  });

  it('sweeps generations that no manifest names after a day', async () => {
    await collect(rig.lake, { runId: 'r1', batches: [[thread('a')]] });
    const first = (await rig.lake.readManifest(DAY))!.generation;
    await collect(rig.lake, { runId: 'r2', batches: [[thread('a', { runId: 'r2', fetchedAt: READ + 1 })]] });
    const old = await keys(rig.store, `_days/${DAY}/${first}/`);
    expect(old).toHaveLength(3);
    const past = new Date(Date.now() - 25 * HOUR);
    for (const key of old) await utimes(join(rig.dir, 'lake', key), past, past);
    await collect(rig.lake, { runId: 'r3', batches: [[thread('a', { runId: 'r3', fetchedAt: READ + 2 })]] });
    expect(await keys(rig.store, `_days/${DAY}/${first}/`)).toEqual([]);
    expect(await ids()).toEqual(['a']);
  });
});

it('removes staging that was abandoned two weeks ago, at the first commit of a process', async () => {
  await writeBatches(rig.lake, { runId: 'dead', batches: [[thread('a')]] });
  await writeBatches(rig.lake, { runId: 'alive', batches: [[thread('a')]] });
  const past = new Date(Date.now() - 15 * 24 * HOUR);
  for (const key of await keys(rig.store, '_staging/dead/'))
    await utimes(join(rig.dir, 'lake', key), past, past);
  await collect(rig.lake, { runId: 'r1', batches: [] });
  expect(await keys(rig.store, '_staging/dead/')).toEqual([]);
  expect(await keys(rig.store, '_staging/alive/')).toHaveLength(4);
});

it('keeps the receipts of a run whose failed batches may be run again', async () => {
  const past = new Date(Date.now() - 15 * 24 * HOUR);
  for (const runId of ['ended', 'failed', 'running']) {
    await collect(rig.lake, {
      runId,
      batches: [[thread('a', { runId })]],
      plannedBatches: 2,
      complete: false,
    });
    await utimes(join(rig.dir, 'lake', `_staging/${runId}/${DAY}/_committed.json`), past, past);
  }
  for (const runId of ['ended', 'failed'])
    await rig.store.put(`_state/runs/${runId}/run.json`, Buffer.from('{}'));
  await rig.store.put('_state/runs/failed/state.json', Buffer.from('{}'));
  await collect(rig.another(), { runId: 'other', batches: [] });
  expect((await keys(rig.store, '_staging/')).sort()).toEqual(
    ['failed', 'other', 'running'].map((runId) => `_staging/${runId}/${DAY}/_committed.json`),
  );
});

describe('conversations that leave the source or change their day', () => {
  const later = { plannedAt: READ + HOUR };
  const newer = { fetchedAt: READ + HOUR, runId: 'r2' };

  it('marks what a full reading no longer finds, once, and takes it back when it returns', async () => {
    await collect(rig.lake, {
      runId: 'r1',
      batches: [[thread('a'), thread('b'), thread('c', { appId: 'other' })]],
    });
    const result = await collect(rig.lake, {
      runId: 'r2',
      appId: 'web',
      batches: [[thread('a', newer)]],
      ...later,
    });
    expect(result).toMatchObject({ deleted: 1, rows: { conversations: 3 } });
    expect(await rig.lake.deletedConversations(DAY)).toEqual([
      { conversation_key: 's:b', fetched_at: READ, deleted_at: READ + HOUR },
    ]);
    const third = await collect(rig.lake, {
      runId: 'r3',
      appId: 'web',
      plannedAt: READ + 2 * HOUR,
      batches: [[thread('a', { fetchedAt: READ + 2 * HOUR, runId: 'r3' })]],
    });
    expect(third.deleted).toBe(0);
    expect((await rig.lake.deletedConversations(DAY))[0]!.deleted_at).toBe(READ + HOUR);
    await collect(rig.lake, {
      runId: 'r4',
      complete: false,
      plannedAt: READ + 3 * HOUR,
      batches: [[thread('b', { fetchedAt: READ + 3 * HOUR, runId: 'r4' })]],
    });
    expect(await rig.lake.deletedConversations(DAY)).toEqual([]);
  });

  it('marks nothing after a reading that was not full, nor what was read since the plan', async () => {
    await collect(rig.lake, {
      runId: 'r1',
      batches: [[thread('a'), thread('b', { fetchedAt: READ + 2 * HOUR })]],
    });
    await collect(rig.lake, { runId: 'r2', batches: [], complete: false, ...later });
    await collect(rig.lake, { runId: 'r3', batches: [], plannedBatches: 1, ...later });
    expect(await ids('deleted_at IS NOT NULL')).toEqual([]);
    await collect(rig.lake, { runId: 'r4', batches: [], ...later });
    expect(await ids('deleted_at IS NOT NULL')).toEqual(['a']);
  });

  it('a conversation whose start was changed leaves its old day in the same commit', async () => {
    const next = '2024-03-06';
    await collect(rig.lake, { runId: 'r1', batches: [[thread('a'), thread('b')]] });
    await collect(rig.lake, {
      runId: 'r0',
      day: next,
      batches: [[thread('k', { startedAt: T0 + 24 * HOUR })]],
    });
    const moved = thread('a', { ...newer, startedAt: T0 + 25 * HOUR, updatedAt: T0 + 26 * HOUR });
    await collect(rig.lake, { runId: 'r2', day: next, batches: [[moved]], complete: false, ...later });
    expect(await ids()).toEqual(['b']);
    expect(await ids('true', next)).toEqual(['a', 'k']);
    expect(
      await rig.reader.query("SELECT count(*) AS n FROM messages WHERE conversation_key = 's:a'"),
    ).toEqual([{ n: 2 }]);
    expect((await rig.lake.readManifest(DAY))!.coverage['_all']!.run_id).toBe('r1');

    // An older reading that still saw it in the old day does not bring it back, from either side.
    await collect(rig.lake, {
      runId: 'r1b',
      batches: [[thread('a', { fetchedAt: READ + 1 })]],
      complete: false,
    });
    expect(await ids()).toEqual(['b']);
    // Moved back: it returns.
    const back = thread('a', { fetchedAt: READ + 3 * HOUR, runId: 'r5', updatedAt: T0 + 27 * HOUR });
    await collect(rig.lake, { runId: 'r5', batches: [[back]], complete: false, plannedAt: READ + 3 * HOUR });
    expect(await ids()).toEqual(['a', 'b']);
    expect(await ids('true', next)).toEqual(['k']);
  });

  it('an older version that arrives late in another day is left out', async () => {
    const next = '2024-03-06';
    await collect(rig.lake, {
      runId: 'r2',
      day: next,
      batches: [[thread('a', { ...newer, startedAt: T0 + 25 * HOUR })]],
    });
    await collect(rig.lake, {
      runId: 'r1',
      batches: [[thread('a', { updatedAt: T0 + 25 * HOUR }), thread('b')]],
    });
    expect(await ids()).toEqual(['b']);
    expect(await ids('true', next)).toEqual(['a']);
  });
});

describe('rejects of a day', () => {
  const rows = async (): Promise<unknown[]> =>
    rig.reader.query('SELECT "table", source_row_id AS id, run_id FROM rejects ORDER BY ALL');

  it('keeps the newest of each row, of all runs', async () => {
    await collect(rig.lake, {
      runId: 'r1',
      batches: [[thread('a')]],
      rejects: [reject({}), reject({ source_row_id: 'y', reason: 'duplicate_message' })],
    });
    const result = await collect(rig.lake, {
      runId: 'r2',
      complete: false,
      batches: [[]],
      rejects: [
        reject({ run_id: 'r2', fetched_at: READ + 1 }),
        reject({ run_id: 'r2', table: 'conversations' }),
      ],
    });
    expect(result.rejected).toBe(3);
    expect(await rows()).toEqual([
      { table: 'conversations', id: 'x', run_id: 'r2' },
      { table: 'messages', id: 'x', run_id: 'r2' },
      { table: 'messages', id: 'y', run_id: 'r1' },
    ]);
    expect((await rig.lake.readManifest(DAY))!.rejects!.by_reason).toEqual({
      invalid_row: 2,
      duplicate_message: 1,
    });
  });

  it('drops what a newer reading stores, or finds no more', async () => {
    await collect(rig.lake, {
      runId: 'r1',
      batches: [[thread('a')]],
      rejects: [
        reject({ source_row_id: 'mrow-a-2' }),
        reject({ source_row_id: 'gone', conversation_key: 's:a' }),
        reject({ source_row_id: 'stays', conversation_key: 's:zzz' }),
        reject({ source_row_id: 'row-b', table: 'conversations' }),
      ],
    });
    expect(await rows()).toHaveLength(4);
    await collect(rig.lake, {
      runId: 'r2',
      complete: false,
      plannedAt: READ + HOUR,
      batches: [
        [
          thread('a', { runId: 'r2', fetchedAt: READ + HOUR, texts: ['1', '2', '3'] }),
          thread('b', { runId: 'r2', fetchedAt: READ + HOUR }),
        ],
      ],
    });
    expect(await rows()).toEqual([{ table: 'messages', id: 'stays', run_id: 'r1' }]);
    await collect(rig.lake, { runId: 'r3', plannedAt: READ + 2 * HOUR, batches: [] });
    expect(await rows()).toEqual([]);
    expect((await rig.lake.readManifest(DAY))!.rejects).toBeNull();
  });
});
