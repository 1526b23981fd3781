import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** A process that can be recognised later: a pid alone may meanwhile belong to another process. */
export const processIdentity = z.object({ pid: z.int().positive(), host: z.string(), birth: z.string() });
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of a running process of this machine; `undefined` if there is none with this pid. */
export function identify(pid: number): ProcessIdentity | undefined {
  const birth = process.platform === 'linux' ? linuxBirth(pid) : psBirth(pid);
  return birth === undefined ? undefined : { pid, host: hostname(), birth };
}

/** Whether exactly this process still runs. Always false for a process of another host. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return false;
  return identify(identity.pid)?.birth === identity.birth;
}

/** Boot id and start time in clock ticks since boot (proc(5), field 22 of stat). A zombie counts as ended. */
function linuxBirth(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
    return `${bootId()}/${ticks}`;
  } catch {
    return undefined;
  }
}

/** Start times count from boot, so that they mean something only together with it. Some sandboxes lack the file. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown-boot';
  }
}

function psBirth(pid: number): string | undefined {
  try {
    const args = ['-o', 'state=,lstart=', '-p', String(pid)];
    const line = execFileSync('ps', args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
