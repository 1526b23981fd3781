import type { BatchInput, BatchResult } from '../domain/collection.js';
import {
  categorizeBatch,
  fetchBatch,
  processRows,
  projectBatch,
  storeBatch,
} from './shared/activity-options.js';

/**
 * One batch of one day: fetch → process → categorize → store. Stages hand on keys of staged objects and counts, never
 * rows. The lake's parts and MongoDB are written side by side: neither reads the other.
 */
export async function processBatch(batch: BatchInput): Promise<BatchResult> {
  const fetched = await fetchBatch(batch);
  const processed = await processRows({ batch, rawKey: fetched.rawKey, rejectsKey: fetched.rejectsKey });
  const categorized = await categorizeBatch({ batch, factsKey: processed.factsKey });
  const staged = { batch, factsKey: processed.factsKey, labelledKey: categorized.labelledKey };
  const [stored, projected] = await Promise.all([
    storeBatch({ ...staged, rejectsKey: processed.rejectsKey }),
    batch.mongodb ? projectBatch(staged) : { ms: 0 },
  ]);
  return {
    conversations: { received: fetched.received.conversations, ...processed.conversations },
    messages: { received: fetched.received.messages, ...processed.messages },
    rejects: processed.rejects,
    stageMs: {
      fetch: fetched.ms,
      process: processed.ms,
      categorize: categorized.ms,
      store: stored.ms + projected.ms,
    },
  };
}
