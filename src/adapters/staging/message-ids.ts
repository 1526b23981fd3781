import { PipelineError } from '../../domain/errors.js';

/**
 * Which messages a sweep has met, in 24 bytes each: enough to find the ids that occur twice in a conversation, wherever in
 * the table their rows lie, without holding the ids.
 */

/** Bytes of a message: hash and primary key as doubles, the conversation's place and the table as 32-bit integers. */
const BYTES = 24;

export interface MessageRowRef {
  /** Place of its table among those that hold messages. */
  table: number;
  /** Primary key: a sweep walks whole numbers. */
  row: number;
  /** Place of its conversation in the sweep's list of keys. */
  conversation: number;
}

export class MessageIds {
  private readonly hashes: number[] = [];
  private readonly rows: number[] = [];
  private readonly places: number[] = [];
  private readonly tables: number[] = [];

  add(messageId: string, { table, row, conversation }: MessageRowRef): void {
    this.hashes.push(hashOf(conversation, messageId));
    this.rows.push(row);
    this.places.push(conversation);
    this.tables.push(table);
  }

  encode(): Uint8Array {
    const { hashes, rows, places, tables } = this;
    return Buffer.concat([
      Buffer.from(Float64Array.from(hashes).buffer),
      Buffer.from(Float64Array.from(rows).buffer),
      Buffer.from(Int32Array.from(places).buffer),
      Buffer.from(Int32Array.from(tables).buffer),
    ]);
  }
}

/**
 * Rows that share a message id with another one of their conversation, or (rarely) seem to. A row that is met twice is
 * one row.
 * @param parts what `encode` gave
 * @throws PipelineError LakeCorrupt where the bytes are something else
 */
export function contestedRows(parts: readonly Uint8Array[]): MessageRowRef[] {
  const columns = parts.map(decode);
  const sorted = new Float64Array(columns.reduce((sum, { hashes }) => sum + hashes.length, 0));
  let at = 0;
  for (const { hashes } of columns) {
    sorted.set(hashes, at);
    at += hashes.length;
  }
  sorted.sort();
  const rivals = new Map<number, Map<string, MessageRowRef>>();
  for (let i = 1; i < sorted.length; i++) {
    const hash = sorted[i] as number;
    if (hash === sorted[i - 1]) rivals.set(hash, new Map());
  }
  if (rivals.size === 0) return [];
  for (const { hashes, rows, places, tables } of columns) {
    hashes.forEach((hash, i) => {
      const [table, row] = [tables[i] as number, rows[i] as number];
      rivals.get(hash)?.set(`${table}/${row}`, { table, row, conversation: places[i] as number });
    });
  }
  return [...rivals.values()].flatMap((found) => (found.size > 1 ? [...found.values()] : []));
}

function decode(bytes: Uint8Array) {
  const count = bytes.length / BYTES;
  if (!Number.isInteger(count)) {
    throw new PipelineError('LakeCorrupt', 'the ids that a sweep staged are cut: collect the range again');
  }
  // A copy: typed arrays begin at multiples of their size.
  const { buffer } = Uint8Array.from(bytes);
  return {
    hashes: new Float64Array(buffer, 0, count),
    rows: new Float64Array(buffer, count * 8, count),
    places: new Int32Array(buffer, count * 16, count),
    tables: new Int32Array(buffer, count * 20, count),
  };
}

/** 53 bits of two multiplicative hashes. */
function hashOf(conversation: number, messageId: string): number {
  let a = conversation ^ 0x9e3779b9;
  let b = Math.imul(conversation, 0x85ebca6b) ^ 0xc2b2ae35;
  for (let i = 0; i < messageId.length; i++) {
    const unit = messageId.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
  }
  a ^= a >>> 15;
  b ^= b >>> 13;
  return (a & 0x1fffff) * 2 ** 32 + (b >>> 0);
}
