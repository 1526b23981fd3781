import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { PipelineError } from '../../domain/errors.js';
import type { Reject } from '../../domain/records.js';
import type { EncodedPart } from '../../ports/cpu-pool.js';
import type { BatchRef, CommitDayInput, CommitDayResult } from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { SCHEMA_VERSION } from '../../domain/schema.js';
import { runKey, stateKey } from '../run-records/index.js';
import { decodeNdjson, encodeNdjson, unpack } from '../staging/ndjson.js';
import { batchPrefix, stagingDayPrefix } from './layout.js';

const DONE = '_done.json';
const RECEIPT = '_committed.json';
const PARALLEL_READS = 8;
/** Staging of this age belongs to no run that still lives. */
const ABANDONED_MS = 14 * 24 * 3_600_000;
/** A run without a record of its end has been terminated, if it is of this age. */
const TERMINATED_MS = 180 * 24 * 3_600_000;

interface StagedPart {
  key: string;
  file: string;
  rows: number;
  sha256: string;
}

/** `_done.json`: what a batch wrote. */
interface Marker {
  /** Another attempt of the batch is other objects. */
  attempt: string;
  /** Of the parts' rows. */
  schema_version: number;
  parts: StagedPart[];
  rejects: { key: string; rows: number } | null;
}

/** `_committed.json`: which attempts of batches a run has committed for a day, and what it answered. */
export interface Receipt {
  input: CommitDayInput;
  result: CommitDayResult;
  /** Batch number → attempt. */
  applied: Record<string, string>;
}

export interface StagedDay {
  receipt: Receipt | null;
  /** Batches not yet committed, by number. */
  batches: { batch: number; marker: Marker }[];
}

/** Uploads a batch's parts and rejects, and then the marker that names them. */
export async function putBatch(
  store: ObjectStore,
  ref: BatchRef,
  parts: readonly EncodedPart[],
  rejects: readonly Reject[],
  signal: AbortSignal,
): Promise<void> {
  const attempt = randomUUID();
  const prefix = `${batchPrefix(ref)}${attempt}/`;
  const staged = await Promise.all(
    parts.map(async ({ file, rows, bytes }): Promise<StagedPart> => {
      const key = `${prefix}${file}.ndjson.snappy`;
      await store.put(key, bytes, { signal });
      return { key, file, rows, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
  const marker: Marker = { attempt, schema_version: SCHEMA_VERSION, parts: staged, rejects: null };
  if (rejects.length > 0) {
    marker.rejects = { key: `${prefix}rejects.ndjson.gz`, rows: rejects.length };
    await store.put(marker.rejects.key, encodeNdjson(rejects), { signal });
  }
  await store.put(`${batchPrefix(ref)}${DONE}`, Buffer.from(JSON.stringify(marker)), { signal });
}

/** The markers of a run's day that its last commit has not seen. */
export async function readStagedDay(
  store: ObjectStore,
  day: Pick<BatchRef, 'runId' | 'day'>,
  signal: AbortSignal,
): Promise<StagedDay> {
  const prefix = stagingDayPrefix(day);
  const receipt = await readJson<Receipt>(store, prefix + RECEIPT, signal);
  const limit = pLimit(PARALLEL_READS);
  const reads: Promise<StagedDay['batches'][number] | null>[] = [];
  for await (const { key } of store.list(prefix, signal)) {
    const batch = /^(\d+)\/_done\.json$/.exec(key.slice(prefix.length))?.[1];
    if (batch === undefined) continue;
    reads.push(
      limit(async () => {
        const marker = await readJson<Marker>(store, key, signal);
        const isNew = marker !== null && receipt?.applied[batch] !== marker.attempt;
        return isNew ? { batch: Number(batch), marker } : null;
      }),
    );
  }
  const found = (await Promise.all(reads)).filter((entry) => entry !== null);
  return { receipt, batches: found.sort((a, b) => a.batch - b.batch) };
}

/** Staged rows of one table and batch, as a local file: lines, or Parquet by its name. */
export interface Part {
  path: string;
  bytes: number;
  batch: number;
  /** Schema version of its rows. */
  schemaVersion: number;
}

/** Brings the staged parts of one table into a folder. Checksums are compared with the markers. */
export async function fetchParts(
  store: ObjectStore,
  staged: StagedDay,
  file: string,
  folder: string,
  signal: AbortSignal,
): Promise<Part[]> {
  const limit = pLimit(PARALLEL_READS);
  const parts = staged.batches.flatMap(({ batch, marker }) =>
    marker.parts
      .filter((part) => part.file === file)
      .map((part) => ({ batch, schemaVersion: marker.schema_version, ...part })),
  );
  return Promise.all(
    parts.map(({ batch, schemaVersion, key, sha256 }) =>
      limit(async () => {
        const object = await store.get(key, signal);
        if (object === null) throw corrupt(store, key, 'is gone');
        const actual = createHash('sha256').update(object.body).digest('hex');
        if (actual !== sha256) throw corrupt(store, key, 'is not what its batch wrote');
        // Batches that release 0.3.0 and older ones stored are Parquet.
        const isParquet = key.endsWith('.parquet');
        const path = join(folder, `part-${file}-${batch}.${isParquet ? 'parquet' : 'ndjson'}`);
        const bytes = isParquet ? object.body : unpack(object.body);
        await writeFile(path, bytes);
        return { path, batch, schemaVersion, bytes: bytes.length };
      }),
    ),
  );
}

export async function readRejects(
  store: ObjectStore,
  staged: StagedDay,
  signal: AbortSignal,
): Promise<Reject[]> {
  const limit = pLimit(PARALLEL_READS);
  const lists = await Promise.all(
    staged.batches.map(({ marker: { rejects } }) =>
      limit(async () => {
        if (rejects === null) return [];
        const object = await store.get(rejects.key, signal);
        if (object === null) throw corrupt(store, rejects.key, 'is gone');
        const items = decodeNdjson<Reject>(object.body);
        if (items.length !== rejects.rows) throw corrupt(store, rejects.key, 'is not what its batch wrote');
        return items;
      }),
    ),
  );
  return lists.flat();
}

/** Notes what has been committed, so that a repeated commit answers the same, and then drops the parts. */
export async function closeStagedDay(
  store: ObjectStore,
  receipt: Receipt,
  signal: AbortSignal,
): Promise<void> {
  const prefix = stagingDayPrefix(receipt.input);
  await store.put(prefix + RECEIPT, Buffer.from(JSON.stringify(receipt)), { signal });
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, signal)) if (key !== prefix + RECEIPT) keys.push(key);
  await store.delete(keys, signal);
}

/** Drops all that is staged of a day. */
export async function dropStagedDay(
  store: ObjectStore,
  day: Pick<BatchRef, 'runId' | 'day'>,
  signal: AbortSignal,
): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of store.list(stagingDayPrefix(day), signal)) keys.push(key);
  await store.delete(keys, signal);
}

/**
 * Removes what runs that never committed have left, and old receipts. A run that is paused for longer loses what lay
 * between its stages, and its batches are read again. Receipts stay as long as failed batches of their run may be run
 * again: without them nobody would know that the others are in.
 */
export async function sweepStaging(store: ObjectStore, now: number, signal: AbortSignal): Promise<number> {
  const old: string[] = [];
  const mayRetry = new Map<string, boolean>();
  for await (const { key, modifiedAt } of store.list('_staging/', signal)) {
    const age = now - modifiedAt;
    if (age <= ABANDONED_MS) continue;
    const run = key.split('/')[1];
    if (run !== undefined && isReceipt(key)) {
      const known = mayRetry.get(run) ?? (await canBeRetried(store, run, age, signal));
      mayRetry.set(run, known);
      if (known) continue;
    }
    old.push(key);
  }
  await store.delete(old, signal);
  return old.length;
}

/** Whether a key is the note of what has been committed, and no staged row. */
export function isReceipt(key: string): boolean {
  return key.endsWith(`/${RECEIPT}`);
}

/** Whether a run has closed with failed batches, or goes on for all that is known. */
async function canBeRetried(
  store: ObjectStore,
  runId: string,
  age: number,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await store.get(stateKey(runId), signal)) !== null) return true;
  return age <= TERMINATED_MS && (await store.get(runKey(runId), signal)) === null;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function readJson<T>(store: ObjectStore, key: string, signal: AbortSignal): Promise<T | null> {
  const object = await store.get(key, signal);
  if (object === null) return null;
  try {
    return JSON.parse(Buffer.from(object.body).toString('utf8')) as T;
  } catch {
    throw corrupt(store, key, 'is not JSON');
  }
}

function corrupt(store: ObjectStore, key: string, fault: string): PipelineError {
  return new PipelineError('LakeCorrupt', `${key} in ${store.location} ${fault}: collect the day again`);
}
