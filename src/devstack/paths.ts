import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where engines are kept once obtained: `CONVERSATION_ANALYTICS_CACHE`, else `$XDG_CACHE_HOME/conversation-analytics`,
 * else `~/.cache/conversation-analytics`. Shared by every clone of the project; safe to delete at any time.
 */
export function cacheDirectory(env: Environment = process.env): string {
  const own = env['CONVERSATION_ANALYTICS_CACHE'];
  if (own !== undefined && own !== '') return resolve(own);
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG specification says that a relative path is to be ignored.
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  return join(base, 'conversation-analytics');
}

/**
 * Where the stack keeps its data: `CONVERSATION_ANALYTICS_DATA`, else `.data` in the current directory, so that the
 * data lie next to the project they belong to and go with it.
 */
export function dataDirectory(env: Environment = process.env, cwd = process.cwd()): string {
  const own = env['CONVERSATION_ANALYTICS_DATA'];
  return resolve(cwd, own === undefined || own === '' ? '.data' : own);
}

/** Absolute path of a file in the package's `engines/` folder (module files with checksums). */
export function engineFile(relative: string): string {
  return fileURLToPath(new URL(`../../engines/${relative}`, import.meta.url));
}
