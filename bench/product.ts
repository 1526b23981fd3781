import type * as Classifier from '../src/adapters/classifier/index.js';
import type * as Lake from '../src/adapters/lake/index.js';
import type * as Mongo from '../src/adapters/mongo/index.js';
import type * as Nocodb from '../src/adapters/nocodb/index.js';
import type * as ObjectStore from '../src/adapters/object-store/index.js';
import type * as Staging from '../src/adapters/staging/ndjson.js';
import type * as Collection from '../src/client/collection.js';
import type * as Session from '../src/client/session.js';
import type * as Sample from '../src/devstack/sample/index.js';
import type * as Categorize from '../src/domain/categorize/threads.js';
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
    categorize: await load<typeof Categorize>('domain/categorize/threads.js'),
    pool: await load<typeof Pool>('workers/threads/pool.js'),
    session: await load<typeof Session>('client/session.js'),
    collection: await load<typeof Collection>('client/collection.js'),
    sample: await load<typeof Sample>('devstack/sample/index.js'),
  };
}
export type Product = Awaited<ReturnType<typeof loadProduct>>;
