import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../names.js';
import { StackError } from '../errors.js';
import { type Log } from '../log.js';
import { accepts } from '../ports.js';
import { startProcess, waitUntilReady, type RunningProcess } from '../supervisor.js';
import { PLATFORM, downloadArchive } from './archive.js';
import { goBuild } from './go-build.js';
import { TEMPORAL_CLI_VERSION as CLI_VERSION } from './pins.js';
import { provide, type Engine, type Provided, type ProvideOptions } from './provide.js';

/** Worker Versioning and updates as the product uses them; the server inside CLI 1.4.1. */
const MINIMUM_SERVER = [1, 28] as const;
const READY_MS = 60_000;
const NAMESPACE = 'default';
const VERSION_ARGS = ['--version'];

/** A write-ahead log survives the end of the process like the default journal, at a fraction of its disk writes. */
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((p) => ['--sqlite-pragma', p]);

/** SHA-256 of the archives of release v1.4.1, as its checksums.txt lists them. */
const CHECKSUMS: Readonly<Record<string, { asset: string; sha256: string }>> = {
  'linux-x64': {
    asset: 'linux_amd64',
    sha256: 'e2063feade24d90cec1590dd9a46b0ccf838433b013738a348af1c01a9cb3874',
  },
  'linux-arm64': {
    asset: 'linux_arm64',
    sha256: '3309f004380edc51ad833937bfd16fe3f2b93aa80f8b46b788de4e371f7628f2',
  },
  'darwin-x64': {
    asset: 'darwin_amd64',
    sha256: '99e9188952b3cbd4775c0012c210d3f42d5035cd39ca49676ae18c15e9107d3c',
  },
  'darwin-arm64': {
    asset: 'darwin_arm64',
    sha256: 'cccbead89534e365a3527d40f6d3370a8fa16af6d7853c9864422fb1f7053fe4',
  },
};

export const temporalEngine: Engine<'temporal'> = {
  name: 'Temporal CLI',
  onPath: [{ kind: 'temporal', program: 'temporal', versionArgs: VERSION_ARGS, accept: acceptServerVersion }],
  sources: [
    {
      kind: 'temporal',
      label: 'official download',
      key: `temporal-${CLI_VERSION}-${PLATFORM}`,
      program: 'temporal',
      versionArgs: VERSION_ARGS,
      install: download,
    },
    {
      kind: 'temporal',
      label: 'build with Go',
      key: `temporal-${CLI_VERSION}-${PLATFORM}`,
      program: 'temporal',
      versionArgs: VERSION_ARGS,
      install: (dir, log, logFile) =>
        goBuild(
          {
            what: `Temporal CLI ${CLI_VERSION}`,
            module: 'temporal-cli',
            program: 'github.com/temporalio/cli/cmd/temporal',
            version: ['github.com/temporalio/cli/temporalcli.Version', CLI_VERSION],
            output: 'temporal',
          },
          dir,
          log,
          logFile,
        ),
    },
  ],
  advice:
    'Set TEMPORAL_ADDRESS to a server of yours, or put the Temporal CLI on PATH (https://docs.temporal.io/cli), ' +
    'or install Go 1.21 or newer so that it can be built.',
};

/** Finds or obtains a Temporal CLI; its path is in the result. */
export function provideTemporal(options: ProvideOptions): Promise<Provided<'temporal'>> {
  return provide(temporalEngine, options);
}

/** Throws unless the version line of the CLI names a server that the product is tested with, or a newer one. */
export function acceptServerVersion(version: string): void {
  const [, major, minor] = /\(Server (\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) throw new StackError(`unreadable version: ${version}`);
  const [needMajor, needMinor] = MINIMUM_SERVER;
  const enough = Number(major) > needMajor || (Number(major) === needMajor && Number(minor) >= needMinor);
  if (!enough) throw new StackError(`server ${major}.${minor} is older than ${needMajor}.${needMinor}`);
}

async function download(dir: string, log: Log): Promise<void> {
  const pin = CHECKSUMS[PLATFORM];
  if (pin === undefined) throw new StackError(`there is none for ${PLATFORM}`);
  const file = `temporal_cli_${CLI_VERSION}_${pin.asset}.tar.gz`;
  const url = `https://github.com/temporalio/cli/releases/download/v${CLI_VERSION}/${file}`;
  await downloadArchive({ what: `Temporal CLI ${CLI_VERSION}`, url, sha256: pin.sha256, log }, dir, 0);
}

export interface TemporalServer {
  /** host:port of the gRPC service. */
  address: string;
  namespace: string;
  uiUrl: string;
  process: RunningProcess;
}

export interface TemporalServerOptions {
  /** Path of the Temporal CLI. */
  binary: string;
  /** SQLite file; executions outlive a restart. */
  databaseFile: string;
  port: number;
  uiPort: number;
  logFile: string;
  runDirectory?: string;
}

/**
 * Starts a development server on the loopback interface, with the product's search attributes, and waits until it
 * answers. It reads none of the user's Temporal profiles.
 */
export async function startTemporal(options: TemporalServerOptions): Promise<TemporalServer> {
  const { port, uiPort } = options;
  const attributes = searchAttributeTypes();
  const running = await startProcess({
    name: 'Temporal',
    command: options.binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', options.databaseFile, ...SQLITE_PRAGMAS],
      ...['--log-level', 'warn', '--color', 'never'],
      ...['--disable-config-file', '--disable-config-env'],
      ...attributes.flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    logFile: options.logFile,
    ...(options.runDirectory === undefined ? {} : { runDirectory: options.runDirectory }),
  });
  const address = `127.0.0.1:${port}`;
  try {
    const names = attributes.map(([name]) => name);
    await waitUntilReady(running, () => isServing(address, names), READY_MS);
    await waitUntilReady(running, () => accepts('127.0.0.1', uiPort), READY_MS);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { address, namespace: NAMESPACE, uiUrl: `http://127.0.0.1:${uiPort}`, process: running };
}

/** Name and type of each search attribute, types as the CLI spells them. */
function searchAttributeTypes(): [string, string][] {
  const spelling = { KEYWORD: 'Keyword', DATETIME: 'Datetime', INT: 'Int' } as const;
  return Object.values(SEARCH_ATTRIBUTES).map(({ name, type }) => [name, spelling[type]]);
}

/** The namespace is there and knows the search attributes: both come some time after the port is open. */
async function isServing(address: string, attributes: readonly string[]): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    return await connection.withDeadline(Date.now() + 2_000, async () => {
      await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      const listed = await connection.operatorService.listSearchAttributes({ namespace: NAMESPACE });
      return attributes.every((name) => name in listed.customAttributes);
    });
  } finally {
    await connection.close();
  }
}
