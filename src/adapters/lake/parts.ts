import { ParquetWriter, type ParquetSchema } from '@dsnp/parquetjs';
import { PipelineError } from '../../domain/errors.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES } from '../../domain/schema.js';
import type { AnyTable } from '../../domain/table.js';
import type { LabelledThread } from '../../domain/thread.js';
import { invalidColumn } from '../../domain/validate-row.js';
import type { EncodedPart } from '../../ports/cpu-pool.js';
import { ColumnBuffer } from './column-buffer.js';

import { parquetSchema } from './parquet-schema.js';

/**
 * Turns labelled threads into one Parquet part a table; a table without rows has none. CPU work without I/O, to be
 * run in a worker thread. Throws PipelineError InvalidInput where a row does not fit its table.
 * @param threads read one at a time, so that they need not all be in memory
 */
export async function encodeParts(threads: Iterable<LabelledThread>): Promise<EncodedPart[]> {
  const conversations = new PartWriter(CONVERSATIONS);
  const messages = new PartWriter(MESSAGES);
  const categories = new PartWriter(CATEGORIES);
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
  const parts = await Promise.all([conversations, messages, categories].map((writer) => writer.encode()));
  return parts.filter((part) => part.rows > 0);
}

/** Rows of a table as a Parquet file; no bytes where there are no rows. @throws PipelineError InvalidInput */
export async function encodeTable(
  table: AnyTable,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<Uint8Array> {
  const writer = new PartWriter(table);
  for (const row of rows) writer.append(row);
  return (await writer.encode()).bytes;
}

class PartWriter {
  private readonly schema: ParquetSchema;
  private readonly buffer: ColumnBuffer;

  constructor(private readonly table: AnyTable) {
    this.schema = parquetSchema(table);
    this.buffer = new ColumnBuffer(table, this.schema);
  }

  append(row: Readonly<Record<string, unknown>>): void {
    const fault = invalidColumn(this.table, row);
    if (fault !== null) throw new PipelineError('InvalidInput', `a row to be stored is wrong: ${fault}`);
    this.buffer.append(row);
  }

  /** The part as a file; no bytes where there are no rows. */
  async encode(): Promise<EncodedPart> {
    const rows = this.buffer.rowCount;
    if (rows === 0) return { file: this.table.file, rows, bytes: new Uint8Array() };
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
    const writer = await ParquetWriter.openStream(this.schema, sink as never, { pageIndex: false });
    writer.rowBuffer = this.buffer.toRecordBuffer();
    await writer.close();
    return { file: this.table.file, rows, bytes: Buffer.concat(chunks) };
  }
}
