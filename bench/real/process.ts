import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface Command {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** CPUs that it may use; default all. */
  cores?: number;
}

/** The command under `taskset`, where it may not use all CPUs. */
export function pinned({ command, args, cores }: Command): { command: string; args: string[] } {
  if (cores === undefined) return { command, args: [...args] };
  return { command: 'taskset', args: ['-c', cores === 1 ? '0' : `0-${cores - 1}`, command, ...args] };
}

/** Runs a command to its end. @returns its stdout and wall seconds, start of the interpreter included */
export async function runCommand(spec: Command): Promise<{ stdout: string; commandWall: number }> {
  const { command, args } = pinned(spec);
  const start = performance.now();
  const child = spawn(command, args, { env: spec.env, cwd: spec.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(exit ?? signal));
  });
  const stdout = Buffer.concat(out).toString('utf8');
  if (code !== 0) {
    const end = `${stdout}\n${Buffer.concat(err).toString('utf8')}`.trim().split('\n').slice(-12).join('\n');
    throw new Error(`${command} ${args.join(' ')} ended with ${code ?? 'nothing'}:\n${end}`);
  }
  return { stdout, commandWall: (performance.now() - start) / 1000 };
}

/** CPU seconds used so far by a process, all threads; null where there is no /proc. */
export function cpuSeconds(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

/** Highest resident memory of a process so far, megabytes; null where there is no /proc. */
export function peakRssMb(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}

/** Children of a process whose command line holds a text. */
export function childrenOf(parent: number, text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statFields(Number(name))?.[1]) === parent)
    .filter((name) => commandLine(name).includes(text))
    .map(Number);
}

/** USER_HZ: 100 on every Linux that Node runs on. */
const CLOCK_TICKS = 100;

/** Fields of /proc/<pid>/stat from the third on; the second, a name, may hold blanks. */
function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
