import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { downloadFile, type Download } from '../download.js';

const run = promisify(execFile);

/** Downloads a .tar.gz and unpacks it into `dir`, without the archive's own top folder if `strip` is 1. */
export async function downloadArchive(
  download: Omit<Download, 'target'>,
  dir: string,
  strip: 0 | 1,
): Promise<void> {
  const target = join(dir, '.archive.tar.gz');
  await mkdir(dir, { recursive: true });
  await downloadFile({ ...download, target });
  await run('tar', ['-xzf', target, '-C', dir, `--strip-components=${strip}`]);
  await rm(target);
}

/** `linux-x64`, `darwin-arm64`: the part of a cache key or table that names the platform. */
export const PLATFORM = `${process.platform}-${process.arch}`;
