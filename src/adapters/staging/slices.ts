import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import { PipelineError } from '../../domain/errors.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { pack, unpack } from './ndjson.js';

/**
 * Lines of many batches that arrive mixed, in few objects: an object is a row of packed members, one for each slot (a
 * batch to be), and a slice says where a member lies. So a sweep writes one object a span, and a batch reads its own
 * bytes alone.
 */

/** UTF-16 units held before they are written: bounds the memory of a span, whatever its rows hold. */
const HELD_CHARACTERS = 8_000_000;
const READS = 8;

export interface Slice {
  key: string;
  offset: number;
  length: number;
}

/** A slice, whose it is, and how much it holds. */
export interface OwnedSlice extends Slice {
  slot: number;
  items: number;
  characters: number;
}

interface Held {
  lines: string[];
  items: number;
  characters: number;
}

export class SliceWriter {
  private held = new Map<number, Held>();
  private characters = 0;
  private objects = 0;
  private readonly written: OwnedSlice[] = [];

  /** @param name of the objects: `<name>-<n>.ndjson.snappy` */
  constructor(
    private readonly store: ObjectStore,
    private readonly name: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @param lines of one item, each ended by a newline */
  add(slot: number, lines: string): void {
    let held = this.held.get(slot);
    if (held === undefined) this.held.set(slot, (held = { lines: [], items: 0, characters: 0 }));
    held.lines.push(lines);
    held.items++;
    held.characters += lines.length;
    this.characters += lines.length;
  }

  async flushIfLarge(): Promise<void> {
    if (this.characters >= HELD_CHARACTERS) await this.flush();
  }

  /** Writes what is left. @returns every slice */
  async finish(): Promise<OwnedSlice[]> {
    await this.flush();
    return this.written;
  }

  private async flush(): Promise<void> {
    const { held } = this;
    if (held.size === 0) return;
    this.held = new Map();
    this.characters = 0;
    const members: { slot: number; items: number; characters: number; bytes: Buffer }[] = [];
    for (const [slot, { lines, items, characters }] of held) {
      members.push({ slot, items, characters, bytes: pack(Buffer.from(lines.join(''))) });
      await setImmediate(); // others wait for the event loop
    }
    const key = `${this.name}-${this.objects++}.ndjson.snappy`;
    await this.store.put(key, Buffer.concat(members.map(({ bytes }) => bytes)), { signal: this.signal });
    let offset = 0;
    for (const { slot, items, characters, bytes } of members) {
      this.written.push({ key, offset, length: bytes.length, slot, items, characters });
      offset += bytes.length;
    }
  }
}

/** The members of slices, still packed, in their order. @throws SweptRowsGone */
export async function readMembers(
  store: ObjectStore,
  slices: readonly Slice[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const limit = pLimit(READS);
  return Promise.all(
    slices.map(({ key, offset, length }) =>
      limit(async () => {
        const object = await store.get(key, signal, { offset, length });
        if (object === null) throw new SweptRowsGone(key, store.location);
        return object.body;
      }),
    ),
  );
}

/** The lines of slices, as bytes, in their order. @throws SweptRowsGone */
export async function readSlices(
  store: ObjectStore,
  slices: readonly Slice[],
  signal: AbortSignal,
): Promise<Buffer[]> {
  return (await readMembers(store, slices, signal)).map(unpack);
}

/** What a sweep staged has been removed meanwhile: the rows have to be asked for. */
export class SweptRowsGone extends PipelineError {
  constructor(key: string, location: string) {
    super(
      'LakeCorrupt',
      `the staged object ${key} is gone from ${location}. Workers on several machines need the same store; ` +
        'collect the range again',
    );
  }
}

const NEWLINE = 0x0a;

/** Calls `visit` with the bounds of each line; the newline is not part of it. */
export function eachLine(bytes: Buffer, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end === -1 ? bytes.length : end;
    if (to > from) visit(from, to);
    from = to + 1;
  }
}
