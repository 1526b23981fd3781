import { describe, expect, it } from '@jest/globals';

import { EXIT } from '../../../src/client/exit-codes.js';
import { exitCodeOfRun, type CollectReport } from '../../../src/client/report.js';
import { colorsFor } from '../../../src/client/render/colors.js';
import { summaryLines } from '../../../src/client/render/summary.js';
import { progressOf } from '../support.js';

const plain = colorsFor({}, {});

const reportOf = (overrides: Partial<CollectReport> = {}): CollectReport => ({
  workflowId: 'collect/_all/2026-03-01..2026-03-04',
  runId: 'run-1',
  status: 'complete',
  exitCode: EXIT.complete,
  startedAt: '2026-03-10T10:00:00.000Z',
  closedAt: '2026-03-10T10:00:34.000Z',
  elapsedMs: 34_000,
  summary: {
    ...progressOf({ status: 'complete', days: { total: 4, done: 4, incomplete: 0 } }),
    failuresKey: null,
  },
  labels: {
    topic: { billing: 300, shipping: 198 },
    intent: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8 },
    sentiment: { neutral: 498 },
  },
  data: { lake: '/data/lake', mongodb: { uri: 'mongodb://db:27017', database: 'ca' }, webUi: 'http://ui' },
  ...overrides,
});

describe('summary', () => {
  it('accounts for every row, and says where the data lie', () => {
    expect(summaryLines(reportOf(), plain)).toEqual([
      'Complete: 2026-03-01..2026-03-04 (4 days), all apps, in 34 s',
      '  conversations 500 received = 498 stored + 2 rejected',
      '  messages      5,000 received = 4,990 stored + 10 rejected',
      '  rejected      invalid_row 10 · duplicate_conversation 2',
      '  batches       5 done in 4 days',
      '  topic         billing 300 · shipping 198',
      '  intent        h 8 · g 7 · f 6 · e 5 · d 4 · c 3 · 2 more 3',
      '  sentiment     neutral 498',
      '  stages        fetch 4.0 s · process 2.0 s · categorize 1.0 s · store 0.5 s (work of all batches, added up)',
      '  lake          /data/lake',
      '  mongodb       mongodb://db:27017 · database ca',
      '  web ui        http://ui',
      '  run           collect/_all/2026-03-01..2026-03-04',
    ]);
  });

  it('tells loudly of days that differ, failed batches and undated rows', () => {
    const text = summaryLines(
      reportOf({
        status: 'partial',
        summary: {
          ...progressOf({
            status: 'partial',
            days: { total: 4, done: 4, incomplete: 1 },
            batches: { planned: 20, running: 0, done: 19, failed: 1 },
            undatedConversations: 1,
            mismatches: [{ day: '2026-03-02', expected: 1_040, received: 38 }],
          }),
          failuresKey: '_state/runs/run-1/failures.json',
        },
      }),
      plain,
    ).join('\n');
    expect(text).toContain('Partial: ');
    expect(text).toContain('19 done in 4 days · 1 failed · 1 day incomplete');
    expect(text).toContain('1 conversation of the source has no usable start and matches no range');
    expect(text).toContain('! 2026-03-02: the source counts 1,040 conversations, 38 were received');
    expect(text).toContain('/data/lake/_state/runs/run-1/failures.json');
  });

  it('tells loudly of rows that are neither stored nor rejected, and does not end as complete', () => {
    const summary = {
      ...progressOf({ status: 'complete', messages: { received: 10, stored: 8, rejected: 1 } }),
      failuresKey: null,
    };
    expect(summaryLines(reportOf({ summary }), plain).join('\n')).toContain(
      '! Received is not stored + rejected: 0 conversations and 1 message are unaccounted for',
    );
    expect(exitCodeOfRun('complete', summary)).toBe(EXIT.partial);
  });

  it('does without labels and counters', () => {
    expect(summaryLines(reportOf({ labels: null }), plain).join('\n')).toContain('cannot be read from here');
    expect(summaryLines(reportOf({ summary: null, status: 'cancelled' }), plain)[0]).toBe(
      'Cancelled: collect/_all/2026-03-01..2026-03-04, in 34 s',
    );
  });
});

describe('exit codes', () => {
  it.each([
    ['complete', 0],
    ['partial', 3],
    ['cancelled', 4],
    ['failed', 6],
  ])('a run that ends as %s gives %d', (status, code) => {
    expect(exitCodeOfRun(status, progressOf())).toBe(code);
  });
});
