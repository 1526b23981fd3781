import type { Document } from 'mongodb';
import { kindOf, type AnyTable } from '../../domain/table.js';

/**
 * The least that every document has: its key, and the version of its conversation as a number. Writes are guarded by the
 * number because the embedded stand-in for MongoDB compares dates in write filters by the second (docs/adr/0005).
 */
export interface StoredDocument extends Document {
  _id: string;
  /** `fetched_at` in epoch milliseconds. */
  version: number;
}

/** A row as a document: its key also as `_id`, epoch milliseconds as Date, columns otherwise as in the lake. */
export function toDocument(table: AnyTable, row: Record<string, unknown>): StoredDocument {
  const document: Document = { _id: String(row[table.key]), version: row.fetched_at };
  for (const [column, spec] of Object.entries(table.columns)) {
    const value = row[column] ?? null;
    document[column] = kindOf(spec) === 'ts' && typeof value === 'number' ? new Date(value) : value;
  }
  return document as StoredDocument;
}
