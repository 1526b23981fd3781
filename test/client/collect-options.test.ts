import { describe, expect, it } from '@jest/globals';

import { describeRequest, parseCollectArguments } from '../../src/client/collect-options.js';
import { UsageError } from '../../src/client/errors.js';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const parse = (given: Parameters<typeof parseCollectArguments>[0]) => parseCollectArguments(given, NOW);

describe('what a collection is asked for', () => {
  it('days may be left out: both, or the end alone', () => {
    expect(parse({})).toEqual({ mongodb: true, detach: false, resume: false, s3State: false });
    expect(parse({ startDate: '2026-03-01' })).toMatchObject({
      startDate: '2026-03-01',
      endDate: '2026-03-10',
    });
  });

  it.each([
    [{ endDate: '2026-03-01' }, '--end-date 2026-03-01'],
    [{ resume: true, startDate: '2026-03-01' }, '--resume'],
    [{ stateFile: 'a.json', useS3State: true }, '--state-file "a.json"'],
    [{ stateFile: ' ' }, '--state-file ""'],
    [{ batchSize: 1001 }, '--batch-size "1001"'],
    [{ limit: 1.5 }, '--limit "1.5"'],
    [{ appId: '_all' }, '--app-id "_all"'],
  ])('%j is refused in three lines that name it', (given, named) => {
    let error: unknown;
    try {
      parse(given);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    const lines = (error as Error).message.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(named);
    expect(lines[1]).toMatch(/^Allowed (is|are)/);
  });

  it('is said before anything is loaded', () => {
    expect(describeRequest(parse({ startDate: '2026-03-09', appId: 'shop' }))).toBe(
      'Collecting 2026-03-09..2026-03-10 (2 days), app shop',
    );
    expect(describeRequest(parse({}))).toBe('Collecting what is new of all apps');
    expect(describeRequest(parse({ resume: true }))).toBe(
      'Looking for a collection of all apps to go on with',
    );
  });
});
