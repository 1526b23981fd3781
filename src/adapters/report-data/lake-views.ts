import { CATEGORIES, CONVERSATIONS, MESSAGES, SCHEMA_VERSION } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { DayManifest } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import pLimit from 'p-limit';
import type { DuckDb } from '../lake/duckdb.js';
import { selectTable } from '../lake/table-sql.js';
import { overlaps, type Horizon } from './horizon.js';

/** Files fetched at once into the cache of a store over the network. */
const FETCHES_AT_ONCE = 8;

/** Makes the views that facts are made from; only the days that each needs are fetched. */
export async function createLakeViews(
  db: DuckDb,
  store: ObjectStore,
  manifests: readonly DayManifest[],
  horizon: Horizon,
  signal: AbortSignal,
): Promise<void> {
  const near = manifests.filter((manifest) => overlaps(manifest, horizon.from, horizon.to));
  const views: [name: string, table: AnyTable, days: readonly DayManifest[]][] = [
    ['history_conversations', CONVERSATIONS, manifests],
    ['conversations', CONVERSATIONS, near],
    ['messages', MESSAGES, near],
    ['categories', CATEGORIES, near],
  ];
  const limit = pLimit(FETCHES_AT_ONCE);
  for (const [name, table, days] of views) {
    const paths = await Promise.all(
      days.flatMap((day) => {
        const key = day.files[table.file]?.key;
        return key === undefined ? [] : [limit(() => store.localPath(key, signal))];
      }),
    );
    const isPresent = days.every(({ schema_version }) => schema_version === SCHEMA_VERSION);
    const select = await selectTable(
      db,
      table,
      paths.filter((path) => path !== null),
      isPresent ? { schemaVersion: SCHEMA_VERSION } : {},
    );
    await db.run(`CREATE VIEW ${name} AS ${select}`, signal);
  }
}
