import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError, reasonOf } from './errors.js';
import { identify, isRunning, processIdentity } from './process-identity.js';

/**
 * Runs one command under a small shell that holds a pipe to this process. When the pipe closes, because `stop` was
 * called or because this process died in whatever way, `kill -9` included, the shell sends the command SIGTERM, waits
 * the grace period and then kills the whole process group. No handler of ours has to run for that.
 *
 * fd 3 is the pipe; the command itself gets /dev/null as stdin and none of fd 3. A trapped (not ignored) signal is
 * reset to its default in children, so the command sees SIGTERM as usual, and the last `kill -TERM 0` ends the watcher
 * and what the command left behind, but not the shell that has the exit code to deliver.
 */
const SUPERVISE = `
grace=$1; shift
exec 3<&0 </dev/null
trap : TERM INT HUP
"$@" 3<&- &
child=$!
(
  while read -r _ <&3; do :; done
  kill -TERM "$child" 2>/dev/null
  waited=0
  while [ "$waited" -lt "$grace" ] && kill -0 "$child" 2>/dev/null; do sleep 1; waited=$((waited + 1)); done
  kill -KILL 0
) &
exec 3<&-
while :; do
  wait "$child"; code=$?
  kill -0 "$child" 2>/dev/null || break
done
kill -TERM 0
exit "$code"
`;

export const DEFAULT_GRACE_SECONDS = 10;
const ROTATE_BYTES = 5_000_000;

export interface ProcessSpec {
  /** For messages: `Temporal`, `mongod`. */
  name: string;
  command: string;
  args: readonly string[];
  /** Receives stdout and stderr, appended. */
  logFile: string;
  cwd?: string;
  /** The whole environment of the command; default: a small, harmless part of ours (`engineEnvironment`). */
  env?: NodeJS.ProcessEnv;
  /** Time between SIGTERM and SIGKILL. */
  graceSeconds?: number;
  /** While it runs, the identity of its process group lies in this folder (`stopLeftovers`). */
  runDirectory?: string;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly name: string;
  /** Process group of the command and its supervisor. */
  readonly groupId: number;
  readonly logFile: string;
  /** Settles when the command has ended, on its own or by `stop`; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Set once it has ended. */
  readonly exit: ProcessExit | undefined;
  /** SIGTERM, grace period, SIGKILL. Resolves when it is gone; may be called again. */
  stop(): Promise<void>;
}

/** Variables that programs need to work at all. The user's TEMPORAL_*, MONGODB_*, AWS_* … never reach an engine. */
export function engineEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH'];
  const base = Object.fromEntries(kept.flatMap((name) => definedEntry(name, process.env[name])));
  return { ...base, ...extra };
}

function definedEntry(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** Starts a command that ends with this process at the latest. Rejects only if the supervisor cannot be started. */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  await mkdir(dirname(spec.logFile), { recursive: true });
  await rotate(spec.logFile);
  const log = await open(spec.logFile, 'a', 0o600);
  const grace = spec.graceSeconds ?? DEFAULT_GRACE_SECONDS;
  try {
    const shell = spawn(
      '/bin/sh',
      ['-c', SUPERVISE, `supervise ${spec.name}`, String(grace), spec.command, ...spec.args],
      {
        cwd: spec.cwd,
        env: spec.env ?? engineEnvironment(),
        // A group of its own: Ctrl-C in the terminal must reach us, not the engines under us.
        detached: true,
        stdio: ['pipe', log.fd, log.fd],
      },
    );
    const { pid, stdin } = shell;
    const settled: { exit?: ProcessExit } = {};
    const exited = new Promise<ProcessExit>((resolve) => {
      const end = (exit: ProcessExit) => {
        settled.exit = exit;
        resolve(exit);
      };
      shell.once('exit', (code, signal) => end({ code, signal }));
      shell.once('error', () => end({ code: null, signal: null }));
    });
    if (pid === undefined) {
      const [error] = (await once(shell, 'error')) as [Error];
      throw new StackError(`${spec.name} cannot be started: ${error.message}`);
    }
    stdin?.on('error', () => undefined);
    const forget = await remember(spec, pid);
    void exited.then(forget);
    const stop = async () => {
      stdin?.end();
      const late = sleep((grace + 3) * 1_000, 'late' as const, { ref: false });
      if ((await Promise.race([exited, late])) === 'late') killGroup(pid);
      await exited;
      killGroup(pid);
    };
    return {
      name: spec.name,
      groupId: pid,
      logFile: spec.logFile,
      exited,
      get exit() {
        return settled.exit;
      },
      stop,
    };
  } finally {
    await log.close();
  }
}

/** Polls `probe` until it answers true. Rejects with the log's end if the process ends first or the time is up. */
export async function waitUntilReady(
  running: RunningProcess,
  probe: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last = 'no answer';
  while (running.exit === undefined) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = reasonOf(error);
    }
    if (Date.now() > deadline) {
      throw new StackError(
        `${running.name} runs but was not ready within ${timeoutMs / 1_000} s (${last}). ${await logEnd(running.logFile)}`,
      );
    }
    await sleep(50);
  }
  const { code, signal } = running.exit;
  throw new StackError(
    `${running.name} ended at once (${signal ?? `exit code ${code ?? 'unknown'}`}). ${await logEnd(running.logFile)}`,
  );
}

/** Runs a command to its end, supervised. Rejects on a failure or when the time is up, with the end of its output. */
export async function runToEnd(spec: ProcessSpec, timeoutMs: number): Promise<void> {
  const running = await startProcess(spec);
  const late = sleep(timeoutMs, 'late' as const, { ref: false });
  const outcome = await Promise.race([running.exited, late]);
  if (outcome === 'late') {
    await running.stop();
    throw new StackError(`${spec.name} took longer than ${Math.round(timeoutMs / 1_000)} s`);
  }
  if (outcome.code !== 0) {
    const how = outcome.signal ?? `exit code ${outcome.code ?? 'unknown'}`;
    throw new StackError(`${spec.name} failed (${how}). ${await logEnd(spec.logFile)}`);
  }
}

/** `Log FILE ends with: …` */
export async function logEnd(logFile: string, lines = 5): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const end = text.trimEnd().split('\n').slice(-lines).join('\n').slice(-2_000);
  return end === '' ? `Log ${logFile} is empty.` : `Log ${logFile} ends with:\n${end}`;
}

/**
 * Ends what an earlier process of ours left in `runDirectory`. Its supervisors stop the engines by themselves, but
 * that takes up to the grace period, and two engines must never open the same files.
 */
export async function stopLeftovers(runDirectory: string, graceMs: number): Promise<number> {
  const names = await readdir(runDirectory).catch(() => []);
  let stopped = 0;
  for (const name of names) {
    const file = join(runDirectory, name);
    const identity = processIdentity.safeParse(await readJson(file)).data;
    if (identity !== undefined && isRunning(identity)) {
      stopped += 1;
      const deadline = Date.now() + graceMs;
      while (isRunning(identity) && Date.now() < deadline) await sleep(50);
      if (isRunning(identity)) killGroup(identity.pid);
      while (isRunning(identity)) await sleep(20);
    }
    await rm(file, { force: true });
  }
  return stopped;
}

/** Keeps one earlier file, so that logs do not grow for ever. */
async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > ROTATE_BYTES) await rename(logFile, `${logFile}.1`);
}

async function remember(spec: ProcessSpec, pid: number): Promise<() => Promise<void>> {
  const identity = identify(pid);
  if (spec.runDirectory === undefined || identity === undefined) return () => Promise.resolve();
  const file = join(spec.runDirectory, `${pid}.json`);
  await mkdir(spec.runDirectory, { recursive: true });
  await writeFile(file, JSON.stringify(identity));
  return () => rm(file, { force: true });
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
