import { randomUUID } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  PreconditionFailed,
  type ByteRange,
  type ObjectInfo,
  type ObjectStore,
  type PutOptions,
} from '../../ports/object-store.js';
import { asLakeError, errorCode, isMissing } from './file-errors.js';
import { checkKey } from './keys.js';

/** Files that a killed process left half-written, and outrun claims, are removed after this long. */
const LEFTOVER_MS = 24 * 3_600_000;
const TEMP = '.tmp';
const CLAIMS = '.claims';

/**
 * Object store in a directory, safe for several processes at once. Objects are immutable files: a put writes a new
 * file aside and renames it, so a reader sees the old object or the new one, whole.
 *
 * `ifAbsent` is link(2), which fails where the name exists. `ifMatch E` claims to be the successor of E: the new
 * content is linked as `.claims/<key>/<E>`, which only one writer can do, and that link *is* the write; renaming it
 * over the key comes after. Whoever meets a key whose successor exists completes the rename, so a writer killed in
 * between blocks nobody, and no lock can go stale. A key must be written conditionally always, or never.
 */
export function createFileObjectStore(directory: string): ObjectStore {
  return new FileObjectStore(resolve(directory));
}

class FileObjectStore implements ObjectStore {
  private leftoversSwept = false;

  constructor(readonly location: string) {}

  async get(
    key: string,
    signal?: AbortSignal,
    range?: ByteRange,
  ): Promise<{ body: Uint8Array; etag: string } | null> {
    return this.guard(signal, async () => {
      for (;;) {
        const file = await open(this.path(key), constants.O_RDONLY).catch(nullIfMissing);
        if (file === null) return null;
        try {
          const info = await file.stat({ bigint: true });
          if (!info.isFile()) return null;
          const etag = etagOf(info);
          if (await this.promoteSuccessor(key, etag)) continue;
          return {
            body: range === undefined ? await file.readFile() : await readPart(file, range, key),
            etag,
          };
        } finally {
          await file.close();
        }
      }
    });
  }

  async put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<{ etag: string }> {
    return this.guard(options.signal, () =>
      this.publish(key, options, async (temp) => {
        const file = await open(temp, 'wx');
        try {
          await file.writeFile(body);
          await file.sync();
        } finally {
          await file.close();
        }
      }),
    );
  }

  async putFile(key: string, path: string, options: PutOptions = {}): Promise<{ etag: string }> {
    return this.guard(options.signal, () =>
      this.publish(key, options, async (temp) => {
        await copyFile(path, temp, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
        await syncPath(temp);
      }),
    );
  }

  async localPath(key: string, signal?: AbortSignal): Promise<string | null> {
    return this.guard(signal, async () => ((await this.settle(key)) === null ? null : this.path(key)));
  }

  async copy(from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.guard(signal, async () => {
      await this.settle(from);
      await this.publish(to, {}, (temp) => linkOrCopy(this.path(from), temp));
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    yield* this.walk(folder, prefix, signal);
  }

  async delete(keys: string[], signal?: AbortSignal): Promise<void> {
    await this.guard(signal, async () => {
      for (const key of keys) {
        signal?.throwIfAborted();
        const path = this.path(key);
        await unlink(path).catch(nullIfMissing);
        await rm(this.claims(key), { recursive: true, force: true });
        await this.removeEmptyFolders(dirname(path));
      }
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private path(key: string): string {
    checkKey(key);
    return join(this.location, key);
  }

  private claims(key: string): string {
    return join(this.location, CLAIMS, key);
  }

  /** Writes an object aside by `write`, then makes it visible under the key as the options demand. */
  private async publish(
    key: string,
    { ifMatch, ifAbsent, signal }: PutOptions,
    write: (temp: string) => Promise<void>,
  ): Promise<{ etag: string }> {
    const path = this.path(key);
    await this.sweepLeftovers();
    const temp = join(this.location, TEMP, randomUUID());
    try {
      await inFolder(temp, () => write(temp));
      signal?.throwIfAborted();
      const etag = etagOf(await stat(temp, { bigint: true }));
      if (ifMatch !== undefined) await this.succeed(key, ifMatch, temp);
      else if (ifAbsent === true) await inFolder(path, () => linkExclusive(temp, path, key));
      else await inFolder(path, () => rename(temp, path));
      await syncPath(dirname(path)).catch(nullIfMissing);
      return { etag };
    } finally {
      // Also after a rename: between two names of one file rename(2) does nothing and keeps both.
      await unlink(temp).catch(nullIfMissing);
    }
  }

  /** Makes `temp` the successor of the object with ETag `etag`; throws where that is not the current one. */
  private async succeed(key: string, etag: string, temp: string): Promise<void> {
    if ((await this.settle(key)) !== etag) throw new PreconditionFailed(`${key} has changed`);
    const claim = join(this.claims(key), etag);
    await inFolder(claim, () => linkExclusive(temp, claim, key));
    await syncPath(dirname(claim));
    await this.settle(key);
    await this.forgetOldClaims(key, etag);
  }

  /** Follows the key to its newest successor. Returns its ETag, null where there is no object. */
  private async settle(key: string): Promise<string | null> {
    for (;;) {
      const info = await stat(this.path(key), { bigint: true }).catch(nullIfMissing);
      if (info?.isFile() !== true) return null;
      const etag = etagOf(info);
      if (!(await this.promoteSuccessor(key, etag))) return etag;
    }
  }

  /** Renames the successor of `etag`, if there is one, over the key. */
  private async promoteSuccessor(key: string, etag: string): Promise<boolean> {
    const temp = join(this.location, TEMP, randomUUID());
    try {
      await link(join(this.claims(key), etag), temp);
    } catch (error) {
      if (isMissing(error) || errorCode(error) === 'ENOTDIR') return false;
      throw error;
    }
    await rename(temp, this.path(key));
    await unlink(temp).catch(nullIfMissing);
    return true;
  }

  private async forgetOldClaims(key: string, keep: string): Promise<void> {
    const folder = this.claims(key);
    for (const name of await readdir(folder)) {
      const info = name === keep ? null : await stat(join(folder, name)).catch(nullIfMissing);
      if (info !== null && Date.now() - info.mtimeMs > LEFTOVER_MS) {
        await unlink(join(folder, name)).catch(nullIfMissing);
      }
    }
  }

  private async *walk(folder: string, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
    const entries = await this.guard(signal, () =>
      readdir(join(this.location, folder), { withFileTypes: true }).catch(nullIfNoFolder),
    );
    for (const entry of (entries ?? []).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const key = folder + entry.name;
      if (folder === '' && entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`))
          yield* this.walk(`${key}/`, prefix, signal);
      } else if (key.startsWith(prefix)) {
        const info = await this.guard(signal, () =>
          stat(join(this.location, key), { bigint: true }).catch(nullIfMissing),
        );
        if (info !== null) {
          yield { key, size: Number(info.size), etag: etagOf(info), modifiedAt: Number(info.mtimeMs) };
        }
      }
    }
  }

  private async removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at.startsWith(this.location) && at !== this.location; at = dirname(at)) {
      const removed = await rmdir(at).then(
        () => true,
        () => false,
      );
      if (!removed) return;
    }
  }

  private async sweepLeftovers(): Promise<void> {
    if (this.leftoversSwept) return;
    this.leftoversSwept = true;
    const folder = join(this.location, TEMP);
    for (const name of (await readdir(folder).catch(nullIfNoFolder)) ?? []) {
      const info = await stat(join(folder, name)).catch(nullIfMissing);
      // ctime: a linked object keeps the mtime of its first writing.
      if (info !== null && Date.now() - info.ctimeMs > LEFTOVER_MS) {
        await unlink(join(folder, name)).catch(nullIfMissing);
      }
    }
  }

  private async guard<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      throw asLakeError(error, this.location);
    }
  }
}

async function readPart(file: FileHandle, { offset, length }: ByteRange, key: string): Promise<Uint8Array> {
  const body = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(body, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw new RangeError(`${key} has no ${length} bytes from ${offset} on`);
    filled += bytesRead;
  }
  return body;
}

/** Identity of a file that is never changed in place; the same for all hard links to it. */
function etagOf(info: BigIntStats): string {
  return `${info.ino.toString(36)}-${info.size.toString(36)}-${info.mtimeNs.toString(36)}`;
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

function nullIfNoFolder(error: unknown): null {
  if (isMissing(error) || errorCode(error) === 'ENOTDIR') return null;
  throw error;
}

/** Runs `work`, which needs the folder of `path`; makes it, again where a delete beside us has just removed it. */
async function inFolder(path: string, work: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isMissing(error) || attempt === 5) throw error;
      await mkdir(dirname(path), { recursive: true });
    }
  }
}

async function linkExclusive(from: string, to: string, key: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new PreconditionFailed(`${key} has been written by another writer`);
    throw error;
  }
}

/** Hard link; a copy where the file system has none, or allows no more of them. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error) ?? '')) throw error;
    await copyFile(from, to);
  }
}

/** fsync of a file or folder; folders cannot be synced everywhere, and there it is not needed. */
async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'EBADF', 'EPERM', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
