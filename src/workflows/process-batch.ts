import { patched } from '@temporalio/workflow';
import type { BatchInput, BatchResult } from '../domain/collection.js';
import {
  categorizeBatch,
  fetchBatch,
  processRows,
  processSwept,
  projectBatch,
  storeBatch,
} from './shared/activity-options.js';

/**
 * One batch of one day: fetch → process → categorize → store. Stages hand on keys of staged objects and counts, never
 * rows. The lake's parts and MongoDB are written side by side: neither reads the other.
 */
export async function processBatch(batch: BatchInput): Promise<BatchResult> {
  const { fetchMs, received, ...processed } = await fetchAndProcess(batch);
  const categorized = await categorizeBatch({ batch, factsKey: processed.factsKey });
  const staged = { batch, factsKey: processed.factsKey, labelledKey: categorized.labelledKey };
  const [stored, projected] = await Promise.all([
    storeBatch({ ...staged, rejectsKey: processed.rejectsKey }),
    batch.mongodb ? projectBatch(staged) : { ms: 0 },
  ]);
  return {
    conversations: { received: received.conversations, ...processed.conversations },
    messages: { received: received.messages, ...processed.messages },
    rejects: processed.rejects,
    stageMs: {
      fetch: fetchMs,
      process: processed.ms,
      categorize: categorized.ms,
      store: stored.ms + projected.ms,
    },
  };
}

/** Rows that a sweep has read lie ready to be processed; others are asked for. */
async function fetchAndProcess(batch: BatchInput) {
  if (batch.swept !== undefined && patched('process-swept')) {
    const swept = await processSwept({ batch });
    // Staging is removed after two weeks: a run that was paused for longer asks for the rest of its rows.
    if (!swept.gone) return { fetchMs: 0, ...swept };
  }
  const { rawKey, rejectsKey, received, ms } = await fetchBatch(batch);
  return { fetchMs: ms, received, ...(await processRows({ batch, rawKey, rejectsKey })) };
}
