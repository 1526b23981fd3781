// Before a commit: package-lock.json follows package.json, and what is staged is linted, formatted and type-checked.
//
// Everything looks at the staged tree, not at the files on disk: a change that is only half staged, or that imports a
// file which was never added, is judged as it will be committed. Git runs this in the top folder of the work tree.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { missingOptionalPackages, sameLockedFields } from './lock.mjs';

const CODE = /\.(?:ts|mts|cts|js|mjs|cjs)$/;
const TYPES = /(?:\.[mc]?ts|(?:^|\/)(?:tsconfig[^/]*|package)\.json)$/;
const LOCK = 'package-lock.json';
/** Windows takes at most 32,767 characters a command line, so that long lists of files are handed over in parts. */
const FILES_A_CALL = 200;

class Refusal extends Error {}

try {
  const staged = stagedFiles();
  if (staged.includes('package.json')) syncLock();
  if (staged.length > 0) await checkStaged(staged);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`pre-commit: ${error.message}`);
  process.exitCode = 1;
}

function stagedFiles() {
  return git('diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z')
    .split('\0')
    .filter((file) => file !== '');
}

/** Brings package-lock.json in line with the staged package.json, and stages it. */
function syncLock() {
  const lock = existsSync(LOCK) ? readFileSync(LOCK, 'utf8') : undefined;
  if (lock === undefined || !sameLockedFields(JSON.parse(git('show', ':package.json')), JSON.parse(lock)))
    updateLock(lock);
  // Second column of the short format: what differs between the index and the disk.
  if (git('status', '--porcelain', '--', LOCK).slice(1, 2).trim() === '') return;
  // `git commit -- <paths>` has an index of its own; what is added there is missing from the real one afterwards.
  if (basename(process.env.GIT_INDEX_FILE ?? 'index') !== 'index')
    throw new Refusal(`${LOCK} follows package.json: name it too. git commit -- package.json ${LOCK} …`);
  git('add', '--', LOCK);
}

/**
 * `--package-lock-only` works from the lock that is there and not from node_modules, which has only this platform's
 * optional packages: a lock made from node_modules loses those of the others, and `npm ci` then fails there. Addresses
 * of a private registry do not belong in the lock either.
 */
function updateLock(before) {
  if (git('diff', '--name-only', '--', 'package.json') !== '')
    throw new Refusal(
      'package.json has changes that are not staged, and npm can only follow the file on disk.\n' +
        'Stage it whole, or put the other changes aside: git stash push --keep-index package.json',
    );
  console.error(`pre-commit: package.json changed, updating ${LOCK} …`);
  const { status, output } = npm(
    'install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund',
  );
  const missing = status === 0 ? missingOptionalPackages(JSON.parse(readFileSync(LOCK, 'utf8'))) : [];
  if (status === 0 && missing.length === 0) return;
  if (before === undefined) rmSync(LOCK, { force: true });
  else writeFileSync(LOCK, before);
  throw new Refusal(
    status === 0
      ? `the registry lacks packages of other platforms: ${missing.slice(0, 3).join('; ')}.\n` +
          `${LOCK} is as it was. Use a registry that has them, or versions that it has for all platforms.`
      : `npm could not update ${LOCK}, which is as it was:\n${output}`,
  );
}

/** Checks out the staged tree below .git, where editors and watchers do not see it, and runs the tools there. */
async function checkStaged(staged) {
  if (!existsSync('node_modules'))
    throw new Refusal('node_modules is missing, so nothing can be checked: npm ci');
  const place = resolve(git('rev-parse', '--git-path', 'pre-commit').trim());
  const tree = join(place, 'tree');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  try {
    git('checkout-index', '--all', `--prefix=${tree}/`);
    symlinkSync(resolve('node_modules'), join(tree, 'node_modules'), 'junction');
    const code = staged.filter((file) => CODE.test(file));
    // Side by side: each is one process on one core.
    const results = await Promise.all([
      check('prettier', tree, ['prettier/bin/prettier.cjs', '--check', '--ignore-unknown'], staged),
      check('eslint', tree, ['eslint/bin/eslint.js', '--max-warnings', '0', '--no-warn-ignored'], code),
      // The state of the last check, kept: only what changed since is looked at again.
      staged.some((file) => TYPES.test(file)) && existsSync(join(tree, 'tsconfig.json'))
        ? check('tsc', tree, [
            'typescript/bin/tsc',
            '--noEmit',
            '--incremental',
            '--tsBuildInfoFile',
            join(place, 'tsbuildinfo'),
          ])
        : undefined,
    ]);
    const failures = results.filter((failure) => failure !== undefined);
    if (failures.length > 0)
      throw new Refusal(
        `${failures.join('\n')}\n` +
          'Mend it (npm run format helps with form) and stage it again, or commit without the checks: git commit --no-verify',
      );
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** Runs a tool of node_modules on files of the staged tree; what it found, or undefined. */
async function check(name, tree, [script, ...args], files) {
  const tool = join(tree, 'node_modules', script);
  if (!existsSync(tool)) return `${name} is not installed: npm ci`;
  const found = [];
  for (const part of files === undefined ? [[]] : chunks(files, FILES_A_CALL)) {
    const child = spawn(process.execPath, [tool, ...args, ...part], {
      cwd: tree,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    if (code !== 0) found.push(output.trim().replaceAll(`${tree}/`, ''));
  }
  return found.length > 0 ? `${name} found:\n${found.join('\n')}` : undefined;
}

function chunks(list, size) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}

/** npm is a script on Windows, which only a shell can start. */
function npm(command) {
  const result = spawnSync(`npm ${command}`, {
    shell: true,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error) throw result.error;
  return { status: result.status, output: `${result.stdout}${result.stderr}`.trim() };
}

function git(...args) {
  const result = spawnSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Refusal(`git ${args[0]} failed: ${result.stderr.trim()}`);
  return result.stdout;
}
