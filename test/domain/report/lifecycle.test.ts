import { describe, expect, it } from '@jest/globals';
import type { MetricRow, ReportDocument, ReportHead } from '../../../src/domain/report/document.js';
import { decideRevision, headlineMoved, type ReportStatus } from '../../../src/domain/report/lifecycle.js';
import { reportDocument } from '../../support/report-document.js';

const base = reportDocument('daily');

function withRow(document: ReportDocument, metric: string, change: Partial<MetricRow>): ReportDocument {
  return {
    ...document,
    rows: document.rows.map((row) =>
      row.metric === metric && row.dimension === null ? { ...row, ...change } : row,
    ),
  };
}

function withHead(document: ReportDocument, head: Partial<ReportHead>): ReportDocument {
  return { ...document, head: { ...document.head, ...head } };
}

/** As after another commit of one of its days. */
const recommitted = (document: ReportDocument, day = '2024-01-31') =>
  withHead(document, {
    commits: { ...document.head.commits, period: { ...document.head.commits.period, [day]: 'later' } },
  });

const gap = {
  watermark: base.head.periodEnd - 3_600_000,
  complete: false,
  missing: [{ startDate: '2024-01-31', endDate: '2024-01-31' }],
};
const uncovered = withHead(base, { coverage: gap });
const stored = (document: ReportDocument, status: ReportStatus = 'final', revision = 1) => ({
  document,
  status,
  revision,
});

describe('the life of a report', () => {
  it('begins as provisional without its data, else as final', () => {
    expect(decideRevision(null, uncovered)).toMatchObject({
      kind: 'revise',
      revision: 1,
      status: 'provisional',
    });
    expect(decideRevision(null, base)).toMatchObject({ kind: 'revise', revision: 1, status: 'final' });
  });

  it('provisional: stays as it is with the same data, and is revised with more', () => {
    expect(decideRevision(stored(uncovered, 'provisional'), uncovered)).toEqual({
      kind: 'unchanged',
      why: 'same',
    });
    const more = withHead(uncovered, { coverage: { ...gap, watermark: gap.watermark + 60_000 } });
    expect(decideRevision(stored(uncovered, 'provisional'), more)).toMatchObject({
      revision: 2,
      status: 'provisional',
    });
  });

  it('provisional becomes final when it is covered, though no figure differs', () => {
    expect(decideRevision(stored(uncovered, 'provisional', 3), base)).toMatchObject({
      kind: 'revise',
      revision: 4,
      status: 'final',
      changes: [],
    });
  });

  it('final is restated by a later commit that changes a figure, and says which', () => {
    const next = withRow(recommitted(base), 'engaged_conversations', { value: 50, n: 50 });
    const decision = decideRevision(stored(base), next);
    expect(decision).toMatchObject({ kind: 'revise', revision: 2, status: 'restated' });
    expect(decision).toHaveProperty('changes', [
      expect.objectContaining({
        metric: 'engaged_conversations',
        dimension: null,
        from: 43,
        to: 50,
        toN: 50,
      }),
    ]);
  });

  it('final is not restated by a later commit of the same figures', () => {
    expect(decideRevision(stored(base), recommitted(base))).toEqual({ kind: 'unchanged', why: 'same' });
  });

  it('maturing restates nothing: neither what was pending nor anything without a commit of its own days', () => {
    const pending = base.rows.find(({ note, dimension }) => note === 'pending' && dimension === null)!;
    const matured = withRow(recommitted(base), pending.metric, { value: 1, n: 999, note: null });
    expect(decideRevision(stored(base), matured).kind).toBe('unchanged');
    const context = withHead(withRow(base, 'engaged_conversations', { value: 99 }), {
      commits: { ...base.head.commits, context: { '2024-02-01': 'new' } },
    });
    expect(decideRevision(stored(base), context).kind).toBe('unchanged');
  });

  it('what it is compared with restates nothing', () => {
    const compared = withRow(recommitted(base), 'engaged_conversations', {
      previous_value: 1,
      baseline_value: 2,
      delta: 9,
    });
    expect(decideRevision(stored(base), compared).kind).toBe('unchanged');
  });

  it('another definition restates', () => {
    const next = withHead(withRow(base, 'engaged_conversations', { value: 44 }), { definitionVersion: '2' });
    expect(decideRevision(stored(base), next)).toMatchObject({ status: 'restated' });
  });

  it('a day that is collected again and not complete does not take back what was final', () => {
    const broken = withHead(withRow(recommitted(base), 'engaged_conversations', { value: 1 }), {
      coverage: gap,
    });
    expect(decideRevision(stored(base), broken)).toEqual({ kind: 'unchanged', why: 'not covered any more' });
  });

  it('rows that come and go are changes', () => {
    const next = recommitted({ ...base, rows: base.rows.slice(0, -1) });
    const decision = decideRevision(stored(base), next);
    expect(decision).toHaveProperty('changes', [
      expect.objectContaining({ dimension: 'topic', dimensionValue: 'unknown', from: 10, to: null, toN: 0 }),
    ]);
  });
});

describe('what is sent again', () => {
  const limits = { percent: 5, points: 2 };
  const volume = (value: number | null) => withRow(base, 'engaged_conversations', { value });
  const rate = (value: number) => withRow(base, 'containment_rate', { value });

  it.each([
    ['a count by 5 %', volume(200), volume(210), true],
    ['a count by less', volume(200), volume(209), false],
    ['downwards', volume(200), volume(190), true],
    ['from nothing', volume(0), volume(1), true],
    ['from undefined', volume(null), volume(1), true],
    ['a rate by 2 points', rate(0.29), rate(0.31), true],
    ['a rate by less, though by more than 5 %', rate(0.1), rate(0.119), false],
    ['what is no headline', base, withRow(base, 'sessions', { value: 9999 }), false],
  ])('%s', (_, sent, next, expected) => {
    expect(headlineMoved(sent, next, limits)).toBe(expected);
  });
});
