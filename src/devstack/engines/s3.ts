import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetch } from 'undici';
import { StackError } from '../errors.js';
import { type Log } from '../log.js';
import { engineEnvironment, startProcess, waitUntilReady, type RunningProcess } from '../supervisor.js';
import { PLATFORM, downloadArchive } from './archive.js';
import { goBuild } from './go-build.js';
import { VERSITYGW_VERSION as VERSION } from './pins.js';
import { provide, type Engine, type Provided, type ProvideOptions } from './provide.js';

const VERSION_ARGS = ['--version'];
const READY_MS = 30_000;
const KEY = `versitygw-${VERSION}-${PLATFORM}`;

/** SHA-256 of the archives of release v1.8.0, as its checksums.txt lists them. */
const CHECKSUMS: Readonly<Record<string, { asset: string; sha256: string }>> = {
  'linux-x64': {
    asset: 'Linux_x86_64',
    sha256: '2ba2c734d10d2c4e651d03182cb4b246656bc735a2f282db7b0b73fba6073467',
  },
  'linux-arm64': {
    asset: 'Linux_arm64',
    sha256: 'b34051d33f5a9c457f790896acb7bd7d7e15ad8d92efb70616b924f37e401910',
  },
  'darwin-x64': {
    asset: 'Darwin_x86_64',
    sha256: '104bd978e80ef0173554cfd8630ccc5bac24b00da440510b60365a3b6b6ab134',
  },
  'darwin-arm64': {
    asset: 'Darwin_arm64',
    sha256: '4953096f65a9c0d62ab184fb6b2ba7c2435229205cf00a56cb62cd4bf6b216ca',
  },
};

export const s3Engine: Engine<'versitygw'> = {
  name: 'S3 (versitygw)',
  onPath: [{ kind: 'versitygw', program: 'versitygw', versionArgs: VERSION_ARGS, accept: () => undefined }],
  sources: [
    {
      kind: 'versitygw',
      label: 'official download',
      key: KEY,
      program: 'versitygw',
      versionArgs: VERSION_ARGS,
      install: download,
    },
    {
      kind: 'versitygw',
      label: 'build with Go',
      key: KEY,
      program: 'versitygw',
      versionArgs: VERSION_ARGS,
      install: (dir, log, logFile) =>
        goBuild(
          {
            what: `versitygw ${VERSION}`,
            module: 'versitygw',
            program: 'github.com/versity/versitygw/cmd/versitygw',
            version: ['main.Version', VERSION],
            output: 'versitygw',
          },
          dir,
          log,
          logFile,
        ),
    },
  ],
  advice:
    'Set TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY_ID and TEST_S3_SECRET_ACCESS_KEY to an S3 server for tests, put ' +
    'versitygw on PATH, or install Go 1.21 or newer so that it can be built.',
};

/** Finds or obtains versitygw. */
export function provideS3(options: ProvideOptions): Promise<Provided<'versitygw'>> {
  return provide(s3Engine, options);
}

async function download(dir: string, log: Log): Promise<void> {
  const pin = CHECKSUMS[PLATFORM];
  if (pin === undefined) throw new StackError(`there is none for ${PLATFORM}`);
  const file = `versitygw_v${VERSION}_${pin.asset}.tar.gz`;
  const url = `https://github.com/versity/versitygw/releases/download/v${VERSION}/${file}`;
  await downloadArchive({ what: `versitygw ${VERSION}`, url, sha256: pin.sha256, log }, dir, 1);
}

export interface S3Server {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  process: RunningProcess;
}

export interface S3ServerOptions {
  binary: string;
  /** Objects and their metadata lie here. */
  dataDir: string;
  port: number;
  logFile: string;
  runDirectory?: string;
}

/** Starts an S3 endpoint (path style) on the loopback interface with keys made for it. */
export async function startS3(options: S3ServerOptions): Promise<S3Server> {
  const [objects, metadata] = [join(options.dataDir, 'objects'), join(options.dataDir, 'metadata')];
  await mkdir(objects, { recursive: true });
  await mkdir(metadata, { recursive: true });
  const [accessKeyId, secretAccessKey] = ['test', randomBytes(16).toString('hex')];
  const running = await startProcess({
    name: 'versitygw',
    command: options.binary,
    // `--sidecar`: metadata in a directory, because not every file system has extended attributes.
    args: ['--port', `127.0.0.1:${options.port}`, '--quiet', 'posix', '--sidecar', metadata, objects],
    env: engineEnvironment({ ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey }),
    logFile: options.logFile,
    ...(options.runDirectory === undefined ? {} : { runDirectory: options.runDirectory }),
  });
  const endpoint = `http://127.0.0.1:${options.port}`;
  try {
    await waitUntilReady(running, () => answers(endpoint), READY_MS);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { endpoint, accessKeyId, secretAccessKey, process: running };
}

/** Any HTTP answer, 403 included, says that it listens. */
async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(1_000) });
  await response.body?.cancel();
  return response.status > 0;
}
