// npm test: unit tests at once, while the engines of the integration tests are found, downloaded or built; then the
// integration tests on a real Temporal, MongoDB protocol and S3 protocol; then those on a real NocoDB, if it is there.
//
//   npm test                        everything but NocoDB, and NocoDB where an earlier run installed it
//   npm test -- --with-nocodb       everything; installs NocoDB into the cache first (1.5 GB, some minutes)
//   npm test -- --only-nocodb       only the tests on NocoDB (npm run test:nocodb)
//   npm test -- lake                other arguments go to Jest: here, test files whose path has "lake" in it
//
// The last line is `N passed, N failed`, and `, N skipped` if there are any. The exit code is 0 only if nothing failed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addUp, describeTotals, summarize } from './test-summary.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = { onlyNocodb: false, withNocodb: false, jest: [] };
for (const arg of process.argv.slice(2)) {
  if (arg === '--only-nocodb') options.onlyNocodb = true;
  else if (arg === '--with-nocodb') options.withNocodb = true;
  else options.jest.push(arg);
}

const work = await mkdtemp(join(tmpdir(), 'conversation-analytics-test-'));
const cleanups = [() => rm(work, { recursive: true, force: true })];
const totals = { passed: 0, failed: 0, skipped: 0 };
const say = (line) => console.error(line);
let running;

// The engines end with this process in any case; Jest and the folder are ours to end.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    running?.kill(signal);
    void cleanUp().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  });
}

try {
  await buildIfMissing();
  await main();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
} finally {
  await cleanUp();
}
if (totals.passed + totals.failed === 0) fail('no test was run');
console.log(describeTotals(totals));
process.exit(totals.failed === 0 ? 0 : 1);

async function main() {
  const { cacheDirectory } = await devstack('paths');
  const cacheDir = cacheDirectory();
  const wanted = options.onlyNocodb ? ['temporal', 'mongodb'] : ['temporal', 'mongodb', 's3', 'pyarrow'];
  // In this process, beside Jest: installing is waiting for other programs. Errors are looked at when it is needed.
  const engines = provideAll(wanted, cacheDir);
  engines.catch(() => undefined);
  const nocodb = engines.then(
    () => provideNocoDb(cacheDir),
    () => undefined,
  );
  nocodb.catch(() => undefined);

  if (!options.onlyNocodb) await jest('unit');
  const binaries = await engines;
  const env = await startEngines(binaries);
  if (!options.onlyNocodb) await jest('integration', env);
  if (await nocodb) await jest('nocodb', { ...env, ...(await startNocoDb(cacheDir)) });
}

/** An engine that the environment names is taken as it is; the others come from PATH, cache, download or build. */
async function provideAll(names, cacheDir) {
  const { provideEngine } = await devstack('provision');
  const given = {
    temporal: 'TEST_TEMPORAL_BINARY',
    mongodb: 'TEST_MONGODB_URI',
    s3: 'TEST_S3_ENDPOINT',
    pyarrow: 'TEST_PYARROW_PYTHON',
  };
  const provided = {};
  for (const name of names) {
    if (isSet(given[name])) continue;
    provided[name] = await provideEngine(name, { cacheDir, log: (line) => say(`[engines] ${line}`) });
  }
  return provided;
}

/** MongoDB and S3 run once for all test files; each file uses a database or bucket of its own. */
async function startEngines({ temporal, mongodb, s3, pyarrow }) {
  const { freePort } = await devstack('ports');
  const env = {};
  if (temporal !== undefined) env.TEST_TEMPORAL_BINARY = temporal.path;
  if (pyarrow !== undefined) env.TEST_PYARROW_PYTHON = pyarrow.path;
  if (mongodb !== undefined) {
    const { startMongo } = await devstack('engines/mongodb');
    const server = await startMongo({ engine: mongodb, ...(await placeFor('mongodb', freePort)) });
    cleanups.push(() => server.process.stop());
    env.TEST_MONGODB_URI = server.uri;
    env.TEST_MONGODB_ENGINE = server.kind;
  }
  if (s3 !== undefined) {
    const { startS3 } = await devstack('engines/s3');
    const server = await startS3({ binary: s3.path, ...(await placeFor('s3', freePort)) });
    cleanups.push(() => server.process.stop());
    env.TEST_S3_ENDPOINT = server.endpoint;
    env.TEST_S3_ACCESS_KEY_ID = server.accessKeyId;
    env.TEST_S3_SECRET_ACCESS_KEY = server.secretAccessKey;
  }
  const found = Object.entries({ temporal, mongodb, s3, pyarrow }).filter(
    ([, engine]) => engine !== undefined,
  );
  for (const [name, { version, path, from }] of found)
    say(`[engines] ${name}: ${version} (${from}: ${path})`);
  return env;
}

async function placeFor(name, freePort) {
  return { dataDir: join(work, name), logFile: join(work, `${name}.log`), port: await freePort() };
}

/** Whether there is a real NocoDB to test on: one at TEST_NOCODB_URL, one in the cache, or one installed now. */
async function provideNocoDb(cacheDir) {
  if (isSet('TEST_NOCODB_URL')) return true;
  const { ensureRealNocoDb, isRealNocoDbInstalled } = await devstack('real-nocodb');
  if (options.withNocodb || options.onlyNocodb) {
    await ensureRealNocoDb(cacheDir, (line) => say(`[nocodb] ${line}`));
    return true;
  }
  if (await isRealNocoDbInstalled(cacheDir)) return true;
  say(
    '[nocodb] left out: no NocoDB in the cache. `npm run test:nocodb` installs it (1.5 GB) and runs its tests.',
  );
  return false;
}

async function startNocoDb(cacheDir) {
  if (isSet('TEST_NOCODB_URL')) return {};
  const { startRealNocoDb } = await devstack('real-nocodb');
  say('[nocodb] starting');
  const server = await startRealNocoDb({ cacheDir, dataDir: join(work, 'nocodb') });
  cleanups.push(() => server.stop());
  return { TEST_NOCODB_URL: server.url, TEST_NOCODB_TOKEN: server.token, TEST_NOCODB_JWT: server.jwt };
}

/** Runs one Jest project and adds its result up. Its own report goes to the terminal as usual. */
async function jest(project, env = {}) {
  const outputFile = join(work, `${project}.json`);
  const filtered = options.jest.length > 0;
  say(`\n── ${project} tests`);
  const args = [
    join(root, 'node_modules/jest/bin/jest.js'),
    ...['--selectProjects', project, '--maxWorkers', String(workersFor(project)), '--json'],
    ...['--outputFile', outputFile],
    ...(filtered ? ['--passWithNoTests'] : []),
    ...options.jest,
  ];
  const nodeOptions = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`;
  const code = await run(process.execPath, args, { NODE_OPTIONS: nodeOptions.trim(), ...env });
  const report = await readFile(outputFile, 'utf8').then(JSON.parse, () => undefined);
  const result = summarize(report, code, filtered);
  for (const problem of result.problems) say(`${project}: ${problem}`);
  addUp(totals, result);
  say(`${project}: ${describeTotals(result)}`);
}

/**
 * Tests with engines wait more than they compute (until a killed worker is missed, say), so one more of their files is
 * run than there are cores. Never more than five: each has a Temporal server of its own.
 */
function workersFor(project) {
  const cores = Math.min(Math.max(availableParallelism(), 2), 4);
  return project === 'unit' ? cores : cores + 1;
}

async function buildIfMissing() {
  if (existsSync(join(root, 'dist/devstack/provision.js'))) return;
  say('dist is missing: building');
  const code = await run(process.execPath, [join(root, 'scripts/build.mjs')]);
  if (code !== 0) throw new Error('the build failed');
}

function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, {
      cwd: root,
      // Jest writes its JSON to the file; its stdout has only the note about that.
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
    });
    running.once('error', reject);
    running.once('exit', (code, signal) => resolve(code ?? signal));
  });
}

function devstack(module) {
  return import(new URL(`../dist/devstack/${module}.js`, import.meta.url).href);
}

function isSet(name) {
  return (process.env[name] ?? '') !== '';
}

function fail(message) {
  totals.failed += 1;
  say(`npm test: ${message}`);
}

/** Last started, first stopped. */
async function cleanUp() {
  for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) {
    await next().catch((error) => say(`npm test: ${error.message}`));
  }
}
