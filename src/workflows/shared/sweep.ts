import type { ReadingProgress } from '../../domain/collection.js';
import { finishSweep, sweepConversations, sweepMessages } from './activity-options.js';

/** Spans of messages read at a time: one is parsed and staged while the server works at another. */
const SPANS_AT_A_TIME = 3;

export interface SweepSteps {
  /** Does a step, and again where it failed for a reason that a person can put right. */
  insist<T>(work: () => Promise<T>): Promise<T>;
  /** Waits while the run is paused. */
  whilePaused(): Promise<void>;
  tell(messages: NonNullable<ReadingProgress['messages']>): void;
}

/** Walks both tables once; batches then find their rows staged. The order of the steps is the proof: docs/adr/0010. */
export async function sweep(
  range: { startDate: string; endDate: string; batchSize: number; appId?: string },
  runId: string,
  steps: SweepSteps,
): Promise<{ prefix: string; startedAt: number }> {
  const found = await steps.insist(() => sweepConversations({ ...range, runId }));
  const messages = { read: 0, total: found.rows };
  steps.tell(messages);
  const attempts: number[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    while (next < found.spans) {
      const span = next++;
      await steps.whilePaused();
      const swept = await steps.insist(() => sweepMessages({ prefix: found.prefix, span }));
      attempts[span] = swept.attempt;
      messages.read += swept.rows;
      steps.tell(messages);
    }
  };
  // All have ended before a failure or a cancellation goes on: what they stage is removed then.
  const ended = await Promise.allSettled(Array.from({ length: SPANS_AT_A_TIME }, reader));
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
  const { prefix, rows, late } = await steps.insist(() =>
    finishSweep({ ...range, prefix: found.prefix, attempts }),
  );
  steps.tell({ read: rows, total: rows + late });
  return { prefix, startedAt: found.startedAt };
}
