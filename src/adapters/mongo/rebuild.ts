import { BSON, MongoClient, type Collection, type Db, type Filter } from 'mongodb';
import { CATEGORIES, CONVERSATIONS, MESSAGES, TRANSLATIONS } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import { BULK_SIZE, writeNewest } from './bulk.js';
import { toDocument, type StoredDocument } from './documents.js';
import { toPipelineError } from './failures.js';
import { INDEXES } from './indexes.js';
import type { MongoConfig } from './index.js';

const CHILDREN: readonly AnyTable[] = [MESSAGES, CATEGORIES, TRANSLATIONS];
/** Ids a command: well below the 16 MB that one may have. */
const SLICE = 5_000;

/** A document that is not as the lake has it, and that a collection may just have written. */
export interface Stray {
  collection: string;
  id: unknown;
  conversationKey: string | null;
  /** As it was seen: only that version is touched. */
  version: unknown;
  runId: string | null;
  /** The lake's document, which is older; absent: the lake has none. */
  replacement?: StoredDocument;
}

export interface Rows {
  table: AnyTable;
  rows: readonly Record<string, unknown>[];
}

/** Writes counted as documents. */
export interface Restored {
  added: number;
  replaced: number;
}

/** Makes the projection like the lake, without doing harm to what is being collected meanwhile. */
export interface ProjectionRebuild {
  /** Creates the indexes, which the look-ups below need. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Writes whole conversations: what is missing is added, what differs is replaced. A document of a newer version is
   * left alone and returned, and so is a child that the lake does not have.
   */
  restore(
    conversationKeys: readonly string[],
    tables: readonly Rows[],
    signal: AbortSignal,
  ): Promise<Restored & { strays: Stray[] }>;
  /**
   * Documents of conversations that `known` does not name.
   * @param started only conversations that started in this half-open range of epoch ms, and their children; absent: all
   */
  strangers(
    known: (conversationKey: string) => boolean,
    started: { from: number; to: number } | null,
    signal: AbortSignal,
  ): Promise<Stray[]>;
  /** Removes strays, or puts the lake's document in their place, unless they have changed since they were seen. */
  settle(strays: readonly Stray[], signal: AbortSignal): Promise<{ removed: number; replaced: number }>;
  close(): Promise<void>;
}

export function createProjectionRebuild({ uri, database }: MongoConfig): ProjectionRebuild {
  const client = new MongoClient(uri, { ignoreUndefined: true });
  const where = `${client.options.hosts.map(String).join(',')}, database ${database}`;
  const db = client.db(database);
  const guarded = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (err) {
      signal.throwIfAborted();
      throw toPipelineError(err, where);
    }
  };
  return {
    prepare: (signal) =>
      guarded(signal, async () => {
        await client.connect();
        for (const [name, indexes] of Object.entries(INDEXES))
          await db.collection(name).createIndexes(indexes);
      }),
    restore: (keys, tables, signal) => guarded(signal, () => restore(db, keys, tables, signal)),
    strangers: (known, started, signal) => guarded(signal, () => strangers(db, known, started, signal)),
    settle: (strays, signal) => guarded(signal, () => settle(db, strays, signal)),
    close: () => client.close(),
  };
}

async function restore(
  db: Db,
  keys: readonly string[],
  tables: readonly Rows[],
  signal: AbortSignal,
): Promise<Restored & { strays: Stray[] }> {
  const total: Restored & { strays: Stray[] } = { added: 0, replaced: 0, strays: [] };
  for (const { table, rows } of tables) {
    const collection = db.collection<StoredDocument>(table.collection);
    const wanted = rows.map((row) => toDocument(table, row));
    for (const part of slices(wanted, BULK_SIZE)) {
      signal.throwIfAborted();
      const { added, replaced, strays } = await restorePart(collection, part);
      total.added += added;
      total.replaced += replaced;
      total.strays.push(...strays);
    }
    if (table.collection === CONVERSATIONS.collection) continue;
    const ids = new Set<unknown>(wanted.map(({ _id }) => _id));
    const under = await glimpses(collection, { conversation_key: { $in: [...keys] } });
    total.strays.push(...under.filter(({ id }) => !ids.has(id)));
  }
  return total;
}

async function restorePart(
  collection: Collection<StoredDocument>,
  wanted: readonly StoredDocument[],
): Promise<Restored & { strays: Stray[] }> {
  const stored = new Map<string, StoredDocument>();
  const found = collection.find({ _id: { $in: wanted.map(({ _id }) => _id) } });
  for await (const document of found) stored.set(document._id, document);

  const missing = wanted.filter(({ _id }) => !stored.has(_id));
  // By the rule of all writers: whoever came in between with a newer version stays.
  await writeNewest(collection, [...missing]);
  const result: Restored & { strays: Stray[] } = { added: missing.length, replaced: 0, strays: [] };
  const stale: { document: StoredDocument; seen: unknown }[] = [];
  for (const document of wanted) {
    const there = stored.get(document._id);
    if (there === undefined || same(there, document)) continue;
    const seen = there.version as unknown;
    if (typeof seen === 'number' && seen > document.version) {
      result.strays.push({ ...glimpse(collection.collectionName, there), replacement: document });
    } else stale.push({ document, seen });
  }
  if (stale.length > 0) {
    const { matchedCount } = await collection.bulkWrite(
      stale.map(({ document, seen }) => ({
        replaceOne: { filter: seenFilter(document._id, seen), replacement: document },
      })),
      { ordered: false },
    );
    result.replaced = matchedCount;
  }
  return result;
}

function same(a: StoredDocument, b: StoredDocument): boolean {
  return Buffer.compare(BSON.serialize(a), BSON.serialize(b)) === 0;
}

async function strangers(
  db: Db,
  known: (key: string) => boolean,
  started: { from: number; to: number } | null,
  signal: AbortSignal,
): Promise<Stray[]> {
  const isKnown = ({ conversationKey }: Stray) => conversationKey !== null && known(conversationKey);
  const conversations = db.collection<StoredDocument>(CONVERSATIONS.collection);
  const inRange =
    started === null ? {} : { started_at: { $gte: new Date(started.from), $lt: new Date(started.to) } };
  const found = (await glimpses(conversations, inRange, signal)).filter((stray) => !isKnown(stray));
  const keys = found.map(({ conversationKey }) => conversationKey).filter((key) => key !== null);
  for (const table of CHILDREN) {
    const collection = db.collection<StoredDocument>(table.collection);
    if (started === null) {
      found.push(...(await glimpses(collection, {}, signal)).filter((stray) => !isKnown(stray)));
      continue;
    }
    for (const part of slices(keys, SLICE)) {
      found.push(...(await glimpses(collection, { conversation_key: { $in: part } }, signal)));
    }
  }
  return found;
}

async function settle(
  db: Db,
  strays: readonly Stray[],
  signal: AbortSignal,
): Promise<{ removed: number; replaced: number }> {
  const result = { removed: 0, replaced: 0 };
  const byCollection = new Map<string, Stray[]>();
  for (const stray of strays) {
    const list = byCollection.get(stray.collection);
    if (list === undefined) byCollection.set(stray.collection, [stray]);
    else list.push(stray);
  }
  for (const [name, list] of byCollection) {
    for (const part of slices(list, BULK_SIZE)) {
      signal.throwIfAborted();
      const { deletedCount, matchedCount } = await db.collection<StoredDocument>(name).bulkWrite(
        part.map(({ id, version, replacement }) =>
          replacement === undefined
            ? { deleteOne: { filter: seenFilter(id, version) } }
            : { replaceOne: { filter: seenFilter(id, version), replacement } },
        ),
        { ordered: false },
      );
      result.removed += deletedCount;
      result.replaced += matchedCount;
    }
  }
  return result;
}

/** A document as it was seen; null stands for a version that is absent, too. */
function seenFilter(id: unknown, version: unknown): Filter<StoredDocument> {
  return { _id: id, version: version ?? null } as Filter<StoredDocument>;
}

/** What matters of each document that a filter finds. */
async function glimpses(
  collection: Collection<StoredDocument>,
  filter: Filter<StoredDocument>,
  signal?: AbortSignal,
): Promise<Stray[]> {
  const found: Stray[] = [];
  const cursor = collection.find(filter, { projection: { version: 1, run_id: 1, conversation_key: 1 } });
  for await (const document of cursor) {
    signal?.throwIfAborted();
    found.push(glimpse(collection.collectionName, document));
  }
  return found;
}

function glimpse(collection: string, document: Record<string, unknown>): Stray {
  const { _id, version, run_id, conversation_key } = document;
  return {
    collection,
    id: _id,
    version,
    runId: typeof run_id === 'string' ? run_id : null,
    conversationKey: typeof conversation_key === 'string' ? conversation_key : null,
  };
}

function* slices<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
