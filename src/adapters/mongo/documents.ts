import type { Document } from 'mongodb';
import { kindOf, type AnyTable, type ColumnKind } from '../../domain/table.js';

/**
 * The least that every document has: its key, and the version of its conversation as a number. Writes are guarded by the
 * number because the embedded stand-in for MongoDB compares dates in write filters by the second (docs/adr/0005).
 */
export interface StoredDocument extends Document {
  _id: string;
  /** `fetched_at` in epoch milliseconds. */
  version: number;
}

/**
 * A row as a document: its key also as `_id`, epoch milliseconds as Date, columns otherwise as in the lake. The lake
 * holds `f32` columns in four bytes: their values are rounded to that, so that a document made from the lake is the same.
 */
export function toDocument(table: AnyTable, row: Record<string, unknown>): StoredDocument {
  const document: Document = { _id: String(row[table.key]), version: row.fetched_at };
  for (const [column, spec] of Object.entries(table.columns)) {
    document[column] = valueOf(kindOf(spec), row[column] ?? null);
  }
  return document as StoredDocument;
}

function valueOf(kind: ColumnKind, value: unknown): unknown {
  if (typeof value !== 'number') return value;
  if (kind === 'ts') return new Date(value);
  return kind === 'f32' ? Math.fround(value) : value;
}
