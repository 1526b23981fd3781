import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Product } from '../product.js';
import type { Base } from './base.js';
import type { Sample } from './measurement.js';
import { runCommand } from './process.js';

const FOLDER = fileURLToPath(new URL('../../../bench/peers/', import.meta.url));
const REQUIREMENTS = join(FOLDER, 'requirements.txt');

/** A Python with what the peers need, in the cache. @throws StackError with the reason where it cannot be had */
export async function providePeers(
  { devstack }: Product,
  cacheDir: string,
  log: (line: string) => void,
): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 10);
  const dir = join(cacheDir, 'bench', `peers-${hash}`);
  const complete = join(dir, 'complete');
  if (!existsSync(complete)) {
    await rm(dir, { recursive: true, force: true });
    await devstack.python.installPython(dir, ['--requirement', REQUIREMENTS], {
      logFile: `${dir}.log`,
      note: (step) => log(`Peers: ${step}`),
    });
    await writeFile(complete, '');
  }
  return join(dir, 'bin', 'python');
}

/** Runs one of the scripts in bench/peers; its clock leaves out interpreter and imports. */
export async function runPeer(python: string, script: string, base: Base, scratch: string): Promise<Sample> {
  const { stdout, commandWall } = await runCommand({
    command: python,
    args: [join(FOLDER, script), join(scratch, 'out')],
    cwd: scratch,
    env: {
      PATH: process.env['PATH'],
      HOME: scratch,
      PYTHONDONTWRITEBYTECODE: '1',
      NOCODB_BASE_URL: base.url,
      NOCODB_API_TOKEN: base.token,
      CONVERSATIONS_TABLE: base.tables.conversations,
      MESSAGES_TABLE: base.tables.messages,
    },
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const { wall, cpu, rows, peakRssMb } = JSON.parse(last) as Record<
    'wall' | 'cpu' | 'rows' | 'peakRssMb',
    number
  >;
  const expected = base.rows.conversations + base.rows.messages;
  if (rows !== expected) throw new Error(`${script} read ${rows} rows of ${expected}`);
  return { wall, commandWall, cpu, messages: base.rows.messages, peakRssMb };
}
