import type * as Sweep from '../src/activities/sweep.js';
import type * as Classifier from '../src/adapters/classifier/index.js';
import type * as Lake from '../src/adapters/lake/index.js';
import type * as Mongo from '../src/adapters/mongo/index.js';
import type * as Nocodb from '../src/adapters/nocodb/index.js';
import type * as ObjectStore from '../src/adapters/object-store/index.js';
import type * as Staging from '../src/adapters/staging/ndjson.js';
import type * as SweptRows from '../src/adapters/staging/swept-rows.js';
import type * as SweptThreads from '../src/adapters/staging/swept-threads.js';
import type * as Threads from '../src/adapters/staging/threads.js';
import type * as Collection from '../src/client/collection.js';
import type * as Connection from '../src/client/connection.js';
import type * as Session from '../src/client/session.js';
import type * as Provide from '../src/devstack/engines/provide.js';
import type * as Python from '../src/devstack/engines/python.js';
import type * as LockFile from '../src/devstack/lock-file.js';
import type * as Paths from '../src/devstack/paths.js';
import type * as Ports from '../src/devstack/ports.js';
import type * as RealNocodb from '../src/devstack/real-nocodb.js';
import type * as Sample from '../src/devstack/sample/index.js';
import type * as Stack from '../src/devstack/stack.js';
import type * as Supervisor from '../src/devstack/supervisor.js';
import type * as Labeller from '../src/workers/threads/labeller.js';
import type * as Pool from '../src/workers/threads/pool.js';

/**
 * The compiled product. Benchmarks measure what users run, `dist` with its threads and workflow bundle, and not a second
 * compilation of the sources; so modules are loaded from there, and only their types come from `src`.
 */
export async function load<T>(path: string): Promise<T> {
  const url = new URL(`../../dist/${path}`, import.meta.url);
  try {
    return (await import(url.href)) as T;
  } catch (cause) {
    throw new Error(`dist/${path} cannot be loaded: run \`npm run build\` first`, { cause });
  }
}

export async function loadProduct() {
  return {
    nocodb: await load<typeof Nocodb>('adapters/nocodb/index.js'),
    classifier: await load<typeof Classifier>('adapters/classifier/index.js'),
    lake: await load<typeof Lake>('adapters/lake/index.js'),
    mongo: await load<typeof Mongo>('adapters/mongo/index.js'),
    objectStore: await load<typeof ObjectStore>('adapters/object-store/index.js'),
    staging: await load<typeof Staging>('adapters/staging/ndjson.js'),
    swept: await load<typeof SweptRows>('adapters/staging/swept-rows.js'),
    sweptThreads: await load<typeof SweptThreads>('adapters/staging/swept-threads.js'),
    threads: await load<typeof Threads>('adapters/staging/threads.js'),
    sweep: await load<typeof Sweep>('activities/sweep.js'),
    labeller: await load<typeof Labeller>('workers/threads/labeller.js'),
    pool: await load<typeof Pool>('workers/threads/pool.js'),
    session: await load<typeof Session>('client/session.js'),
    collection: await load<typeof Collection>('client/collection.js'),
    connection: await load<typeof Connection>('client/connection.js'),
    sample: await load<typeof Sample>('devstack/sample/index.js'),
    devstack: {
      lockFile: await load<typeof LockFile>('devstack/lock-file.js'),
      paths: await load<typeof Paths>('devstack/paths.js'),
      ports: await load<typeof Ports>('devstack/ports.js'),
      provide: await load<typeof Provide>('devstack/engines/provide.js'),
      python: await load<typeof Python>('devstack/engines/python.js'),
      realNocodb: await load<typeof RealNocodb>('devstack/real-nocodb.js'),
      stack: await load<typeof Stack>('devstack/stack.js'),
      supervisor: await load<typeof Supervisor>('devstack/supervisor.js'),
    },
  };
}
export type Product = Awaited<ReturnType<typeof loadProduct>>;
