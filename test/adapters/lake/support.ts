import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import {
  createLake,
  encodeParts,
  openLakeReader,
  type LakeReader,
} from '../../../src/adapters/lake/index.js';
import type { Reject } from '../../../src/domain/records.js';
import type { LabelledThread } from '../../../src/domain/thread.js';
import { dayEnd } from '../../../src/domain/period.js';
import type { BatchRef, CommitDayInput, CommitDayResult, Lake } from '../../../src/ports/lake.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';

export const DAY = '2024-03-05';
export const T0 = Date.UTC(2024, 2, 5, 9);
/** When the first reading takes place; each later one an hour after. */
export const READ = Date.UTC(2024, 2, 10);
export const HOUR = 3_600_000;
export const signal = new AbortController().signal;

export interface Rig {
  dir: string;
  store: ObjectStore;
  lake: Lake;
  reader: LakeReader;
  /** A lake of another process on the same directory. */
  another(): Lake;
  close(): Promise<void>;
}

export async function openRig(store?: ObjectStore): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), 'lake-test-'));
  const objects = store ?? createFileObjectStore(join(dir, 'lake'));
  const tempDir = join(dir, 'temp');
  return {
    dir,
    store: objects,
    lake: createLake({ store: objects, tempDir }),
    reader: openLakeReader(objects),
    another: () => createLake({ store: objects, tempDir }),
    close: async () => {
      await objects.close();
      await rm(dir, { recursive: true });
    },
  };
}

export interface Reading {
  runId: string;
  batches: LabelledThread[][];
  rejects?: Reject[];
  day?: string;
  appId?: string | null;
  plannedAt?: number;
  plannedBatches?: number;
  complete?: boolean;
}

export function commitInput(reading: Reading): CommitDayInput {
  const { runId, batches, day = DAY, appId = null, plannedAt = READ, complete = true } = reading;
  return {
    runId,
    day,
    appId,
    plannedBatches: reading.plannedBatches ?? batches.length,
    plannedAt,
    sourceCount: batches.flat().length,
    complete,
    coveredUntil: dayEnd(day),
  };
}

export async function writeBatches(
  lake: Lake,
  { runId, batches, rejects = [], day = DAY }: Reading,
): Promise<void> {
  await Promise.all(
    batches.map((threads, batch) =>
      writeBatch(lake, { runId, day, batch }, threads, batch === 0 ? rejects : []),
    ),
  );
}

/** Encodes and stores one batch, as the store stage does. */
export async function writeBatch(
  lake: Lake,
  ref: BatchRef,
  threads: LabelledThread[],
  rejects: Reject[] = [],
): Promise<void> {
  await lake.putParts(ref, encodeParts(threads), rejects, signal);
}

/** Writes the batches of a reading and commits its day. */
export async function collect(lake: Lake, reading: Reading): Promise<CommitDayResult> {
  await writeBatches(lake, reading);
  return lake.commitDay(commitInput(reading), signal);
}

export async function keys(store: ObjectStore, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
}
