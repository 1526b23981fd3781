import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StackError, reasonOf } from '../errors.js';
import { type Log } from '../log.js';
import { withLock } from '../lock-file.js';
import { engineEnvironment } from '../supervisor.js';

const VERSION_CHECK_MS = 20_000;
const run = promisify(execFile);

/** One way to obtain an engine. What it installs lies in the cache under `key`, which names version and platform. */
export interface Source<Kind extends string = string> {
  /** Which program this is, where an engine has more than one (`mongod`, `nx-27017`). */
  kind: Kind;
  /** `official download`, `build with Go`; for messages. */
  label: string;
  key: string;
  /** Path of the program inside the installed folder. */
  program: string;
  /** Arguments that print a version and end. */
  versionArgs: readonly string[];
  /** Installs into `dir`, an empty folder; throws with the reason if it cannot. */
  install(dir: string, log: Log, logFile: string): Promise<void>;
}

export interface Engine<Kind extends string = string> {
  /** For messages: `Temporal`. */
  name: string;
  /** Programs to look for on PATH, best first; `accept` throws with the reason if the version will not do. */
  onPath: readonly {
    kind: Kind;
    program: string;
    versionArgs: readonly string[];
    accept: (version: string) => void;
  }[];
  sources: readonly Source<Kind>[];
  /** What else the user can do; last sentence of the error. */
  advice: string;
}

export interface Provided<Kind extends string = string> {
  kind: Kind;
  /** Absolute path of the program. */
  path: string;
  /** `PATH`, `cache`, or the label of the source that it was installed from just now. */
  from: string;
  /** First line of what the program says of itself. */
  version: string;
}

export interface ProvideOptions {
  cacheDir: string;
  log: Log;
  /** Search path; default: the process's own PATH. */
  path?: string;
}

/**
 * Finds or obtains an engine: on PATH, in the cache, then by each source in turn. Two processes may do this at the
 * same time: one installs, the other waits. A folder in the cache is there only when it is complete, because it is
 * installed beside and renamed.
 */
export async function provide<Kind extends string>(
  engine: Engine<Kind>,
  options: ProvideOptions,
): Promise<Provided<Kind>> {
  const { cacheDir, log } = options;
  const tried: string[] = [];
  const found =
    (await findOnPath(engine, options.path ?? process.env['PATH'] ?? '', tried)) ??
    (await findInCache(engine, cacheDir));
  if (found !== undefined) return found;

  const lockFile = join(cacheDir, 'engines', `${engine.name.toLowerCase().replace(/\W+/g, '-')}.lock`);
  return withLock(
    lockFile,
    async () => {
      const meanwhile = await findInCache(engine, cacheDir);
      if (meanwhile !== undefined) return meanwhile;
      for (const source of engine.sources) {
        try {
          return await installFrom(engine, source, cacheDir, log);
        } catch (error) {
          tried.push(`${source.label}: ${reasonOf(error)}`);
          log(`${engine.name}: ${source.label} not possible: ${firstLine(reasonOf(error))}`);
        }
      }
      throw new StackError(
        [
          `${engine.name} could not be found or obtained. Tried:`,
          ...['cache ' + join(cacheDir, 'engines') + ': nothing there', ...tried].map(
            (line) => `  - ${line}`,
          ),
          engine.advice,
        ].join('\n'),
      );
    },
    (holder) => log(`${engine.name}: process ${holder?.pid ?? '?'} is installing it, waiting …`),
  );
}

async function findOnPath<Kind extends string>(
  engine: Engine<Kind>,
  path: string,
  tried: string[],
): Promise<Provided<Kind> | undefined> {
  for (const { kind, program, versionArgs, accept } of engine.onPath) {
    const file = await which(program, path);
    if (file === undefined) {
      tried.push(`PATH: no ${program}`);
      continue;
    }
    try {
      const version = await versionOf(file, versionArgs);
      accept(version);
      return { kind, path: file, from: 'PATH', version };
    } catch (error) {
      tried.push(`PATH: ${file}: ${firstLine(reasonOf(error))}`);
    }
  }
  return undefined;
}

async function findInCache<Kind extends string>(
  engine: Engine<Kind>,
  cacheDir: string,
): Promise<Provided<Kind> | undefined> {
  for (const source of engine.sources) {
    const path = join(cacheDir, 'engines', source.key, source.program);
    if (!(await isExecutable(path))) continue;
    try {
      return { kind: source.kind, path, from: 'cache', version: await versionOf(path, source.versionArgs) };
    } catch {
      // It ran when it was installed; an upgrade of the system may have broken it. It is installed anew.
    }
  }
  return undefined;
}

async function installFrom<Kind extends string>(
  engine: Engine<Kind>,
  source: Source<Kind>,
  cacheDir: string,
  log: Log,
): Promise<Provided<Kind>> {
  const final = join(cacheDir, 'engines', source.key);
  await mkdir(dirname(final), { recursive: true });
  await removeInterrupted(final);
  const temporary = await mkdtemp(`${final}.installing-`);
  try {
    await source.install(temporary, log, join(cacheDir, 'engines', `${source.key}.log`));
    await versionOf(join(temporary, source.program), source.versionArgs);
    await rm(final, { recursive: true, force: true });
    await rename(temporary, final);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  const path = join(final, source.program);
  const version = await versionOf(path, source.versionArgs);
  log(`${engine.name}: ${version} installed in ${final}`);
  return { kind: source.kind, path, from: source.label, version };
}

/** Under the lock nobody else installs: what lies beside the final place is of a process that was killed. */
async function removeInterrupted(final: string): Promise<void> {
  for (const name of await readdir(dirname(final))) {
    if (name.startsWith(`${basename(final)}.installing-`)) {
      await rm(join(dirname(final), name), { recursive: true, force: true });
    }
  }
}

/** The absolute path of a program on the search path. */
export async function which(program: string, path = process.env['PATH'] ?? ''): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder !== '' && (await isExecutable(join(folder, program)))) return join(folder, program);
  }
  return undefined;
}

async function versionOf(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(file, [...args], { timeout: VERSION_CHECK_MS, env: engineEnvironment() });
  return firstLine(stdout.trim());
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
