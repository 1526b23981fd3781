import { describe, expect, it } from '@jest/globals';

import type { StatusReport } from '../../../src/client/overview.js';
import { calendarLines } from '../../../src/client/render/calendar.js';
import { colorsFor } from '../../../src/client/render/colors.js';
import { overviewLines } from '../../../src/client/render/overview.js';

const colors = colorsFor({}, {});
const NOW = Date.parse('2026-03-10T12:00:00Z');

const day = (name: string, state: 'complete' | 'partly' = 'complete') => ({
  day: name,
  state,
  sourceCount: 3,
  runId: 'r',
  coveredUntil: `${name}T23:59:59.000Z`,
});

describe('the calendar', () => {
  it('has a line a month and a character a day, up to today', () => {
    expect(
      calendarLines(
        [day('2026-01-30'), day('2026-01-31'), day('2026-03-02'), day('2026-03-03', 'partly')],
        colors,
        NOW,
      ),
    ).toEqual([
      '2026-01  ·····························██',
      `2026-02  ${'·'.repeat(28)}`,
      '2026-03  ·█▒·······',
    ]);
  });

  it('draws the last twelve months, and says how many days came before', () => {
    const lines = calendarLines([day('2024-12-31'), day('2025-01-01'), day('2026-03-01')], colors, NOW);
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe('2024-12 … 2 earlier days (--json lists them)');
    expect(lines[1]).toMatch(/^2025-04/);
    expect(lines.at(-1)).toBe('2026-03  █·········');
  });
});

describe('the bare status', () => {
  const report: StatusReport = {
    temporal: 'localhost:7233, namespace default',
    runs: [
      {
        workflowId: 'collect/_all/2026-03-01..2026-03-02',
        runId: 'r',
        startDate: '2026-03-01',
        endDate: '2026-03-02',
        appId: null,
        state: 'COMPLETED',
        status: 'partial',
        failedBatches: 2,
        startedAt: '2026-03-03T10:00:00.000Z',
        closedAt: '2026-03-03T10:00:05.000Z',
      },
    ],
    coverage: {
      lake: '/lake',
      problem: null,
      apps: [
        { appId: null, days: [day('2026-03-01'), day('2026-03-02', 'partly')], watermarks: [] },
        { appId: 'shop', days: [day('2026-03-01')], watermarks: [] },
      ],
    },
    failures: [{ workflowId: 'collect/_all/2026-03-01..2026-03-02', runId: 'r', failedBatches: 2 }],
    schedules: [
      { id: 'nightly', workflowType: 'tick', paused: false, nextAt: '2026-03-11T02:00:00.000Z' },
      { id: 'weekly', workflowType: 'tick', paused: true, nextAt: null },
    ],
  };

  it('shows runs, coverage by app and day, failures with what to do, and the next schedule', () => {
    expect(overviewLines(report, colors, NOW)).toEqual([
      'RUN                                  STATUS   STARTED (UTC)        TOOK',
      'collect/_all/2026-03-01..2026-03-02  partial  2026-03-03 10:00:00  5.0 s',
      '',
      'COVERAGE (UTC days, /lake)  █ complete  ▒ partly  · not collected',
      'all apps: 1 day complete, 1 partly',
      '  2026-03  █▒········',
      'app shop: 1 day complete',
      '  2026-03  █·········',
      '',
      'collect/_all/2026-03-01..2026-03-02: 2 batches failed',
      "  Which and why: conversation-analytics failures 'collect/_all/2026-03-01..2026-03-02'",
      "  Run them again: conversation-analytics retry 'collect/_all/2026-03-01..2026-03-02'",
      'Next schedule: nightly, 2026-03-11 02:00 UTC (1 more)',
    ]);
  });

  it('says in a line what is not there, or cannot be read', () => {
    const lines = overviewLines(
      {
        ...report,
        runs: [],
        coverage: { lake: 's3://b/p', problem: 'bucket b: access denied', apps: [] },
        failures: [],
        schedules: [],
      },
      colors,
      NOW,
    );
    expect(lines.filter((line) => line !== '')).toEqual([
      'No collection has run at localhost:7233, namespace default yet.',
      'The lake at s3://b/p cannot be read from here: bucket b: access denied',
      'Schedules: none.',
    ]);
  });
});
