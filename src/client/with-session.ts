import { mergedEnvironment } from '../config.js';
import { ensureSearchAttributes } from './connection.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './globals.js';
import { listen, type Interruption } from './interruption.js';
import { colorsFor } from './render/colors.js';
import { createScreen, type Screen } from './render/screen.js';
import { findSession, startSession, type Session, type SessionOptions } from './session.js';

export interface Watching {
  screen: Screen;
  interruption: Interruption;
}

/**
 * Finds or starts what a command needs that watches a run, and ends what was started with the command. Ctrl-C is
 * listened for from the first moment on: where it comes before there is a session, the work is not begun.
 * @param options.refuseStart why nothing may be started; absent: it may
 */
export async function withSession(
  options: Pick<SessionOptions, 'mongodb' | 'logLevel' | 'flags'> & { refuseStart?: () => Error },
  io: Io,
  work: (session: Session, watching: Watching) => Promise<ExitCode>,
): Promise<ExitCode> {
  const screen = createScreen(io.stderr, colorsFor(io.stderr, io.env));
  const interruption = listen(io, screen);
  const { refuseStart, ...named } = options;
  const needed: SessionOptions = {
    ...named,
    env: mergedEnvironment({ env: io.env }),
    tell: (line) => screen.line(screen.colors.dim(line)),
  };
  let session: Session | null = null;
  try {
    session = await findSession(needed);
    if (session === null) {
      if (refuseStart !== undefined) throw refuseStart();
      session = await interruption.orAbandon(startSession(needed));
      if (session === null) return EXIT.interrupted;
    } else await ensureSearchAttributes(session.temporal, session.namespace);
    return await work(session, { screen, interruption });
  } finally {
    screen.done();
    if (session !== null) await session.close();
    // Last: until everything is stopped, a second Ctrl-C must find its listener.
    interruption.stop();
  }
}
