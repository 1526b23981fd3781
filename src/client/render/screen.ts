import { createLogUpdate } from 'log-update';

import type { Colors } from './colors.js';
import { progressLine, progressLines, type ProgressView } from './progress.js';

/** Where a command tells people how it goes: always stderr, so that stdout holds nothing but data. */
export interface Screen {
  readonly colors: Colors;
  /** A line that stays. */
  line(text: string): void;
  /** What is to be seen now; replaces what was shown before. */
  show(view: ProgressView): void;
  /** A waiting line that is drawn over, where there is nothing to count yet. */
  wait(text: string): void;
  /** Leaves the last picture standing, and ends. */
  done(): void;
  /** Writes nothing while a person is being asked; lines that come meanwhile follow afterwards. */
  hold(held: boolean): void;
}

type Stream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** Lines of a log that nobody watches: seldom enough to read. */
const PLAIN_EVERY_MS = 5_000;

export function createScreen(stream: Stream, colors: Colors, now: () => number = Date.now): Screen {
  // A terminal that says it has no rows (some CI systems) cannot be drawn on.
  return stream.isTTY === true && stream.rows !== 0
    ? liveScreen(stream, colors)
    : plainScreen(stream, colors, now);
}

function liveScreen(stream: Stream, colors: Colors): Screen {
  const draw = createLogUpdate(stream);
  let picture = '';
  let held = false;
  const late: string[] = [];
  const redraw = (next: string) => {
    picture = next;
    if (!held) draw(picture);
  };
  const line = (text: string) => {
    if (held) {
      late.push(text);
      return;
    }
    draw.clear();
    stream.write(`${text}\n`);
    if (picture !== '') draw(picture);
  };
  return {
    colors,
    line,
    show: (view) => redraw(progressLines(view, colors).join('\n')),
    wait: (text) => redraw(colors.dim(text)),
    done: () => {
      if (picture !== '') draw.done();
      picture = '';
    },
    hold: (hold) => {
      if (hold && picture !== '') draw.done();
      held = hold;
      if (!hold) for (const text of late.splice(0)) line(text);
    },
  };
}

function plainScreen(stream: Stream, colors: Colors, now: () => number): Screen {
  let last = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  let lastKind = '';
  const write = (text: string) => {
    last = text;
    lastAt = now();
    stream.write(`${text}\n`);
  };
  const throttled = (kind: string, text: string) => {
    const due = kind !== lastKind || now() - lastAt >= PLAIN_EVERY_MS;
    lastKind = kind;
    if (due && text !== last) write(text);
  };
  let pending: ProgressView | null = null;
  return {
    colors,
    line: write,
    show: (view) => {
      pending = view;
      // A change of state is news at once; mere counting is not.
      throttled(`${view.progress.status}/${view.note ?? ''}`, progressLine(view));
    },
    wait: (text) => throttled(text, text),
    done: () => {
      const final = pending === null ? '' : progressLine(pending);
      if (final !== '' && final !== last) write(final);
      pending = null;
    },
    // Without a terminal nobody is asked.
    hold: () => undefined,
  };
}
