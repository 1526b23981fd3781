import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import {
  beginWatermark,
  listWatermarks,
  moveWatermark,
  noteChecked,
  readWatermark,
  watermarkKey,
} from '../../../src/adapters/watermarks/index.js';
import type { WatermarkMove } from '../../../src/domain/changes.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';

const move = (until: number, appId: string | null = null): WatermarkMove => ({
  source: 'shop/1',
  appId,
  from: '2026-01-01',
  until,
  mark: null,
});

describe('the watermark', () => {
  let dir: string;
  let store: ObjectStore;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'watermarks-'));
    store = createFileObjectStore(dir);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('moves forth and never back, whichever of many runs is the last', async () => {
    expect(await readWatermark(store, 'shop/1', null)).toBeNull();
    const times = [5, 3, 9, 1, 7, 9, 2, 8].map((n) => n * 1_000);
    await Promise.all(times.map((until) => moveWatermark(store, move(until), `run-${until}`)));
    expect(await readWatermark(store, 'shop/1', null)).toMatchObject({ until: 9_000, checkedAt: 9_000 });
    await moveWatermark(store, move(4_000), 'late');
    expect(await readWatermark(store, 'shop/1', null)).toMatchObject({ until: 9_000 });
  });

  it('of an app or of all, whichever reaches further, serves the app; other sources have their own', async () => {
    await moveWatermark(store, move(2_000), 'all');
    await moveWatermark(store, move(1_000, '_all'), 'app');
    expect(await readWatermark(store, 'shop/1', '_all')).toMatchObject({ until: 2_000, appId: null });
    await moveWatermark(store, move(3_000, '_all'), 'app');
    expect(await readWatermark(store, 'shop/1', '_all')).toMatchObject({ until: 3_000, appId: '_all' });
    expect(await readWatermark(store, 'shop/1', null)).toMatchObject({ until: 2_000 });
    expect(await readWatermark(store, 'other', null)).toBeNull();
    expect(await listWatermarks(store)).toHaveLength(2);
  });

  it('notes looks that found nothing, of the watermark that they looked from', async () => {
    await moveWatermark(store, move(2_000), 'a');
    const looked = await readWatermark(store, 'shop/1', null);
    if (looked === null) throw new Error('none');
    await noteChecked(store, looked, 5_000);
    await noteChecked(store, looked, 4_000);
    expect(await readWatermark(store, 'shop/1', null)).toMatchObject({ until: 2_000, checkedAt: 5_000 });
    await moveWatermark(store, move(3_000), 'b');
    await noteChecked(store, looked, 9_000);
    expect(await readWatermark(store, 'shop/1', null)).toMatchObject({ until: 3_000, checkedAt: 3_000 });
  });

  it('of a first reading that was broken off is where that one began', async () => {
    expect(await beginWatermark(store, move(1_000), 'first')).toEqual(move(1_000));
    const second = await beginWatermark(store, { ...move(8_000), from: '2026-02-01' }, 'second');
    expect(second).toEqual(move(1_000));
    expect(await listWatermarks(store)).toEqual([]);
    await moveWatermark(store, second, 'second');
    expect(await readWatermark(store, 'shop/1', null)).toMatchObject({ until: 1_000, runId: 'second' });
    expect(await beginWatermark(store, move(9_000), 'third')).toEqual(move(9_000));
  });

  it('that cannot be read is none: the next run reads whole days', async () => {
    await store.put(watermarkKey('shop/1', null), Buffer.from('{"until":'));
    expect(await readWatermark(store, 'shop/1', null)).toBeNull();
    expect(await listWatermarks(store)).toEqual([]);
  });
});
