import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, processIdentity, type ProcessIdentity } from './process-identity.js';

const HEARTBEAT_MS = 10_000;
/** A holder on another host (a shared home directory) can be judged only by its heartbeat. */
const FOREIGN_STALE_MS = 60_000;
/** A half-written or foreign file that never gets a heartbeat; also the steal guard below, held for milliseconds. */
const UNREADABLE_STALE_MS = 15_000;

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock file if it is free or its holder has ended; otherwise returns the holder. The file appears whole, by
 * a hard link, so nobody ever reads half of it.
 */
export async function tryLock(path: string): Promise<Lock | { heldBy: ProcessIdentity | undefined }> {
  await mkdir(dirname(path), { recursive: true });
  const own = identify(process.pid) ?? { pid: process.pid, host: hostname(), birth: '' };
  const content = JSON.stringify({ ...own, token: randomUUID() });
  if (!(await createWhole(path, content)) && !(await steal(path, content))) {
    return { heldBy: (await holderOf(path))?.identity };
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    async release() {
      clearInterval(heartbeat);
      // Only ours: after a long suspension another process may have taken the lock over.
      if ((await readText(path)) === content) await rm(path, { force: true });
    },
  };
}

/** Waits for the lock, runs the task, and releases it. `onWait` is told once who holds it. */
export async function withLock<T>(
  path: string,
  task: () => Promise<T>,
  onWait: (holder: ProcessIdentity | undefined) => void = () => undefined,
): Promise<T> {
  for (let waited = false; ; waited = true) {
    const lock = await tryLock(path);
    if ('release' in lock) {
      try {
        return await task();
      } finally {
        await lock.release();
      }
    }
    if (!waited) onWait(lock.heldBy);
    await sleep(250);
  }
}

async function createWhole(path: string, content: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Replaces a stale lock. A second lock, held for milliseconds, keeps two stealers from both succeeding. */
async function steal(path: string, content: string): Promise<boolean> {
  if (!(await isStale(path))) return false;
  const guard = `${path}.steal`;
  if (!(await createWhole(guard, content))) {
    if ((await ageOf(guard)) > UNREADABLE_STALE_MS) await rm(guard, { force: true });
    return false;
  }
  try {
    if (!(await isStale(path))) return false;
    await rm(path, { force: true });
    return await createWhole(path, content);
  } finally {
    await rm(guard, { force: true });
  }
}

async function isStale(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  if (holder === undefined) return false;
  if (holder.identity === undefined) return holder.ageMs > UNREADABLE_STALE_MS;
  if (holder.identity.host !== hostname()) return holder.ageMs > FOREIGN_STALE_MS;
  return !isRunning(holder.identity);
}

async function holderOf(
  path: string,
): Promise<{ identity: ProcessIdentity | undefined; ageMs: number } | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  return { identity: parseIdentity(text), ageMs: await ageOf(path) };
}

function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    return processIdentity.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

async function ageOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
}
