import type { HumanLabel } from '../domain/categorize/human.js';

/** Labels batches as they are staged: bytes go in, bytes come out (`adapters/staging/threads.ts`). */
export interface BatchLabeller {
  /**
   * @param facts the staged facts of a batch
   * @param human by conversation key, what people said
   * @returns the labels, to be staged beside the facts
   */
  label(
    facts: Uint8Array,
    human: ReadonlyMap<string, readonly HumanLabel[]>,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  close(): Promise<void>;
}
