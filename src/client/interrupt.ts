import { EXIT } from './exit-codes.js';

/** What the first Ctrl-C (or SIGTERM) makes of a run that the command watches. */
export type InterruptChoice =
  /** The run goes on without this command. */
  | 'leave'
  | 'cancel'
  /** Only this command's own worker carries it: that one drains, and the run stays where it is, to be resumed. */
  | 'drain';

export interface InterruptSituation {
  /** Whether a worker goes on when this command ends. */
  workerOutlives: boolean;
  /** Asks the person; null where there is no terminal to ask at. */
  ask: (() => Promise<'leave' | 'cancel'>) | null;
}

/** Never a prompt without a terminal, and never a cancelled run without a person who said so. */
export async function chooseOnInterrupt(
  signal: NodeJS.Signals,
  situation: InterruptSituation,
): Promise<InterruptChoice> {
  if (!situation.workerOutlives) return 'drain';
  if (signal !== 'SIGINT' || situation.ask === null) return 'leave';
  return situation.ask();
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Listens for Ctrl-C and SIGTERM: the first calls `first`, a second one ends the process at once (engines that it
 * started see its end and stop by themselves).
 * @returns stops listening
 */
export function onInterrupt(
  first: (signal: NodeJS.Signals) => void,
  exit: (code: number) => void = (code) => process.exit(code),
): () => void {
  let seen = false;
  const listener = (signal: NodeJS.Signals) => {
    if (seen) {
      exit(EXIT.interrupted);
      return;
    }
    seen = true;
    first(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
