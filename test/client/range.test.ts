import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';

import { mergeCoverage } from '../../src/adapters/lake/coverage.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import { appsOf, coverageOf } from '../../src/adapters/lake/covered-days.js';
import { chooseRange, rangeAfter } from '../../src/client/range.js';
import { loadConfig } from '../../src/config.js';
import { startSampleServer } from '../../src/devstack/sample/index.js';
import { dayEnd, dayStart } from '../../src/domain/period.js';
import type { AppCoverage, CommitDayInput } from '../../src/ports/lake.js';
import { CONVERSATIONS, MESSAGES, BUSY_DAY, DIRTY_DAY, QUOTED_APPS } from '../contract/source-dataset.js';
import { manifestOf } from './support.js';

const NOW = Date.parse('2026-03-10T15:00:00Z');

function covered(day: string, overrides: Partial<AppCoverage> = {}): AppCoverage {
  return { covered_until: dayEnd(day), complete: true, source_count: 5, run_id: 'r', ...overrides };
}

describe('coverage of an app', () => {
  it('is its own and that of all apps: the better one stands', () => {
    const manifests = [
      manifestOf('2026-03-01', { _all: covered('2026-03-01') }),
      manifestOf('2026-03-02', {
        _all: covered('2026-03-02', { complete: false }),
        'shop%201': covered('2026-03-02', { run_id: 'own' }),
      }),
      manifestOf('2026-03-03', { other: covered('2026-03-03') }),
    ];
    expect(coverageOf(manifests, 'shop 1').map(({ day, state, runId }) => [day, state, runId])).toEqual([
      ['2026-03-01', 'complete', 'r'],
      ['2026-03-02', 'complete', 'own'],
    ]);
    expect(coverageOf(manifests, null).map(({ day, state }) => [day, state])).toEqual([
      ['2026-03-01', 'complete'],
      ['2026-03-02', 'partly'],
    ]);
    expect(appsOf(manifests)).toEqual(['other', 'shop 1']);
  });
});

describe('coverage with a watermark', () => {
  const until = Date.parse('2026-03-04T10:00:00Z');
  const watermark = {
    source: 's',
    appId: null,
    from: '2026-03-02',
    until,
    checkedAt: until + 3_600_000,
    mark: null,
    runId: 'w',
  };

  it('reaches to the last look on every day from its first one on, committed or not; what was cut stays', () => {
    const manifests = [
      manifestOf('2026-03-01', {
        _all: covered('2026-03-01', { covered_until: dayStart('2026-03-01') + 1 }),
      }),
      manifestOf('2026-03-02', {
        _all: covered('2026-03-02', { covered_until: dayStart('2026-03-02') + 1 }),
      }),
      manifestOf('2026-03-03', { _all: covered('2026-03-03', { complete: false }) }),
    ];
    const days = coverageOf(manifests, null, [watermark]);
    expect(days.map(({ day, state, runId }) => [day, state, runId])).toEqual([
      ['2026-03-01', 'partly', 'r'],
      ['2026-03-02', 'complete', 'r'],
      ['2026-03-03', 'partly', 'r'],
      ['2026-03-04', 'partly', 'w'],
    ]);
    expect(days.at(-1)).toMatchObject({ coveredUntil: until + 3_600_000, sourceCount: 0, whole: true });
    // That of all apps covers each of them; that of an app no other.
    expect(coverageOf([], 'shop', [watermark])).toHaveLength(3);
    expect(coverageOf([], 'shop', [{ ...watermark, appId: 'other' }])).toEqual([]);
  });
});

describe('coverage after a partial commit', () => {
  const input = (more: Partial<CommitDayInput>): CommitDayInput => ({
    runId: 'part',
    day: '2026-03-02',
    appId: null,
    plannedBatches: 1,
    plannedAt: 0,
    sourceCount: 9,
    complete: true,
    coveredUntil: dayEnd('2026-03-02'),
    rowsKey: 'rows',
    covers: true,
    ...more,
  });
  const half = covered('2026-03-02', { covered_until: dayStart('2026-03-02') + 1 });

  it.each([
    ['extends what is known', { _all: half }, {}, true, { covered_until: dayEnd('2026-03-02'), run_id: 'r' }],
    ['begins where nothing was', {}, {}, true, { complete: true, run_id: 'part', source_count: 9 }],
    ['claims nothing of a day before the watermark', {}, { covers: false }, true, { complete: false }],
    [
      'leaves such a day as far as it was',
      { _all: half },
      { covers: false },
      true,
      { covered_until: half.covered_until },
    ],
    ['changes nothing where a batch failed', { _all: half }, {}, false, half],
    ['does not make a cut day whole', { _all: { ...half, complete: false } }, {}, true, { complete: false }],
  ])('%s', (_, before, more, complete, expected) => {
    expect(mergeCoverage(before, input(more), complete)['_all']).toMatchObject(expected);
  });
});

describe('a range that goes on where the last one ended', () => {
  const days = (...manifests: ReturnType<typeof manifestOf>[]) => coverageOf(manifests, null);

  it('begins at the day after the last complete one', () => {
    const chosen = rangeAfter(
      days(
        manifestOf('2026-03-06', { _all: covered('2026-03-06') }),
        manifestOf('2026-03-07', { _all: covered('2026-03-07') }),
        manifestOf('2026-03-08', { _all: covered('2026-03-08', { complete: false }) }),
      ),
      NOW,
    );
    expect(chosen).toMatchObject({ startDate: '2026-03-08', endDate: '2026-03-10', unfinished: [] });
    expect(chosen?.why).toContain('2026-03-07');
  });

  it('begins at that day again where it was still running then', () => {
    const chosen = rangeAfter(
      days(
        manifestOf('2026-03-08', {
          _all: covered('2026-03-08', { covered_until: dayStart('2026-03-08') + 3_600_000 }),
        }),
      ),
      NOW,
    );
    expect(chosen).toMatchObject({ startDate: '2026-03-08', endDate: '2026-03-10' });
    expect(chosen?.why).toContain('until 01:00 UTC');
  });

  it('names earlier days that are not complete', () => {
    const chosen = rangeAfter(
      days(
        manifestOf('2026-03-04', { _all: covered('2026-03-04', { complete: false }) }),
        manifestOf('2026-03-05', { _all: covered('2026-03-05') }),
      ),
      NOW,
    );
    expect(chosen).toMatchObject({ startDate: '2026-03-06', unfinished: ['2026-03-04'] });
  });

  it('never begins after its end, and says nothing where no day is whole', () => {
    expect(rangeAfter(days(manifestOf('2026-03-11', { _all: covered('2026-03-11') })), NOW)).toMatchObject({
      startDate: '2026-03-10',
      endDate: '2026-03-10',
    });
    expect(
      rangeAfter(days(manifestOf('2026-03-01', { _all: covered('2026-03-01', { complete: false }) })), NOW),
    ).toBeNull();
    expect(rangeAfter([], NOW)).toBeNull();
  });
});

describe('the first range', () => {
  const dir = mkdtempSync(join(tmpdir(), 'range-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const now = Date.parse('2024-03-14T12:00:00Z');

  it('begins at the oldest row of the source, of the app that is asked for', async () => {
    const server = await startSampleServer({ tables: [CONVERSATIONS, MESSAGES], token: 't' });
    try {
      const config = loadConfig({
        env: {
          NOCODB_BASE_URL: server.url,
          NOCODB_API_TOKEN: 't',
          NOCODB_PROJECT_ID: server.baseId,
          NOCODB_REQUESTS_PER_SECOND: '1000',
          LAKE_DIR: join(dir, 'lake'),
        },
        dotenvPath: null,
      });
      expect(await chooseRange(config, undefined, now)).toMatchObject({
        startDate: BUSY_DAY,
        endDate: '2024-03-14',
      });
      expect(await chooseRange(config, QUOTED_APPS[1], now)).toMatchObject({ startDate: DIRTY_DAY });
      await expect(chooseRange(config, 'nobody', now)).rejects.toMatchObject({ type: 'UnknownApp' });

      // Once a day is whole, the source is not asked any more.
      const store = createFileObjectStore(join(dir, 'lake'));
      await store.put(
        '_days/2024-03-12/manifest.json',
        Buffer.from(JSON.stringify(manifestOf('2024-03-12', { _all: covered('2024-03-12') }))),
      );
      await server.close();
      expect(await chooseRange(config, undefined, now)).toMatchObject({
        startDate: '2024-03-13',
        endDate: '2024-03-14',
      });
    } finally {
      await server.close().catch(() => undefined);
    }
  });

  it('needs NocoDB here, and says what else there is', async () => {
    const config = loadConfig({ env: { LAKE_DIR: join(dir, 'empty') }, dotenvPath: null });
    await expect(chooseRange(config, undefined, now)).rejects.toThrow(/NOCODB_BASE_URL.*\n.*--start-date/s);
  });
});
