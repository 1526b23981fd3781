import { PassThrough } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { colorsFor } from '../../../src/client/render/colors.js';
import { createScreen } from '../../../src/client/render/screen.js';
import { progressOf } from '../support.js';

const pace = { messagesPerSecond: null, timeLeftMs: null };

function plainScreen() {
  const stream = new PassThrough();
  let now = 0;
  const screen = createScreen(stream, colorsFor({}, {}), () => now);
  return {
    screen,
    advance: (ms: number) => (now += ms),
    lines: () => (stream.read() as Buffer | null)?.toString().trimEnd().split('\n') ?? [],
  };
}

describe('without a terminal', () => {
  it('prints counting seldom, and a change of state at once', () => {
    const { screen, advance, lines } = plainScreen();
    const show = (done: number, status: 'running' | 'paused' = 'running') =>
      screen.show({
        progress: progressOf({ status, batches: { planned: 9, running: 1, done, failed: 0 } }),
        pace,
        note: null,
      });
    show(1);
    advance(1_000);
    show(2);
    advance(4_000);
    show(3);
    advance(100);
    show(4, 'paused');
    const shown = lines();
    expect(shown).toHaveLength(3);
    expect(shown.map((line) => /(\d)\/9 batches/.exec(line)?.[1])).toEqual(['1', '3', '4']);
  });

  it('ends with the last state, and writes no control characters', () => {
    const { screen, lines } = plainScreen();
    for (const done of [1, 2, 3]) {
      screen.show({
        progress: progressOf({ batches: { planned: 9, running: 0, done, failed: 0 } }),
        pace,
        note: null,
      });
    }
    screen.done();
    const shown = lines();
    expect(shown.at(-1)).toContain('3/9 batches');
    // eslint-disable-next-line no-control-regex
    expect(shown.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('on a terminal', () => {
  it('writes nothing while a person is asked, and the lines of that time afterwards', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
    const screen = createScreen(stream, colorsFor({}, {}));
    screen.show({ progress: progressOf(), pace, note: null });
    screen.hold(true);
    stream.read();
    screen.line('something happened');
    screen.show({ progress: progressOf(), pace, note: null });
    expect(stream.read()).toBeNull();
    screen.hold(false);
    expect((stream.read() as Buffer).toString()).toContain('something happened');
  });
});
