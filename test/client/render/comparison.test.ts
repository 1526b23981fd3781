import { describe, expect, it } from '@jest/globals';

import { colorsFor } from '../../../src/client/render/colors.js';
import { comparisonLines } from '../../../src/client/render/comparison.js';
import { emptyComparison } from '../../../src/domain/categorize/compare.js';
import type { RecategorizeSummary } from '../../../src/domain/recategorization.js';

const SUMMARY: RecategorizeSummary = {
  runId: 'run',
  startDate: '2026-01-01',
  endDate: '2026-01-02',
  appId: null,
  dryRun: false,
  status: 'complete',
  days: { total: 2, done: 2, switched: 2, unchanged: 0 },
  conversations: { read: 6, changed: 4 },
  modelVersion: 'm2',
  taxonomyVersion: '1',
  comparison: emptyComparison(),
  touchedDays: ['2026-01-01', '2026-01-02'],
  reports: [],
  summaryKey: '_state/recategorize/run/summary.json',
};
const daily = (day: number) => ({
  kind: 'daily' as const,
  period: `2026-01-${String(day).padStart(2, '0')}`,
  appId: null,
});
const linesOf = (over: Partial<RecategorizeSummary>) =>
  comparisonLines({ ...SUMMARY, ...over }, colorsFor(process.stdout, { NO_COLOR: '1' }));

describe('what a recategorization came to', () => {
  it('names the stored reports that are built again, as `report show` takes them', () => {
    const lines = linesOf({ reports: [daily(1), { kind: 'weekly', period: '2026-W01', appId: 'a b' }] });
    expect(lines).toContain('2 stored reports are made of these days, and are built again:');
    expect(lines).toContain('  daily/2026-01-01/_all');
    expect(lines).toContain('  weekly/2026-W01/a%20b');
  });

  it('says what would be where nothing is switched, and how many more there are', () => {
    const reports = Array.from({ length: 12 }, (_, i) => daily(i + 1));
    const lines = linesOf({ dryRun: true, reports });
    expect(lines).toContain('12 stored reports are made of these days, and would be built again:');
    expect(lines).toContain('  and 2 more');
    expect(linesOf({}).join('\n')).not.toContain('stored report');
  });
});
