import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMongo, type MongoServer, type MongoServerOptions } from './engines/mongodb.js';
import { startTemporal, type TemporalServer } from './engines/temporal.js';
import { type Lock } from './lock-file.js';
import { type Log } from './log.js';
import { type PortBook } from './port-book.js';
import { STACK_FILES, removeDevState, type StackAddresses } from './state.js';
import { logEnd, type RunningProcess } from './supervisor.js';

/** The options of the stack that its parts need. */
export interface PartOptions {
  temporalAddress?: string | undefined;
  temporalNamespace?: string | undefined;
  mongodbUri?: string | false | undefined;
  log: Log;
  onEngineExit?: ((message: string) => void) | undefined;
}

/** What is running, in the order of its start, so that a failure in between leaves nothing behind. */
export class Started {
  private readonly stops: (() => Promise<void>)[] = [];
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly lock: Lock,
    private readonly dataDir: string,
  ) {}

  add(stop: () => Promise<void>): void {
    this.stops.push(stop);
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    await removeDevState(this.dataDir);
    const results = await Promise.allSettled(this.stops.map((stop) => stop()));
    await this.lock.release();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

export interface Context {
  options: PartOptions;
  dataDir: string;
  runDirectory: string;
  logDir: string;
  ports: PortBook;
  started: Started;
}

export async function runTemporal(context: Context, binary: string): Promise<StackAddresses['temporal']> {
  const databaseDir = join(context.dataDir, STACK_FILES.temporal);
  await mkdir(databaseDir, { recursive: true });
  const server = await context.ports.use(['temporal', 'temporalUi'], async ([port, uiPort]) => {
    const running: TemporalServer = await startTemporal({
      binary,
      databaseFile: join(databaseDir, 'temporal.db'),
      port,
      uiPort,
      logFile: join(context.logDir, 'temporal.log'),
      runDirectory: context.runDirectory,
    });
    return running;
  });
  watch(context, server.process);
  return { address: server.address, namespace: server.namespace, uiUrl: server.uiUrl };
}

export async function runMongo(
  context: Context,
  engine: MongoServerOptions['engine'],
): Promise<StackAddresses['mongodb']> {
  const { dataDir, options } = context;
  const own = join(dataDir, STACK_FILES[engine.kind === 'mongod' ? 'mongod' : 'nx']);
  const other = join(dataDir, STACK_FILES[engine.kind === 'mongod' ? 'nx' : 'mongod']);
  if (!existsSync(own) && existsSync(other)) {
    options.log(
      `MongoDB is now ${engine.kind}: what the other engine stored stays in ${other}, collect again`,
    );
  }
  const server = await context.ports.use(['mongodb'], async ([port]) => {
    const running: MongoServer = await startMongo({
      engine,
      dataDir: own,
      port,
      logFile: join(context.logDir, `${engine.kind}.log`),
      runDirectory: context.runDirectory,
    });
    return running;
  });
  watch(context, server.process);
  return { uri: server.uri, engine: server.kind };
}

export async function runSample(context: Context): Promise<StackAddresses['sample']> {
  // Loaded only when asked for: the generator and its texts are of no use to a stack on the user's own NocoDB.
  const { startSampleSource } = await import('./sample/index.js');
  const token = await sampleToken(join(context.dataDir, STACK_FILES.sample));
  const source = await context.ports.use(['sample'], ([port]) => startSampleSource({ port, token }));
  context.started.add(() => source.close());
  return { url: source.url, token: source.token, baseId: source.baseId };
}

/** Made once a data directory, so that a token in somebody's `.env` stays valid. */
async function sampleToken(dir: string): Promise<string> {
  const file = join(dir, 'token');
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const token = `sample-${randomBytes(18).toString('base64url')}`;
  await mkdir(dir, { recursive: true });
  await writeFile(file, token, { mode: 0o600 });
  return token;
}

export function externalTemporal({
  temporalAddress,
  temporalNamespace,
}: PartOptions): StackAddresses['temporal'] {
  return { address: temporalAddress ?? '', namespace: temporalNamespace ?? 'default' };
}

export function externalMongo({ mongodbUri }: PartOptions): StackAddresses['mongodb'] {
  return typeof mongodbUri === 'string' ? { uri: mongodbUri, engine: 'external' } : null;
}

export function environmentFor(
  temporal: StackAddresses['temporal'],
  mongodb: StackAddresses['mongodb'],
  lakeDir: string,
  sample: StackAddresses['sample'],
): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    ...(mongodb === null ? {} : { MONGODB_URI: mongodb.uri }),
    LAKE_DIR: lakeDir,
    ...(sample === undefined
      ? {}
      : {
          NOCODB_BASE_URL: sample.url,
          NOCODB_API_TOKEN: sample.token,
          NOCODB_PROJECT_ID: sample.baseId,
          // The sample is ours and has no limiter: the default budget, meant for servers that block, would only wait.
          NOCODB_REQUESTS_PER_SECOND: '100',
        }),
  };
}

/** Registers the engine's stop, and says so when it ends on its own. */
function watch({ options, started }: Context, process: RunningProcess): void {
  started.add(() => process.stop());
  void process.exited.then(async ({ code, signal }) => {
    if (started.isStopping) return;
    const how = signal ?? `exit code ${code ?? 'unknown'}`;
    const tell = options.onEngineExit ?? options.log;
    tell(`${process.name} ended unexpectedly (${how}). ${await logEnd(process.logFile)}`);
  });
}
