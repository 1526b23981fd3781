import { describe, expect, it } from '@jest/globals';

import { UsageError } from '../../src/client/errors.js';
import { failureLines } from '../../src/client/render/failures.js';
import { pauseLines } from '../../src/client/render/pause.js';
import { parseBatchName, parseReason } from '../../src/client/run-arguments.js';
import { colorsFor } from '../../src/client/render/colors.js';

describe('names of batches and reasons', () => {
  it.each(['2026-08-01', '2026-08-01/', '2026-08-01/x', '2026-08-01/-1', '1/2', '2026-08-01/01', ''])(
    'refuses the batch %p in three lines',
    (value) => {
      expect(() => parseBatchName(value)).toThrow(UsageError);
      try {
        parseBatchName(value);
      } catch (error) {
        expect((error as Error).message.split('\n')).toHaveLength(3);
      }
    },
  );

  it('takes a batch as failures names it, and a reason in one line', () => {
    expect(parseBatchName('2026-08-01/12')).toBe('2026-08-01/12');
    expect(parseReason('  maintenance\n until noon ')).toBe('maintenance until noon');
    expect(() => parseReason(' ')).toThrow('--reason');
    expect(() => parseReason('x'.repeat(201))).toThrow('201 characters');
  });
});

describe('the failed batches of a run', () => {
  const colors = colorsFor({ isTTY: false }, {});
  const batch = { day: '2026-08-01', batch: 3, idFrom: '7', idTo: '26', count: 20, activity: 'fetchBatch' };

  it('are told with stage, cause in one line, attempts and remedy', () => {
    const lines = failureLines(
      'collect/_all/2026-08-01..2026-08-01',
      [
        {
          ...batch,
          stage: 'fetch',
          attempts: 10,
          type: 'SourceUnavailable',
          message: 'NocoDB did not answer\n  at somewhere',
        },
        {
          ...batch,
          batch: 4,
          stage: null,
          activity: null,
          attempts: null,
          type: 'Unexpected',
          message: 'odd',
        },
      ],
      colors,
    );
    expect(lines).toEqual([
      '2 batches of collect/_all/2026-08-01..2026-08-01 failed',
      '2026-08-01/3  20 conversations, ids 7 to 26',
      '  fetch, 10 attempts: SourceUnavailable: NocoDB did not answer',
      '  → see that NocoDB answers at NOCODB_BASE_URL, then run it again',
      '2026-08-01/4  20 conversations, ids 7 to 26',
      '  batch: Unexpected: odd',
      expect.stringMatching(/^ {2}→ look into the worker's log/),
      '',
      "Run them again: conversation-analytics retry 'collect/_all/2026-08-01..2026-08-01'",
    ]);
    expect(failureLines('x', [], colors)).toEqual(['No batch of x has failed.']);
  });

  it.each([true, false])('a pause names its reason and both ways on (worker outlives: %p)', (outlives) => {
    const text = pauseLines('collect/x', 'SourceAuth: refused', outlives).join('\n');
    expect(text).toContain('Paused: SourceAuth: refused');
    expect(text).toContain("resume 'collect/x'");
    expect(text).toContain("cancel 'collect/x'");
    expect(text.includes('Ctrl-C')).toBe(!outlives);
  });
});
