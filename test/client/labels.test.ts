import { describe, expect, it } from '@jest/globals';

import { compareWithTruth } from '../../src/client/accuracy.js';
import { countLabels } from '../../src/client/labels.js';
import { accuracyLines } from '../../src/client/render/accuracy.js';
import { colorsFor } from '../../src/client/render/colors.js';
import { runTable } from '../../src/client/render/runs.js';

const rows = [
  { conversation_id: 'a', topic: 'billing', intent: 'refund', sentiment: 'neutral' },
  { conversation_id: 'b', topic: 'billing', intent: 'unknown', sentiment: 'negative' },
  { conversation_id: 'c', topic: 'shipping', intent: 'track', sentiment: 'neutral' },
  { conversation_id: 'd', topic: null, intent: null, sentiment: null },
  { conversation_id: 'not in the truth', topic: 'billing', intent: 'refund', sentiment: 'neutral' },
];
const truth = new Map(
  ['a', 'b', 'c', 'd', 'not stored'].map((id) => [
    id,
    { topic: 'billing', intent: 'refund', sentiment: 'neutral' },
  ]),
);

describe('labels', () => {
  it('are counted where there are any', () => {
    expect(countLabels(rows)).toEqual({
      topic: { billing: 3, shipping: 1 },
      intent: { refund: 2, unknown: 1, track: 1 },
      sentiment: { neutral: 3, negative: 1 },
    });
  });

  it('are compared with the truth of what is stored; unknown is neither right nor wrong', () => {
    const accuracy = compareWithTruth(rows, truth);
    expect(accuracy).toEqual({
      topic: { conversations: 4, labelled: 3, right: 2 },
      intent: { conversations: 4, labelled: 2, right: 1 },
      sentiment: { conversations: 4, labelled: 3, right: 2 },
    });
    expect(accuracyLines(accuracy)[0]).toBe('  topic truth     66.7 % of 3 labels right, 1 of 4 unknown');
    expect(accuracyLines(compareWithTruth([], truth))[0]).toContain('none labelled');
  });
});

describe('the table of runs', () => {
  it('says what the run says of itself, and where it was ended from outside, what Temporal says', () => {
    const run = (workflowId: string, state: string, status: string | null, closedAt: string | null) => ({
      workflowId,
      runId: 'r',
      startDate: '2026-03-10',
      endDate: '2026-03-10',
      appId: null,
      failedBatches: 0,
      state,
      status,
      startedAt: '2026-03-10T10:00:00.000Z',
      closedAt,
    });
    const lines = runTable(
      [
        run('collect/_all/a', 'RUNNING', 'paused', null),
        run('collect/_all/b', 'COMPLETED', 'partial', '2026-03-10T10:00:05.000Z'),
        run('collect/_all/c', 'TERMINATED', 'running', '2026-03-10T10:02:00.000Z'),
      ],
      colorsFor({}, {}),
      Date.parse('2026-03-10T11:00:00Z'),
    );
    expect(lines).toEqual([
      'RUN             STATUS      STARTED (UTC)        TOOK',
      'collect/_all/a  paused      2026-03-10 10:00:00  1 h 0 min',
      'collect/_all/b  partial     2026-03-10 10:00:00  5.0 s',
      'collect/_all/c  terminated  2026-03-10 10:00:00  2 min',
    ]);
  });
});
