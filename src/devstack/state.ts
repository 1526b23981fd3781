import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { accepts } from './ports.js';
import { isRunning, processIdentity } from './process-identity.js';

/** What another terminal needs to use a running stack. The sample source's token opens only the sample. */
export const stackAddresses = z.object({
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string().optional() }),
  mongodb: z.object({ uri: z.string(), engine: z.enum(['mongod', 'nx-27017', 'external']) }).nullable(),
  lakeDir: z.string(),
  sample: z.object({ url: z.string(), token: z.string(), baseId: z.string() }).optional(),
  /** Environment of a worker or a command that is to use this stack. */
  env: z.record(z.string(), z.string()),
});
export type StackAddresses = z.infer<typeof stackAddresses>;

const devState = stackAddresses.extend({ process: processIdentity, startedAt: z.iso.datetime() });
export type DevState = z.infer<typeof devState>;

/** Every file and folder that the stack makes in its data directory: `resetStack` removes these and no others. */
export const STACK_FILES = {
  state: 'dev.json',
  lock: 'dev.lock',
  ports: 'ports.json',
  run: 'run',
  logs: 'logs',
  temporal: 'temporal',
  mongod: 'mongodb',
  nx: 'mongodb-nx',
  sample: 'sample',
  lake: 'lake',
} as const;

export async function writeDevState(dataDir: string, state: DevState): Promise<void> {
  await writeWhole(join(dataDir, STACK_FILES.state), JSON.stringify(state, null, 2));
}

export async function removeDevState(dataDir: string): Promise<void> {
  await rm(join(dataDir, STACK_FILES.state), { force: true });
}

/**
 * The stack that another process runs on this data directory; `undefined` if none does. A state file left behind by a
 * crash does not count: the process must be the one that wrote it, and its Temporal must accept connections.
 */
export async function findRunningDev(dataDir: string): Promise<DevState | undefined> {
  const text = await readFile(join(dataDir, STACK_FILES.state), 'utf8').catch(() => undefined);
  const state = text === undefined ? undefined : parseState(text);
  if (state === undefined || !isRunning(state.process)) return undefined;
  const [host, port] = splitAddress(state.temporal.address);
  return (await accepts(host, port)) ? state : undefined;
}

function parseState(text: string): DevState | undefined {
  try {
    return devState.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** `host:port` in its parts; IPv6 in brackets. */
export function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon).replace(/^\[|\]$/g, ''), Number(address.slice(colon + 1))];
}

const portsFile = z.record(z.string(), z.int().min(1).max(65_535));
export type Ports = z.infer<typeof portsFile>;

/** The ports of the last run, so that bookmarks of the Web UI and an exported address stay right. */
export function readPorts(dataDir: string): Ports {
  try {
    return portsFile.parse(JSON.parse(readFileSync(join(dataDir, STACK_FILES.ports), 'utf8')));
  } catch {
    return {};
  }
}

export async function writePorts(dataDir: string, ports: Ports): Promise<void> {
  await writeWhole(join(dataDir, STACK_FILES.ports), JSON.stringify(ports));
}

async function writeWhole(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
