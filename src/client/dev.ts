import { mergedEnvironment } from '../config.js';
import { dataDirectory } from '../devstack/paths.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printLines, type GlobalOptions, type Io } from './globals.js';
import { onInterrupt } from './interrupt.js';
import { colorsFor, type Colors } from './render/colors.js';
import { placesOf } from './report.js';
import { startSession, type Session } from './session.js';

/** The `dev` command: a whole local stack with a worker, until Ctrl-C. */
export async function dev(
  { reset }: { reset: boolean },
  { logLevel }: GlobalOptions,
  io: Io,
): Promise<ExitCode> {
  const env = mergedEnvironment({ env: io.env });
  const colors = colorsFor(io.stderr, io.env);
  const tell = (line: string) => io.stderr.write(`${colors.dim(line)}\n`);
  const interrupted = untilInterrupted();
  try {
    if (reset) {
      const dataDir = dataDirectory(env);
      const { resetStack } = await import('../devstack/stack.js');
      await resetStack(dataDir);
      tell(`Removed the data in ${dataDir}`);
    }
    const starting = startSession({ env, mongodb: true, logLevel, tell });
    const session = await Promise.race([starting, interrupted.promise]);
    if (session === undefined) {
      tell('Stopping what was started …');
      await starting.then((started) => started.close()).catch(() => undefined);
      return EXIT.interrupted;
    }
    await keepUp(session, interrupted.promise, io, colors);
    return EXIT.complete;
  } finally {
    interrupted.stop();
  }
}

/** Says where everything is, and waits for Ctrl-C; then drains and stops. Rejects where an engine ends by itself. */
export async function keepUp(
  session: Session,
  interrupted: Promise<unknown>,
  io: Io,
  colors: Colors,
  command?: string,
): Promise<void> {
  try {
    printLines(io.stdout, addressLines(session, colors, command));
    await Promise.race([interrupted, session.broken]);
    io.stderr.write('Stopping: running work comes to its end (Ctrl-C again to stop at once) …\n');
  } finally {
    await session.close();
  }
}

export function untilInterrupted(): { promise: Promise<undefined>; stop: () => void } {
  let settle: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((resolve) => (settle = resolve));
  return { promise, stop: onInterrupt(() => settle(undefined)) };
}

/** Where everything is, and what to do with it. @param command what finds this stack from another terminal */
export function addressLines(
  { stack, config, temporal, webUi, isSample, logDir }: Session,
  colors: Colors,
  command = 'npx conversation-analytics',
): string[] {
  const places = placesOf(config, { mongodb: true, webUi });
  const engine = stack?.mongodb?.engine;
  const rows: [string, string][] = [
    ['Web UI', webUi ?? 'that of your Temporal'],
    ['Temporal', temporal.where],
    ['MongoDB', mongodbText(places.mongodb, engine)],
    ['Lake', places.lake],
    ['Source', `${config.nocodb?.baseUrl ?? ''} (${isSample ? 'generated sample conversations' : 'NocoDB'})`],
    ...(logDir === null ? [] : [['Logs', logDir] satisfies [string, string]]),
  ];
  return [
    colors.bold('Ready. In another terminal:'),
    `  ${command} collect --start-date <day> --end-date <day>`,
    ...rows.map(([name, value]) => `  ${colors.cyan(name.padEnd(10))}${value}`),
    'Ctrl-C stops everything; the data stay.',
  ];
}

function mongodbText(mongodb: { uri: string; database: string } | null, engine: string | undefined): string {
  if (mongodb === null) return 'none';
  const standIn = engine === 'nx-27017' ? ' · NX-27017 stands in, since no mongod can be had here' : '';
  return `${mongodb.uri} · database ${mongodb.database}${standIn}`;
}
