import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { asLakeError, isMissing } from './file-errors.js';

/** A cached object that nobody has asked for in this time is removed. */
const UNUSED_MS = 7 * 24 * 3_600_000;

/** Local copies of remote objects, named by key and ETag, so that a changed object is another file. */
export class ReadCache {
  private swept = false;

  /** @param dir may be shared by processes @param place what keys belong to, such as `s3://bucket/prefix` */
  constructor(
    private readonly dir: string,
    private readonly place: string,
  ) {}

  /** Path of the copy; `download` is called where there is none and writes to the path that it is given. */
  async path(key: string, etag: string, download: (path: string) => Promise<void>): Promise<string> {
    const name = createHash('sha256').update(`${this.place}\0${key}\0${etag}`).digest('hex');
    const path = join(this.dir, `${name}.${extension(key)}`);
    try {
      if (await this.touch(path)) return path;
      await this.sweep();
      const temp = join(this.dir, `${randomUUID()}.tmp`);
      try {
        await download(temp);
        await rename(temp, path);
      } finally {
        await rm(temp, { force: true });
      }
      return path;
    } catch (error) {
      throw asLakeError(error, this.dir);
    }
  }

  /** Marks a copy as used now; false where there is none. */
  private async touch(path: string): Promise<boolean> {
    const now = new Date();
    try {
      await utimes(path, now, now);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  private async sweep(): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    if (this.swept) return;
    this.swept = true;
    for (const name of await readdir(this.dir)) {
      const path = join(this.dir, name);
      const info = await stat(path).catch(() => null);
      if (info?.isFile() === true && Date.now() - info.mtimeMs > UNUSED_MS)
        await unlink(path).catch(() => undefined);
    }
  }
}

function extension(key: string): string {
  const match = /\.([a-z0-9]+)$/.exec(key);
  return match?.[1] ?? 'bin';
}
