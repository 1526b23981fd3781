import { MongoClient, type Collection, type Db } from 'mongodb';
import { CATEGORIES, CONVERSATIONS, MESSAGES, TRANSLATIONS } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { LabelledThread } from '../../domain/thread.js';
import type { Projection } from '../../ports/projection.js';
import { BULK_SIZE, writeNewest } from './bulk.js';
import { toDocument, type StoredDocument } from './documents.js';
import { toPipelineError } from './failures.js';
import { INDEXES } from './indexes.js';

/** Tables whose rows belong to a conversation and are replaced with it. */
const CHILDREN = [MESSAGES, CATEGORIES, TRANSLATIONS];

export interface MongoConfig {
  uri: string;
  database: string;
}

/** The lake's rows in MongoDB. Connects at first use; one client a process. */
export function createMongoProjection({ uri, database }: MongoConfig): Projection {
  const client = new MongoClient(uri, { ignoreUndefined: true });
  const where = `${client.options.hosts.map(String).join(',')}, database ${database}`;
  const db = client.db(database);
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (err) {
      throw toPipelineError(err, where);
    }
  };
  return {
    prepare: (signal) =>
      guarded(async () => {
        await client.connect();
        for (const [name, indexes] of Object.entries(INDEXES)) {
          signal.throwIfAborted();
          await db.collection(name).createIndexes(indexes);
        }
      }),
    write: (threads, signal, onProgress) => guarded(() => writeThreads(db, threads, signal, onProgress)),
    markDeleted: (rows, signal) =>
      guarded(async () => {
        for (const { conversation_key, fetched_at, deleted_at } of rows) {
          signal.throwIfAborted();
          const known = { _id: conversation_key, version: fetched_at };
          await markDeleted(collectionOf(db, CONVERSATIONS), known, new Date(deleted_at));
        }
      }),
    remove: (rows, signal) =>
      guarded(async () => {
        for (const { conversation_key, fetched_at } of rows) {
          signal.throwIfAborted();
          const version = { $lte: fetched_at };
          for (const table of CHILDREN)
            await collectionOf(db, table).deleteMany({ conversation_key, version });
          await collectionOf(db, CONVERSATIONS).deleteMany({ _id: conversation_key, version });
        }
      }),
    close: () => client.close(),
  };
}

/** NeoSQLite, of which NX-27017 is made, keeps a date that `$set` brings as text: there the whole document is put again. */
async function markDeleted(
  conversations: Collection<StoredDocument>,
  known: Pick<StoredDocument, '_id' | 'version'>,
  at: Date,
): Promise<void> {
  const { matchedCount } = await conversations.updateOne(known, { $set: { deleted_at: at } });
  const marked = matchedCount === 0 ? null : await conversations.findOne(known);
  if (marked === null || marked['deleted_at'] instanceof Date) return;
  await conversations.replaceOne(known, { ...marked, deleted_at: at });
}

/**
 * Conversations first: they decide which version counts. Then the children of those whose stored version is ours, then
 * children of older versions go. Writers of different versions may interleave, so at the end we look again: where a
 * newer version has come in meanwhile, what we wrote beneath it is removed (it may have done its own cleaning before
 * our last insert). A crash anywhere is healed by the retry, which finds its own version and goes on.
 */
async function writeThreads(
  db: Db,
  threads: LabelledThread[],
  signal: AbortSignal,
  onProgress: (() => void) | undefined,
): Promise<void> {
  const conversations = collectionOf(db, CONVERSATIONS);
  const step = (): void => {
    signal.throwIfAborted();
    onProgress?.();
  };
  const met = await writeNewest(
    conversations,
    documents(
      CONVERSATIONS,
      threads.map(({ conversation }) => conversation),
    ),
  );
  step();

  const versions = await storedVersions(conversations, threads);
  const ours = threads.filter(
    ({ conversation }) => versions.get(conversation.conversation_key) === conversation.fetched_at,
  );
  await writeNewest(
    collectionOf(db, MESSAGES),
    documents(
      MESSAGES,
      ours.flatMap(({ messages }) => messages),
    ),
  );
  step();
  await writeNewest(
    collectionOf(db, CATEGORIES),
    documents(
      CATEGORIES,
      ours.flatMap(({ categories }) => categories),
    ),
  );
  step();
  // Beneath a conversation that we were the first to write lies nothing older, unless a newer version came meanwhile.
  const now = await storedVersions(conversations, ours);
  for (const { conversation } of ours) {
    const key = conversation.conversation_key;
    if (!met.has(key) && now.get(key) === conversation.fetched_at) now.delete(key);
  }
  await removeOlderChildren(db, now);
}

/** Version of each conversation as stored. */
async function storedVersions(
  conversations: Collection<StoredDocument>,
  threads: LabelledThread[],
): Promise<Map<string, number>> {
  const versions = new Map<string, number>();
  for (const keys of slices(threads.map(({ conversation }) => conversation.conversation_key))) {
    const stored = conversations.find({ _id: { $in: keys } }, { projection: { version: 1 } });
    for await (const { _id, version } of stored) versions.set(_id, version);
  }
  return versions;
}

async function removeOlderChildren(db: Db, versions: Map<string, number>): Promise<void> {
  // A batch is read at once, so its conversations share few versions.
  const byVersion = new Map<number, string[]>();
  for (const [key, fetchedAt] of versions) {
    const keys = byVersion.get(fetchedAt);
    if (keys === undefined) byVersion.set(fetchedAt, [key]);
    else keys.push(key);
  }
  for (const [fetchedAt, all] of byVersion) {
    for (const keys of slices(all)) {
      const older = { conversation_key: { $in: keys }, version: { $lt: fetchedAt } };
      for (const table of CHILDREN) await collectionOf(db, table).deleteMany(older);
    }
  }
}

function collectionOf(db: Db, table: AnyTable): Collection<StoredDocument> {
  return db.collection<StoredDocument>(table.collection);
}

function documents(table: AnyTable, rows: readonly Record<string, unknown>[]): StoredDocument[] {
  return rows.map((row) => toDocument(table, row));
}

function* slices(keys: string[]): Generator<string[]> {
  for (let from = 0; from < keys.length; from += BULK_SIZE) yield keys.slice(from, from + BULK_SIZE);
}
