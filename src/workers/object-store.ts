import { createFileObjectStore, createS3ObjectStore } from '../adapters/object-store/index.js';
import type { Config } from '../config.js';
import type { ObjectStore } from '../ports/object-store.js';

/** The object store that the configuration names: the lake's home. */
export function createObjectStore(config: Pick<Config, 'lake'>): ObjectStore {
  const { dir, s3 } = config.lake;
  return s3 === null ? createFileObjectStore(dir) : createS3ObjectStore({ ...s3, cacheDir: dir });
}
