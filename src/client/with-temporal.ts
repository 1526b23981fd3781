import { mergedEnvironment } from '../config.js';
import type { ExitCode } from './exit-codes.js';
import type { GlobalOptions, Io } from './globals.js';
import { findSession, type Session } from './session.js';
import { noTemporal } from './status.js';

/** Finds the Temporal that is named, or a running `dev`, for a piece of work; starts nothing. @throws CliError */
export async function withTemporal(
  { logLevel }: GlobalOptions,
  io: Io,
  work: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  const env = mergedEnvironment({ env: io.env });
  const session = await findSession({ env, mongodb: false, logLevel, tell: () => undefined });
  if (session === null) throw noTemporal();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
