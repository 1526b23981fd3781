import { openLakeReader } from '../adapters/lake/index.js';
import { createProjectionRebuild } from '../adapters/mongo/rebuild.js';
import { redactUri, type Config } from '../config.js';
import { createObjectStore } from '../workers/object-store.js';
import { describeLakeRange, parseLakeRange } from './day-range.js';
import { CliError, UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { printJson, printLines, type Io } from './globals.js';
import { onInterrupt } from './interrupt.js';
import { askYes, canAsk } from './prompt.js';
import { rebuildProjection, type RebuildResult } from './rebuild-projection.js';
import { count, duration, plural } from './render/format.js';
import { findSurroundings, lakeLocation } from './surroundings.js';

export interface RebuildRequest {
  startDate?: string | undefined;
  endDate?: string | undefined;
  yes: boolean;
  json: boolean;
}

/** The `mongo rebuild` command: works in this process, from the lake to MongoDB. */
export async function mongoRebuild(request: RebuildRequest, io: Io): Promise<ExitCode> {
  const range = parseLakeRange(request, Date.now());
  const { config } = await findSurroundings(io);
  const mongodb = requireMongo(config);
  const target = `${redactUri(mongodb.uri)}, database ${mongodb.database}`;
  if (!request.yes) {
    const question = `Make ${describeLakeRange(range)} of ${target} like the lake ${lakeLocation(config)}?`;
    if (!(await confirmed(question, io))) return EXIT.complete;
  }
  const store = createObjectStore(config);
  const projection = createProjectionRebuild(mongodb);
  const interrupted = new AbortController();
  const stop = onInterrupt(() => interrupted.abort());
  const began = Date.now();
  try {
    const result = await rebuildProjection(
      { reader: openLakeReader(store), projection, tell: (line) => io.stderr.write(`${line}\n`) },
      range,
      interrupted.signal,
    );
    if (request.json) printJson(io, result);
    else printLines(io.stdout, summary(result, target, Date.now() - began));
    return EXIT.complete;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    io.stderr.write('Interrupted. What was written is right; run the same command again for the rest.\n');
    return EXIT.interrupted;
  } finally {
    stop();
    await projection.close();
    await store.close();
  }
}

function requireMongo({ mongodb }: Config): { uri: string; database: string } {
  if (mongodb !== null) return mongodb;
  throw new CliError(
    EXIT.usage,
    'MONGODB_URI is not set, and no `dev` is running on this data directory: there is no projection to rebuild.\n' +
      'Allowed is a mongodb:// or mongodb+srv:// connection string.\n' +
      'Set MONGODB_URI, or start the local stack: conversation-analytics dev',
  );
}

async function confirmed(question: string, io: Io): Promise<boolean> {
  if (!canAsk(io.stdin, io.stderr)) {
    throw new UsageError(
      'mongo rebuild replaces and removes documents, and nobody can be asked here.\n' +
        'Allowed is --yes where there is no terminal.\n' +
        'Again, if it is meant: conversation-analytics mongo rebuild --yes',
    );
  }
  if (await askYes(question, io.stdin, io.stderr)) return true;
  io.stderr.write('Nothing was changed.\n');
  return false;
}

function summary(result: RebuildResult, target: string, ms: number): string[] {
  const { days, conversations, added, replaced, removed, kept } = result;
  return [
    `${target} is like the lake: ${plural(days, 'day')}, ${plural(conversations, 'conversation')} in ${duration(ms)}.`,
    `  ${count(added)} documents added, ${count(replaced)} replaced, ${count(removed)} removed`,
    ...(kept === 0
      ? []
      : [
          `  ${count(kept)} left as they are: a run that has not committed its day yet wrote them, or they lie elsewhere`,
        ]),
  ];
}
