import { randomUUID } from 'node:crypto';
import type { BatchRef } from '../../ports/lake.js';

/** Keys of the lake's objects, relative to its root; the grammar is described in docs/lake.md. */
export const DAYS_PREFIX = '_days/';
export const STAGING_PREFIX = '_staging/';

export function manifestKey(day: string): string {
  return `${DAYS_PREFIX}${day}/manifest.json`;
}

export function generationPrefix(day: string, generation: string): string {
  return `${DAYS_PREFIX}${day}/${generation}/`;
}

/** Sortable by time, unique without asking anybody: `20240131T235959123Z-1a2b3c4d`. */
export function newGeneration(now: number): string {
  return `${new Date(now).toISOString().replace(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
}

/** `_days/<day>/<generation>/…` → the day and generation; null for other keys. */
export function parseGenerationKey(key: string): { day: string; generation: string } | null {
  const match = /^_days\/(\d{4}-\d{2}-\d{2})\/(\d{8}T\d{9}Z-[0-9a-f]{8})\//.exec(key);
  return match?.[1] === undefined || match[2] === undefined ? null : { day: match[1], generation: match[2] };
}

/** Where tools find a day without knowing of manifests: Hive-style folders. */
export function fixedFolder(day: string): string {
  const [year, month, date] = day.split('-');
  return `conversations/year=${year ?? ''}/month=${month ?? ''}/day=${date ?? ''}/`;
}

/** Fixed key of a table: conversations lie in the day's folder, the others one deeper. */
export function fixedKey(day: string, file: string): string {
  return `${fixedFolder(day)}${file === 'conversations' ? '' : `${file}/`}${file}.parquet`;
}

export function stagingDayPrefix({ runId, day }: { runId: string; day: string }): string {
  return `${STAGING_PREFIX}${runId}/${day}/`;
}

export function batchPrefix(ref: BatchRef): string {
  return `${stagingDayPrefix(ref)}${ref.batch}/`;
}
