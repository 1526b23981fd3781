import { randomUUID } from 'node:crypto';
import { MongoClient, MongoServerError } from 'mongodb';
import { CONVERSATIONS } from '../../domain/schema.js';
import type { StoredDocument } from './documents.js';
import { toPipelineError } from './failures.js';
import { INDEXES } from './indexes.js';
import { createMongoProjection, type MongoConfig } from './index.js';

export interface MongoInspection {
  version: string;
  /** `collection.index`, of the indexes that the projection needs. */
  missingIndexes: string[];
}

const NAMESPACE_NOT_FOUND = 26;

/**
 * Reaches the database, signs in, and tries the rights to read and to write, changing nothing.
 * @throws PipelineError Mongo*
 */
export async function inspectMongo(
  { uri, database }: MongoConfig,
  timeoutMs: number,
): Promise<MongoInspection> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: timeoutMs, connectTimeoutMS: timeoutMs });
  const where = `${client.options.hosts.map(String).join(',')}, database ${database}`;
  try {
    const db = client.db(database);
    // No document has this id: the server checks the right to remove, and removes nothing.
    const nobody = { _id: `doctor-${randomUUID()}` };
    await db.collection<StoredDocument>(CONVERSATIONS.collection).deleteOne(nobody);
    const { version } = (await db.admin().buildInfo()) as { version?: string };
    const missingIndexes: string[] = [];
    for (const [name, indexes] of Object.entries(INDEXES)) {
      const there = await indexKeys(client, database, name);
      const missing = indexes.filter(({ key }) => !there.has(JSON.stringify(key)));
      missingIndexes.push(...missing.map((index) => `${name}.${index.name ?? ''}`));
    }
    return { version: version ?? 'unknown', missingIndexes };
  } catch (err) {
    throw toPipelineError(err, where);
  } finally {
    await client.close();
  }
}

/** What is indexed, by key: servers and people name indexes differently. */
async function indexKeys(client: MongoClient, database: string, collection: string): Promise<Set<string>> {
  try {
    const indexes = await client.db(database).collection(collection).listIndexes().toArray();
    return new Set(indexes.map((index: { key?: unknown }) => JSON.stringify(index.key)));
  } catch (err) {
    // A collection that nobody has written to yet.
    if (err instanceof MongoServerError && err.code === NAMESPACE_NOT_FOUND) return new Set();
    throw err;
  }
}

/** Creates the indexes that are missing. @throws PipelineError Mongo* */
export async function createIndexes(config: MongoConfig): Promise<void> {
  const projection = createMongoProjection(config);
  try {
    await projection.prepare(new AbortController().signal);
  } finally {
    await projection.close();
  }
}
