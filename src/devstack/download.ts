import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { StackError, reasonOf } from './errors.js';
import { withProgress, type Log } from './log.js';

const PROBE_MS = 3_000;
const CONNECT_MS = 10_000;
/** No byte for this long ends a download: a blocked network must not look like a slow one. */
const STALL_MS = 30_000;
const MEGABYTE = 1_000_000;

/**
 * Whether the host of `url` answers HTTP at all within 3 s, through the proxy that HTTPS_PROXY names if any. Downloads
 * ask this first, because some clients try for many seconds where there is only a package registry.
 */
export async function reachable(url: string, timeoutMs = PROBE_MS): Promise<boolean> {
  const agent = new EnvHttpProxyAgent();
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      dispatcher: agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  } finally {
    await agent.destroy();
  }
}

export interface Download {
  /** For messages. */
  what: string;
  url: string;
  target: string;
  /** Hex; the download is refused if it does not match. */
  sha256: string;
  log: Log;
}

/** Downloads one file with progress and checks it. The caller gives a target in a folder that it removes on failure. */
export async function downloadFile({ what, url, target, sha256, log }: Download): Promise<void> {
  const { host } = new URL(url);
  if (!(await reachable(url))) throw new StackError(`${host} does not answer`);
  await withProgress(log, `${what}: downloading from ${host}`, async (note) => {
    const found = await fetchTo(url, target, note);
    if (found !== sha256) {
      throw new StackError(`${url} has SHA-256 ${found}, expected ${sha256}: not installed`);
    }
  });
}

/** A small text file, such as a published checksum. */
export async function fetchText(url: string): Promise<string> {
  const agent = new EnvHttpProxyAgent();
  try {
    const response = await fetch(url, { dispatcher: agent, signal: AbortSignal.timeout(CONNECT_MS) });
    if (!response.ok) throw new StackError(`${url} answered ${response.status}`);
    return await response.text();
  } catch (error) {
    throw error instanceof StackError ? error : new StackError(`${url}: ${reasonOf(error)}`);
  } finally {
    await agent.destroy();
  }
}

async function fetchTo(url: string, target: string, note: (detail: string) => void): Promise<string> {
  const agent = new EnvHttpProxyAgent({ connectTimeout: CONNECT_MS, bodyTimeout: STALL_MS });
  try {
    const response = await fetch(url, { dispatcher: agent });
    if (!response.ok || response.body === null) throw new StackError(`${url} answered ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    const hash = createHash('sha256');
    let bytes = 0;
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        const of = total > 0 ? ` of ${(total / MEGABYTE).toFixed(0)}` : '';
        note(`${(bytes / MEGABYTE).toFixed(0)}${of} MB`);
        done(null, chunk);
      },
    });
    await pipeline(response.body, counter, createWriteStream(target));
    return hash.digest('hex');
  } catch (error) {
    throw error instanceof StackError ? error : new StackError(`${url}: ${reasonOf(error)}`);
  } finally {
    await agent.destroy();
  }
}
