import { join } from 'node:path';

import {
  loadConfig,
  mergedEnvironment,
  resolveTemporal,
  type Config,
  type TemporalTarget,
} from '../config.js';
import { dataDirectory } from '../devstack/paths.js';
import { findRunningDev, STACK_FILES, type DevState } from '../devstack/state.js';
import type { Io } from './globals.js';

/** What the environment, or a running `dev`, names; for commands that look and start nothing. */
export interface Surroundings {
  config: Config;
  /** `address` null: none is named, and no `dev` runs. */
  temporal: TemporalTarget;
  /** The stack that runs on this data directory, where the environment names no Temporal. */
  dev: DevState | undefined;
  dataDir: string;
}

/**
 * Finds what a collection started now would use: a Temporal of the environment with its settings, else a running
 * `dev`, else the data that earlier embedded stacks have left.
 */
export async function findSurroundings(io: Pick<Io, 'env'>): Promise<Surroundings> {
  const env = mergedEnvironment({ env: io.env });
  const temporal = resolveTemporal({ env });
  const dataDir = dataDirectory(env);
  const dev = temporal.address === null ? await findRunningDev(dataDir) : undefined;
  const named = loadConfig({ env: { ...env, ...dev?.env }, dotenvPath: null });
  const config = temporal.address === null ? withEmbeddedLake(named, dataDir) : named;
  if (dev === undefined) return { config, temporal, dev, dataDir };
  const { address, namespace } = dev.temporal;
  return { config, temporal: { address, namespace, connectionOptions: { address } }, dev, dataDir };
}

/** The embedded stack keeps its lake in its data directory, unless a directory or S3 is named. */
export function withEmbeddedLake(config: Config, dataDir: string): Config {
  if (config.origins.LAKE_DIR !== 'default' || config.lake.s3 !== null) return config;
  return { ...config, lake: { ...config.lake, dir: join(dataDir, STACK_FILES.lake) } };
}

/** Where the lake lies, for people. */
export function lakeLocation({ lake }: Pick<Config, 'lake'>): string {
  if (lake.s3 === null) return lake.dir;
  return `s3://${lake.s3.bucket}${lake.s3.prefix === '' ? '' : `/${lake.s3.prefix}`}`;
}
