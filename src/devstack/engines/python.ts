import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StackError } from '../errors.js';
import { runToEnd } from '../supervisor.js';
import { which } from './provide.js';

const INSTALL_LIMIT_MS = 5 * 60_000;
const run = promisify(execFile);

/**
 * A virtual environment with packages from the Python package index, wheels only.
 * @param requirements arguments of `pip install`
 */
export async function installPython(
  dir: string,
  requirements: readonly string[],
  { logFile, note }: { logFile: string; note: (step: string) => void },
): Promise<void> {
  const python = await findPython();
  const spec = { logFile, env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1' } };
  note('making a virtual environment');
  await runToEnd(
    { ...spec, name: 'python3 -m venv', command: python, args: ['-m', 'venv', dir] },
    INSTALL_LIMIT_MS,
  );
  note('pip install');
  await runToEnd(
    {
      ...spec,
      name: 'pip install',
      command: join(dir, 'bin', 'python'),
      args: ['-m', 'pip', 'install', '--only-binary=:all:', ...requirements],
    },
    INSTALL_LIMIT_MS,
  );
}

async function findPython(): Promise<string> {
  for (const name of ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const file = await which(name);
    if (file === undefined) continue;
    const check = 'import sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 15))';
    const fits = await run(file, ['-c', check]).then(
      () => true,
      () => false,
    );
    if (fits) return file;
  }
  throw new StackError('needs Python 3.10 to 3.14 with the venv module, and none is on PATH');
}
