import { MockActivityEnvironment } from '@temporalio/testing';
import type { Sweeper } from '../src/activities/sweep.js';
import type { SweptRows } from '../src/adapters/staging/swept-rows.js';
import type { BatchRange } from '../src/domain/collection.js';
import type { BatchRef } from '../src/ports/lake.js';
import type { ConversationSource, PlanPage } from '../src/ports/conversation-source.js';
import type { SweptBytes } from '../src/ports/cpu-pool.js';
import type { ObjectStore } from '../src/ports/object-store.js';
import { mapLimited } from './clock.js';
import type { Product } from './product.js';

export interface Batch {
  ref: BatchRef;
  range: BatchRange;
}

/** Rows of a batch as processing takes them: gzip NDJSON, or what a sweep has staged. */
export type RawBatch = { raw: Uint8Array; messages: number } | { swept: SweptBytes };

export interface ReadingOptions {
  runId: string;
  /** Inclusive UTC days, `YYYY-MM-DD`. */
  days: readonly string[];
  batchSize: number;
}

const MAX_BATCHES = 500;
/** As the workflow does it. */
const SPANS_AT_A_TIME = 3;

/** Planning and reading without Temporal, by the strategy that the product chooses for the source. */
export class Reading {
  /** Where a sweep has staged the rows; null: they are asked for. */
  private swept: string | null = null;
  private readonly sweeper: Sweeper;
  private readonly rows: SweptRows;

  constructor(
    private readonly product: Product,
    private readonly source: ConversationSource,
    store: ObjectStore,
    private readonly options: ReadingOptions,
  ) {
    this.sweeper = new product.sweep.Sweeper({ source, store });
    this.rows = new product.swept.SweptRows(store);
  }

  async plan(signal: AbortSignal): Promise<Batch[]> {
    const { days, batchSize, runId } = this.options;
    await this.source.survey(undefined, signal);
    const range = { startDate: days[0] ?? '', endDate: days.at(-1) ?? '' };
    const { strategy } = await this.source.chooseReading(range, { batchSize }, signal);
    this.swept = strategy === 'sweep' ? await this.sweep({ ...range, batchSize }) : null;
    const batches: Batch[] = [];
    for (const day of days) {
      let cursor: string | null = null;
      let batch = 0;
      do {
        const options = { batchSize, maxBatches: MAX_BATCHES, cursor };
        const page: PlanPage =
          this.swept === null
            ? await this.source.planDay({ day }, options, signal)
            : await this.rows.planDay(this.swept, { day, ...options }, signal);
        for (const planned of page.batches)
          batches.push({ ref: { runId, day, batch: batch++ }, range: planned });
        ({ cursor } = page);
      } while (cursor !== null);
    }
    return batches;
  }

  async read({ ref, range }: Batch, signal: AbortSignal): Promise<RawBatch> {
    const input = { ...ref, ...range, mongodb: false };
    if (this.swept === null) {
      const { threads, received } = await this.source.readBatch(input, signal);
      return { raw: this.product.staging.encodeNdjson(threads), messages: received.messages };
    }
    const swept = await this.rows.batch(this.swept, input, signal);
    if (swept === null) throw new Error(`the sweep has no batch ${ref.day}/${ref.batch}`);
    return { swept };
  }

  /** Message rows of a batch. */
  count(batch: RawBatch): number {
    if ('raw' in batch) return batch.messages;
    const context = { source: 'bench', runId: this.options.runId };
    return this.product.sweptThreads.readSweptBytes(batch.swept, context).received.messages;
  }

  /** The steps of src/workflows/shared/sweep.ts. */
  private async sweep(range: { startDate: string; endDate: string; batchSize: number }): Promise<string> {
    const { sweepConversations, sweepMessages, finishSweep } = this.sweeper.activities();
    const found = await run(sweepConversations, { ...range, runId: this.options.runId });
    const { prefix } = found;
    const spans = Array.from({ length: found.spans }, (_, span) => span);
    const swept = await mapLimited(spans, SPANS_AT_A_TIME, (span) => run(sweepMessages, { prefix, span }));
    const attempts = swept.map(({ attempt }) => attempt);
    return (await run(finishSweep, { ...range, prefix, attempts })).prefix;
  }
}

async function run<A, R>(activity: (input: A) => Promise<R>, input: A): Promise<R> {
  return new MockActivityEnvironment({ attempt: 1 }).run<[A], R, (input: A) => Promise<R>>(activity, input);
}
