import { gunzipSync, gzipSync } from 'node:zlib';
import { compressSync, uncompressSync } from 'snappy';
import { PipelineError } from '../../domain/errors.js';

/**
 * One JSON text a line, compressed: by snappy what lies between two stages, which is written once, read once and thrown
 * away, and where gzip took a tenth of a run's CPU time; by gzip lists that people may open. Readers take both.
 */

const NEWLINE = 0x0a;
/** Snappy's own output is freed when JavaScript's collector, which does not see how large it is, comes to it. */
const COPIED = { copyOutputData: true } as const;
/** Lines are joined in chunks of about this many UTF-16 units: one string cannot hold more than 512 MB. */
const CHUNK_CHARS = 1 << 22;

/** Lines as gzip. */
export function encodeNdjson(items: Iterable<unknown>): Uint8Array {
  return gzipSync(joinLines(jsonLines(items)), { level: 1 });
}

/** Lines as snappy. */
export function packNdjson(items: Iterable<unknown>): Uint8Array {
  return packLines(jsonLines(items));
}

/** Texts of one line each as snappy. */
export function packLines(lines: Iterable<string>): Uint8Array {
  return pack(joinLines(lines));
}

/** Bytes as snappy. Some milliseconds a megabyte; the library's asynchronous form never frees what it was given. */
export function pack(bytes: Buffer): Buffer {
  return compressSync(bytes, COPIED);
}

/** The opposite of all of them. Throws PipelineError LakeCorrupt where the bytes are something else. */
export function unpack(bytes: Uint8Array): Buffer {
  try {
    return isGzip(bytes) ? gunzipSync(bytes) : (uncompressSync(bytes, COPIED) as Buffer);
  } catch (cause) {
    throw notPacked(cause);
  }
}

/** The items of such bytes. Throws PipelineError LakeCorrupt where the bytes are something else. */
export function decodeNdjson<T>(bytes: Uint8Array): T[] {
  return [...iterateNdjson<T>(bytes)];
}

/** As `decodeNdjson`, one item at a time, so that the parsed items need not all be in memory. */
export function* iterateNdjson<T>(bytes: Uint8Array): Generator<T, void, undefined> {
  const text = unpack(bytes);
  let from = 0;
  for (let line = 1; from < text.length; line++) {
    const end = text.indexOf(NEWLINE, from);
    const to = end === -1 ? text.length : end;
    if (to > from) yield parse(text.toString('utf8', from, to), line) as T;
    from = to + 1;
  }
}

function* jsonLines(items: Iterable<unknown>): Generator<string> {
  for (const item of items) yield JSON.stringify(item);
}

function joinLines(lines: Iterable<string>): Buffer {
  const chunks: Buffer[] = [];
  let held: string[] = [];
  let chars = 0;
  for (const line of lines) {
    held.push(line, '\n');
    chars += line.length + 1;
    if (chars >= CHUNK_CHARS) {
      chunks.push(Buffer.from(held.join('')));
      held = [];
      chars = 0;
    }
  }
  chunks.push(Buffer.from(held.join('')));
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** No snappy begins like gzip: its first element would be a copy of what is not there yet. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function notPacked(cause: unknown): PipelineError {
  return new PipelineError(
    'LakeCorrupt',
    'staged object is neither snappy nor gzip: run the collection of this range again',
    { cause },
  );
}

// The parser's own message quotes the line, which holds text of conversations: it must not be passed on.
function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new PipelineError(
      'LakeCorrupt',
      `line ${number} of a staged object is not JSON: run the collection of this range again`,
    );
  }
}
