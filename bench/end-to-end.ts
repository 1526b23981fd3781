import type { CollectInput, CollectSummary } from '../src/domain/collection.js';
import type { Session } from '../src/client/session.js';
import { measure, type Cost } from './clock.js';
import type { Product } from './product.js';

export interface EndToEndResult {
  messages: number;
  conversations: number;
  batches: number;
  cost: Cost;
  /** Milliseconds of activity execution by stage, summed over batches. */
  stageMs: CollectSummary['stageMs'];
}

/** One collection as `collect` runs it: through Temporal, on a worker with all queues in this process. */
export async function endToEnd(
  { collection }: Product,
  session: Session,
  input: CollectInput,
): Promise<EndToEndResult> {
  const { value: summary, cost } = await measure(async () => {
    const { handle } = await collection.startCollection(session.temporal, input);
    return Promise.race([handle.result(), session.broken]);
  });
  if (summary.status !== 'complete') throw new Error(`the collection ended as ${summary.status}`);
  return {
    messages: summary.messages.stored,
    conversations: summary.conversations.stored,
    batches: summary.batches.done,
    cost,
    stageMs: summary.stageMs,
  };
}
