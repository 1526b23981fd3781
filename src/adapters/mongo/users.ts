import { MongoClient, type Document } from 'mongodb';
import { USER_ANALYTICS_COLLECTION, type UserRow } from '../../domain/users/analytics.js';
import type { UserProjection } from '../../ports/user-analytics.js';
import { BULK_SIZE } from './bulk.js';
import { toPipelineError } from './failures.js';
import { INDEXES } from './indexes.js';
import type { MongoConfig } from './index.js';

const INSTANTS = [
  ...['first_seen_at', 'last_seen_at', 'active_since_at', 'history_from'],
  ...['as_of', 'fetched_at'],
] as const;

/** Rows of users in MongoDB: one document a user, `_id` its key. Connects at first use. */
export function createMongoUsers({ uri, database }: MongoConfig): UserProjection {
  const client = new MongoClient(uri, { ignoreUndefined: true });
  const where = `${client.options.hosts.map(String).join(',')}, database ${database}`;
  const users = client.db(database).collection<{ _id: string } & Document>(USER_ANALYTICS_COLLECTION);
  return {
    async writeUsers(rows, removed, signal) {
      try {
        await users.createIndexes(INDEXES[USER_ANALYTICS_COLLECTION] ?? []);
        for (let from = 0; from < rows.length; from += BULK_SIZE) {
          signal.throwIfAborted();
          const operations = rows.slice(from, from + BULK_SIZE).map((row) => {
            const replacement = userDocument(row);
            return { replaceOne: { filter: { _id: row.user_key }, replacement, upsert: true } };
          });
          await users.bulkWrite(operations, { ordered: false });
        }
        for (let from = 0; from < removed.length; from += BULK_SIZE) {
          signal.throwIfAborted();
          await users.deleteMany({ _id: { $in: removed.slice(from, from + BULK_SIZE) } });
        }
      } catch (err) {
        throw toPipelineError(err, where);
      }
    },
    close: () => client.close(),
  };
}

/** A row as a document: instants as Dates, scores in four bytes as the lake has them. */
export function userDocument(row: UserRow): { _id: string } & Document {
  const document: Document = { ...row };
  for (const name of INSTANTS) document[name] = new Date(row[name]);
  for (const name of ['sentiment_mean', 'sentiment_trend'] as const) {
    const value = row[name];
    if (value !== null) document[name] = Math.fround(value);
  }
  return { ...document, _id: row.user_key };
}
