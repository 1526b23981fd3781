import { describe, expect, it } from '@jest/globals';

import { formatDuration, parseDuration } from '../../src/domain/duration.js';

describe('lengths of time', () => {
  it.each([
    ['0m', 0],
    ['5m', 300_000],
    ['90m', 5_400_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('%s is %i ms, and back', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each(['', '5', 'm', '1.5h', '-1h', '1w', '1 h', '1234567m'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('writes others in the largest unit that fits', () => {
    expect([60 * 60_000, 90_000, 1_500].map(formatDuration)).toEqual(['1h', '90s', '1500ms']);
  });
});
