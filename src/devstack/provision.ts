import { pathToFileURL } from 'node:url';
import { provideMongo } from './engines/mongodb.js';
import { type Provided, type ProvideOptions } from './engines/provide.js';
import { providePyarrow } from './engines/pyarrow.js';
import { provideS3 } from './engines/s3.js';
import { provideTemporal } from './engines/temporal.js';
import { reasonOf } from './errors.js';
import { cacheDirectory } from './paths.js';

const PROVIDERS = {
  temporal: provideTemporal,
  mongodb: provideMongo,
  s3: provideS3,
  pyarrow: providePyarrow,
} as const;
export type EngineName = keyof typeof PROVIDERS;

export function isEngineName(name: string): name is EngineName {
  return name in PROVIDERS;
}

/** Finds or obtains one engine by name. */
export function provideEngine(name: EngineName, options: ProvideOptions): Promise<Provided> {
  return PROVIDERS[name](options);
}

/**
 * `node dist/devstack/provision.js [temporal] [mongodb] [s3] [pyarrow]` fills the cache ahead of time, for instance in an image
 * or a CI cache step. Progress on stderr; one JSON line an engine on stdout.
 */
async function main(names: readonly string[]): Promise<void> {
  const chosen = names.length === 0 ? Object.keys(PROVIDERS) : names;
  for (const name of chosen) {
    if (!isEngineName(name)) {
      throw new TypeError(`unknown engine ${name}; allowed: ${Object.keys(PROVIDERS).join(', ')}`);
    }
    const log = (line: string) => process.stderr.write(`${line}\n`);
    const engine = await provideEngine(name, { cacheDir: cacheDirectory(), log });
    process.stdout.write(`${JSON.stringify({ name, ...engine })}\n`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  });
}
