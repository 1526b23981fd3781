import type { Io } from './globals.js';
import { chooseOnInterrupt, onInterrupt, type InterruptChoice } from './interrupt.js';
import { askLeaveOrCancel, canAsk } from './prompt.js';
import type { Screen } from './render/screen.js';
import type { Session } from './session.js';

export interface Interruption {
  /** Settles at the first Ctrl-C. */
  choice: Promise<InterruptChoice>;
  isPressed(): boolean;
  /** From now on a run is being watched. */
  situation(workerOutlives: boolean): void;
  /** The result of a start, or null where it was interrupted; what has started by then is closed again. */
  orAbandon(start: Promise<Session>): Promise<Session | null>;
  stop(): void;
}

/** Listens for Ctrl-C from the first moment on: what it means depends on how far things have come. */
export function listen(io: Io, screen: Screen): Interruption {
  let workerOutlives = false;
  let pressed = false;
  let resolve: (choice: InterruptChoice) => void = () => undefined;
  const choice = new Promise<InterruptChoice>((settle) => (resolve = settle));
  const ask = canAsk(io.stdin, io.stderr)
    ? async () => {
        screen.hold(true);
        const answer = await askLeaveOrCancel(io.stdin, io.stderr);
        screen.hold(false);
        return answer;
      }
    : null;
  const stop = onInterrupt((signal) => {
    pressed = true;
    void chooseOnInterrupt(signal, { workerOutlives, ask }).then(resolve);
  });
  return {
    choice,
    isPressed: () => pressed,
    situation: (outlives) => (workerOutlives = outlives),
    orAbandon: async (start) => {
      const first = await Promise.race([start, choice.then(() => null)]);
      if (first === null) {
        screen.line('Stopping what was started …');
        await start.then((session) => session.close()).catch(() => undefined);
      }
      return first;
    },
    stop,
  };
}
