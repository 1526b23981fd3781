import { describe, expect, it } from '@jest/globals';

import { colorsFor } from '../../../src/client/render/colors.js';
import { duration } from '../../../src/client/render/format.js';
import { progressLine, progressLines } from '../../../src/client/render/progress.js';
import { estimatedConversations, PaceMeter } from '../../../src/client/render/rate.js';
import { progressOf } from '../support.js';

const plain = colorsFor({ isTTY: false }, {});
const pace = { messagesPerSecond: 1_234.5, timeLeftMs: 65_000 };

describe('progress', () => {
  it('shows days, batches, rows, failures, pace and time left', () => {
    const progress = progressOf({ batches: { planned: 20, running: 8, done: 5, failed: 1 } });
    expect(progressLines({ progress, pace, note: null }, plain)).toEqual([
      'running  ██████░░░░░░░░░░░░░░░░░░  1 of 4 days',
      '  batches  5 of 20 planned · 8 running · 1 failed',
      '  stored   498 conversations · 4,990 messages · 12 rejected',
      '  pace     1,235 messages/s · about 1 min 5 s left',
    ]);
  });

  it('fits one line where there is no terminal', () => {
    expect(progressLine({ progress: progressOf(), pace, note: null })).toBe(
      'running · 1/4 days · 5/20 batches (8 running, 0 failed) · 498 conversations · 4,990 messages · 12 rejected · ' +
        '1,235 messages/s · about 1 min 5 s left',
    );
  });

  it('fills the bar of a single day by what is received of the plan', () => {
    const progress = progressOf({ days: { total: 1, done: 0, incomplete: 0 }, plannedConversations: 1_000 });
    expect(progressLines({ progress, pace, note: null }, plain)[0]).toContain('████████████░░░░░░░░░░░░');
  });

  it('says why it is paused, which days differ, and what stands in the way', () => {
    const progress = progressOf({
      status: 'paused',
      pauseReason: 'source maintenance',
      mismatches: [{ day: '2026-03-02', expected: 40, received: 38 }],
    });
    const lines = progressLines({ progress, pace, note: 'No worker polls x.' }, plain);
    expect(lines[0]).toMatch(/^paused \(source maintenance\)/);
    expect(lines).toContain('  2026-03-02: the source counts 40 conversations, 38 were received');
    expect(lines.at(-1)).toBe('  No worker polls x.');
  });

  it('colors only on a terminal, and not under NO_COLOR', () => {
    const view = { progress: progressOf(), pace, note: null };
    const isColored = (stream: { isTTY: boolean }, env: Record<string, string>) =>
      progressLines(view, colorsFor(stream, env)).join('').includes('\u001b[');
    expect(isColored({ isTTY: true }, {})).toBe(true);
    expect(isColored({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(isColored({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(isColored({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(isColored({ isTTY: false }, {})).toBe(false);
  });
});

describe('pace', () => {
  const at = (messages: number, conversations: number) =>
    progressOf({
      days: { total: 1, done: 0, incomplete: 0 },
      plannedConversations: 1_000,
      messages: { received: messages, stored: messages, rejected: 0 },
      conversations: { received: conversations, stored: conversations, rejected: 0 },
    });

  it('is unknown at first, then messages a second and the time that the rest takes', () => {
    const meter = new PaceMeter();
    expect(meter.add(at(0, 0), 0)).toEqual({ messagesPerSecond: null, timeLeftMs: null });
    expect(meter.add(at(1_000, 100), 2_000)).toEqual({ messagesPerSecond: 500, timeLeftMs: 18_000 });
  });

  it('forgets what is long past', () => {
    const meter = new PaceMeter();
    for (let s = 0; s <= 60; s++) meter.add(at(s * 10, s), s * 1_000);
    for (let s = 61; s <= 90; s++) meter.add(at(600 + (s - 60) * 100, s), s * 1_000);
    expect(meter.add(at(600 + 31 * 100, 91), 91_000).messagesPerSecond).toBeCloseTo(100, 0);
  });

  it('knows no time left while nothing arrives', () => {
    const meter = new PaceMeter();
    meter.add(at(10, 1), 0);
    expect(meter.add(at(10, 1), 5_000)).toEqual({ messagesPerSecond: 0, timeLeftMs: null });
  });

  it('starts over when counters go back', () => {
    const meter = new PaceMeter();
    meter.add(at(1_000, 100), 0);
    expect(meter.add(at(10, 1), 5_000).messagesPerSecond).toBeNull();
  });

  it('takes the mean of the days done for those not yet planned, and respects a limit', () => {
    const progress = progressOf({ days: { total: 4, done: 2, incomplete: 0 }, plannedConversations: 600 });
    expect(estimatedConversations(progress)).toBe(1_000);
    expect(estimatedConversations(progress, 550)).toBe(550);
  });
});

describe('duration', () => {
  it.each([
    [0, '0.0 s'],
    [940, '0.9 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h 0 min'],
    [7_470_000, '2 h 5 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
