import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { CollectProgress } from '../domain/collection.js';

/** What can be asked of, and told to, a running collection. */
export const progressQuery = defineQuery<CollectProgress>('progress');
/** Starts no further batch until `resume`; those running end. The reason is shown to people. */
export const pauseUpdate = defineUpdate<CollectProgress, [string]>('pause');
export const resumeUpdate = defineUpdate<CollectProgress>('resume');
/** Batches in flight, 1..500. */
export const setConcurrencyUpdate = defineUpdate<CollectProgress, [number]>('setConcurrency');
