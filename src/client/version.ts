import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { MONGOD_VERSION, NX_VERSION, TEMPORAL_CLI_VERSION } from '../devstack/engines/pins.js';

const require = createRequire(import.meta.url);
const UNKNOWN = 'unknown';

/** Version of this package. */
export function packageVersion(): string {
  return versionIn(new URL('../../package.json', import.meta.url));
}

/** What `--version` prints: the package first, then everything whose version can matter to a fault. */
export function versionLines(): string[] {
  return [
    `conversation-analytics ${packageVersion()}`,
    `Node ${process.versions.node} (${process.platform} ${process.arch})`,
    `Temporal SDK ${installed('@temporalio/client')}`,
    `DuckDB ${installed('@duckdb/node-api')}`,
    `MongoDB driver ${installed('mongodb')}`,
    `model ${modelVersion()}`,
    `embedded: Temporal CLI ${TEMPORAL_CLI_VERSION}, mongod ${MONGOD_VERSION}, else NX-27017 ${NX_VERSION}`,
  ];
}

/** Version of the model that is shipped, without reading its weights. */
function modelVersion(): string {
  return versionIn(new URL('../../models/default/model.json', import.meta.url));
}

/** Version of a dependency; its package.json is often no entry that may be imported. */
function installed(name: string): string {
  const folder = require.resolve
    .paths(name)
    ?.map((path) => join(path, name))
    .find((path) => existsSync(join(path, 'package.json')));
  return folder === undefined ? 'not installed' : versionIn(join(folder, 'package.json'));
}

function versionIn(file: string | URL): string {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
