import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '../errors.js';
import { withProgress, type Log } from '../log.js';
import { engineFile } from '../paths.js';
import { runToEnd } from '../supervisor.js';
import { which } from './provide.js';

const BUILD_LIMIT_MS = 30 * 60_000;

export interface GoBuild {
  /** For messages. */
  what: string;
  /** Folder under `engines/` with go.mod and go.sum: versions and checksums of every module. */
  module: string;
  /** Import path of the program. */
  program: string;
  /** Linker name and value of the version that the program prints; its releases set it in this way. */
  version: readonly [symbol: string, value: string];
  output: string;
}

/**
 * Builds a Go program from modules whose checksums are all in the committed go.sum, so that it needs a module proxy
 * but no checksum database. Pure Go (no C compiler).
 */
export async function goBuild(
  { what, module, program, version, output }: GoBuild,
  dir: string,
  log: Log,
  logFile: string,
): Promise<void> {
  const go = await which('go');
  if (go === undefined) throw new StackError('needs Go 1.21 or newer, and there is no go on PATH');
  const source = join(dir, 'src');
  await mkdir(source, { recursive: true });
  for (const file of ['go.mod', 'go.sum']) {
    await copyFile(engineFile(`${module}/${file}`), join(source, file));
  }
  log(`${what}: takes some minutes on a small machine, once. Log: ${logFile}`);
  await withProgress(log, `${what}: building with Go`, () =>
    runToEnd(
      {
        name: 'go build',
        command: go,
        args: [
          'build',
          '-mod=readonly',
          '-buildvcs=false',
          '-trimpath',
          `-ldflags=-s -w -X ${version.join('=')}`,
          '-o',
          join(dir, output),
          program,
        ],
        cwd: source,
        logFile,
        // The user's own proxy settings (GOPROXY, HTTPS_PROXY …) must reach it.
        env: { ...process.env, GOWORK: 'off', CGO_ENABLED: '0' },
      },
      BUILD_LIMIT_MS,
    ),
  );
}
