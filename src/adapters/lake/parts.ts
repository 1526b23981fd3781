import { ParquetWriter } from '@dsnp/parquetjs';
import { PipelineError } from '../../domain/errors.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { LabelledThread } from '../../domain/thread.js';
import { invalidColumn } from '../../domain/validate-row.js';
import type { EncodedPart } from '../../ports/cpu-pool.js';
import { packLines } from '../staging/ndjson.js';
import { ColumnBuffer } from './column-buffer.js';
import { parquetSchema } from './parquet-schema.js';

/**
 * Turns labelled threads into one part a table, packed lines of JSON objects; a table without rows has none. What reads
 * them is the day's merge, which writes Parquet. CPU work without I/O, to be run in a worker thread. Throws PipelineError
 * InvalidInput where a row does not fit its table.
 * @param threads read one at a time, so that they need not all be in memory
 */
export function encodeParts(threads: Iterable<LabelledThread>): EncodedPart[] {
  const conversations = new PartLines(CONVERSATIONS);
  const messages = new PartLines(MESSAGES);
  const categories = new PartLines(CATEGORIES);
  const seen = new Set<string>();
  for (const thread of threads) {
    const { conversation_key: key } = thread.conversation;
    // The merge picks versions by conversation and part; two of them in one part could not be told apart.
    if (seen.has(key)) {
      throw new PipelineError('InvalidInput', `two threads of one batch are the same conversation ${key}`);
    }
    seen.add(key);
    conversations.append(thread.conversation);
    for (const message of thread.messages) messages.append(message);
    for (const category of thread.categories) categories.append(category);
  }
  // Translations come from a stage of their own.
  return [conversations, messages, categories].flatMap((part) => part.encode());
}

class PartLines {
  private readonly lines: string[] = [];

  constructor(private readonly table: AnyTable) {}

  append(row: Readonly<Record<string, unknown>>): void {
    requireValid(this.table, row);
    this.lines.push(jsonOf(row));
  }

  encode(): EncodedPart[] {
    const { lines } = this;
    return lines.length === 0 ? [] : [{ file: this.table.file, rows: lines.length, bytes: packLines(lines) }];
  }
}

/** Half a surrogate pair in an id, which JavaScript's JSON writes and DuckDB's refuses, becomes U+FFFD as in UTF-8. */
function jsonOf(row: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(row);
  if (!json.includes('\\ud')) return json;
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'string' ? wellFormed(value) : value));
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString('utf8');
}

function requireValid(table: AnyTable, row: Readonly<Record<string, unknown>>): void {
  const fault = invalidColumn(table, row);
  if (fault !== null) throw new PipelineError('InvalidInput', `a row to be stored is wrong: ${fault}`);
}

/** Rows of a table as a Parquet file; no bytes where there are no rows. @throws PipelineError InvalidInput */
export async function encodeTable(
  table: AnyTable,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<Uint8Array> {
  if (rows.length === 0) return new Uint8Array();
  const schema = parquetSchema(table);
  const buffer = new ColumnBuffer(table, schema);
  for (const row of rows) {
    requireValid(table, row);
    buffer.append(row);
  }
  const chunks: Uint8Array[] = [];
  const sink = {
    write(chunk: Uint8Array, done: () => void): void {
      chunks.push(chunk);
      done();
    },
    end(done: () => void): void {
      done();
    },
  };
  const writer = await ParquetWriter.openStream(schema, sink as never, { pageIndex: false });
  writer.rowBuffer = buffer.toRecordBuffer();
  await writer.close();
  return Buffer.concat(chunks);
}
