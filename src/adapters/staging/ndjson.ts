import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import { PipelineError } from '../../domain/errors.js';

const NEWLINE = 0x0a;
/** Lines are joined in chunks of about this many UTF-16 units: one string cannot hold more than 512 MB. */
const CHUNK_CHARS = 1 << 22;

/** Bytes of one JSON text a line, gzip level 1: staging is written once, read once, and thrown away. */
export function encodeNdjson(items: Iterable<unknown>): Uint8Array {
  const chunks: Buffer[] = [];
  let lines: string[] = [];
  let chars = 0;
  for (const item of items) {
    const line = JSON.stringify(item);
    lines.push(line, '\n');
    chars += line.length + 1;
    if (chars >= CHUNK_CHARS) {
      chunks.push(Buffer.from(lines.join('')));
      lines = [];
      chars = 0;
    }
  }
  chunks.push(Buffer.from(lines.join('')));
  return gzipSync(Buffer.concat(chunks), { level: 1 });
}

/** gzip level 1 off the event loop, for what is large or many. */
export async function compress(bytes: Uint8Array): Promise<Buffer> {
  return promisify(gzip)(bytes, { level: 1 });
}

/** The opposite; throws PipelineError LakeCorrupt where the bytes are something else. */
export async function decompress(bytes: Uint8Array): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes);
  } catch (cause) {
    throw notGzip(cause);
  }
}

/** The items that `encodeNdjson` wrote. Throws PipelineError LakeCorrupt where the bytes are something else. */
export function decodeNdjson<T>(bytes: Uint8Array): T[] {
  return [...iterateNdjson<T>(bytes)];
}

/** As `decodeNdjson`, one item at a time, so that the parsed items need not all be in memory. */
export function* iterateNdjson<T>(bytes: Uint8Array): Generator<T, void, undefined> {
  const text = unzip(bytes);
  let from = 0;
  for (let line = 1; from < text.length; line++) {
    const end = text.indexOf(NEWLINE, from);
    const to = end === -1 ? text.length : end;
    if (to > from) yield parse(text.toString('utf8', from, to), line) as T;
    from = to + 1;
  }
}

function unzip(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw notGzip(cause);
  }
}

function notGzip(cause: unknown): PipelineError {
  return new PipelineError(
    'LakeCorrupt',
    'staged object is not gzip: run the collection of this range again',
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
