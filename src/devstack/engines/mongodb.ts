import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { DryMongoBinary } from 'mongodb-memory-server-core/lib/util/DryMongoBinary.js';
import { MongoBinaryDownloadUrl } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownloadUrl.js';
import { fetchText, reachable } from '../download.js';
import { StackError } from '../errors.js';
import { withProgress, type Log } from '../log.js';
import { engineFile } from '../paths.js';
import {
  engineEnvironment,
  startProcess,
  waitUntilReady,
  type ProcessSpec,
  type RunningProcess,
} from '../supervisor.js';
import { PLATFORM, downloadArchive } from './archive.js';
import { MONGOD_VERSION, NX_VERSION } from './pins.js';
import { installPython } from './python.js';
import { provide, type Engine, type Provided, type ProvideOptions } from './provide.js';

/** Oldest server that the driver speaks with is 4.2; older than 5 has been out of support for years. */
const MINIMUM_MONGOD = 5;
const READY_MS = 60_000;
const MONGOD_VERSION_ARGS = ['--version'];
const NX_VERSION_ARGS = [
  '-c',
  'import nx_27017, importlib.metadata as m; print("NX-27017", m.version("nx-27017"))',
];
/** Its own launcher script holds the absolute path of the folder that it was installed in, before the rename. */
const NX_MAIN = 'from nx_27017.nx_27017 import main; main()';

/** `mongod` is MongoDB itself; `nx-27017` speaks its protocol on SQLite and stands in where no mongod can be had. */
export type MongoKind = 'mongod' | 'nx-27017';

export const mongoEngine: Engine<MongoKind> = {
  name: 'MongoDB',
  onPath: [
    { kind: 'mongod', program: 'mongod', versionArgs: MONGOD_VERSION_ARGS, accept: acceptMongodVersion },
  ],
  sources: [
    {
      kind: 'mongod',
      label: 'official download',
      key: `mongod-${MONGOD_VERSION}-${PLATFORM}`,
      program: 'bin/mongod',
      versionArgs: MONGOD_VERSION_ARGS,
      install: downloadMongod,
    },
    {
      kind: 'nx-27017',
      label: 'NX-27017 from the Python package index',
      key: `nx-27017-${NX_VERSION}-${PLATFORM}`,
      program: 'bin/python',
      versionArgs: NX_VERSION_ARGS,
      install: installNx,
    },
  ],
  advice:
    'Set MONGODB_URI to a server of yours, put mongod on PATH (https://www.mongodb.com/docs/manual/installation), ' +
    'install Python 3.10 or newer with venv, or go without MongoDB (--no-mongodb).',
};

/** Finds or obtains a server that speaks MongoDB's protocol. */
export function provideMongo(options: ProvideOptions): Promise<Provided<MongoKind>> {
  return provide(mongoEngine, options);
}

export function acceptMongodVersion(version: string): void {
  const major = /\bv(\d+)\./.exec(version)?.[1];
  if (major === undefined) throw new StackError(`unreadable version: ${version}`);
  if (Number(major) < MINIMUM_MONGOD) throw new StackError(`${version} is older than ${MINIMUM_MONGOD}`);
}

/** The archive for this distribution; MONGOMS_DOWNLOAD_MIRROR is respected. Its checksum lies beside it. */
async function downloadMongod(dir: string, log: Log): Promise<void> {
  const options = await DryMongoBinary.generateOptions({ version: MONGOD_VERSION });
  const url = await new MongoBinaryDownloadUrl(options).getDownloadUrl();
  const { host, origin } = new URL(url);
  if (!(await reachable(origin))) throw new StackError(`${host} does not answer`);
  const sha256 = /\b[0-9a-f]{64}\b/.exec(await fetchText(`${url}.sha256`))?.[0];
  if (sha256 === undefined) throw new StackError(`${url}.sha256 holds no checksum`);
  await downloadArchive({ what: `MongoDB ${MONGOD_VERSION}`, url, sha256, log }, dir, 1);
}

async function installNx(dir: string, log: Log, logFile: string): Promise<void> {
  await withProgress(log, `MongoDB: installing NX-27017 ${NX_VERSION} as stand-in`, (note) =>
    installPython(dir, ['--require-hashes', '-r', engineFile('nx-27017/requirements.txt')], {
      logFile,
      note,
    }),
  );
}

export interface MongoServer {
  uri: string;
  kind: MongoKind;
  process: RunningProcess;
}

export interface MongoServerOptions {
  engine: Pick<Provided<MongoKind>, 'kind' | 'path'>;
  /** Made if absent. The two kinds cannot read each other's files: give each its own. */
  dataDir: string;
  port: number;
  logFile: string;
  runDirectory?: string;
}

/** Starts the server on the loopback interface and waits until it answers a ping. */
export async function startMongo(options: MongoServerOptions): Promise<MongoServer> {
  const { engine, dataDir, port } = options;
  await mkdir(dataDir, { recursive: true });
  const running = await startProcess({
    ...(engine.kind === 'mongod' ? mongodCommand(options) : await nxCommand(options)),
    name: engine.kind,
    logFile: options.logFile,
    ...(options.runDirectory === undefined ? {} : { runDirectory: options.runDirectory }),
  });
  const uri = `mongodb://127.0.0.1:${port}`;
  try {
    await waitUntilReady(running, () => answersPing(uri), READY_MS);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { uri, kind: engine.kind, process: running };
}

function mongodCommand({ engine, dataDir, port }: MongoServerOptions): Pick<ProcessSpec, 'command' | 'args'> {
  return {
    command: engine.path,
    args: [
      ...['--dbpath', dataDir, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket', '--quiet'],
      // Its default is half of the machine's memory, too much for a guest.
      ...['--wiredTigerCacheSizeGB', '0.25'],
    ],
  };
}

async function nxCommand({
  engine,
  dataDir,
  port,
}: MongoServerOptions): Promise<Pick<ProcessSpec, 'command' | 'args' | 'env'>> {
  const pidFile = join(dataDir, 'nx.pid');
  // After a kill -9 it would take its own stale file for a running server.
  await rm(pidFile, { force: true });
  return {
    command: engine.path,
    args: [
      ...['-c', NX_MAIN, '--data-dir', dataDir, '--host', '127.0.0.1', '--port', String(port)],
      // It logs to its stderr too, which goes to our log file.
      ...['--log-file', '/dev/null', '--pid-file', pidFile],
    ],
    env: engineEnvironment({ PYTHONUNBUFFERED: '1' }),
  };
}

async function answersPing(uri: string): Promise<boolean> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 500, connectTimeoutMS: 500 });
  try {
    await client.db('admin').command({ ping: 1 });
    return true;
  } finally {
    await client.close();
  }
}
