import { MongoBulkWriteError, type Collection, type WriteError } from 'mongodb';
import { PipelineError } from '../../domain/errors.js';
import type { StoredDocument } from './documents.js';

const DUPLICATE_KEY = 11_000;
/** Documents a command: far below the server's 100,000, small enough that a slow server answers within seconds. */
export const BULK_SIZE = 1_000;
/** Characters of text a command, well below the 48 MB that a message may hold. */
const BULK_CHARS = 8_000_000;

/** Rounds after which writers that overtake each other give up; the activity is then tried again. */
const MAX_ROUNDS = 10;

/**
 * Writes documents so that a newer version wins: an unordered insert, then a guarded replacement of those that were
 * there. Without upsert: a first load is pure inserts, and servers disagree about upserts with an operator beside
 * `_id`. Between the two, another writer may remove the document that was in the way, and the replacement meets
 * nothing: such documents go round again.
 * @returns the ids that were there before, whatever their version
 */
export async function writeNewest(
  collection: Collection<StoredDocument>,
  documents: StoredDocument[],
): Promise<Set<string>> {
  const met = new Set<string>();
  for (const chunk of chunks(documents)) {
    let left = chunk;
    for (let round = 0; left.length > 0; round++) {
      if (round === MAX_ROUNDS)
        throw new PipelineError(
          'MongoUnavailable',
          `${collection.collectionName}: others keep writing the same rows`,
        );
      const existing = await insert(collection, left);
      for (const { _id } of existing) met.add(_id);
      left =
        existing.length === 0 || (await replaceOlder(collection, existing))
          ? []
          : await notAsNew(collection, existing);
    }
  }
  return met;
}

/** True where every document met an older one. */
async function replaceOlder(
  collection: Collection<StoredDocument>,
  documents: StoredDocument[],
): Promise<boolean> {
  const { matchedCount } = await collection.bulkWrite(
    documents.map((document) => ({
      replaceOne: {
        filter: { _id: document._id, version: { $lt: document.version } },
        replacement: document,
      },
    })),
    { ordered: false },
  );
  return matchedCount === documents.length;
}

/** The documents whose stored version is older than ours, or gone. */
async function notAsNew(
  collection: Collection<StoredDocument>,
  documents: StoredDocument[],
): Promise<StoredDocument[]> {
  const stored = new Map<string, number>();
  const found = collection.find(
    { _id: { $in: documents.map(({ _id }) => _id) } },
    { projection: { version: 1 } },
  );
  for await (const { _id, version } of found) stored.set(_id, version);
  return documents.filter(({ _id, version }) => (stored.get(_id) ?? -1) < version);
}

/** Inserts what is not there; returns what is. */
async function insert(
  collection: Collection<StoredDocument>,
  documents: StoredDocument[],
): Promise<StoredDocument[]> {
  try {
    await collection.insertMany(documents, { ordered: false });
    return [];
  } catch (err) {
    if (!(err instanceof MongoBulkWriteError)) throw err;
    const errors = (Array.isArray(err.writeErrors) ? err.writeErrors : [err.writeErrors]) as WriteError[];
    if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw err;
    return errors.flatMap(({ index }) => documents[index] ?? []);
  }
}

function* chunks(documents: StoredDocument[]): Generator<StoredDocument[]> {
  let chunk: StoredDocument[] = [];
  let chars = 0;
  for (const document of documents) {
    const size = textLength(document);
    if (chunk.length > 0 && (chunk.length >= BULK_SIZE || chars + size > BULK_CHARS)) {
      yield chunk;
      chunk = [];
      chars = 0;
    }
    chunk.push(document);
    chars += size;
  }
  if (chunk.length > 0) yield chunk;
}

function textLength(document: StoredDocument): number {
  let length = 0;
  for (const value of Object.values(document)) if (typeof value === 'string') length += value.length;
  return length;
}
