import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createSourceActivities, type SourceActivities } from '../../src/activities/source.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import { SweptRows } from '../../src/adapters/staging/swept-rows.js';
import { readSweptBytes } from '../../src/adapters/staging/swept-threads.js';
import type { RawThread, Reject } from '../../src/domain/records.js';
import type { BatchReading, ConversationSource, SourceRange } from '../../src/ports/conversation-source.js';

/** What a sweep gives, by day, with the batches that it planned. */
export interface SweptRange {
  days: Map<string, BatchReading & { batches: number[]; sourceCount: number }>;
  late: number;
  rows: number;
}

type Activity = keyof SourceActivities;

/**
 * Reads a range by a sweep: the activities in the order of the workflow, over a directory.
 * @param beforeFinish runs between the walk and its end
 */
export async function readSwept(
  source: ConversationSource,
  { startDate, endDate, appId }: SourceRange,
  batchSize: number,
  { beforeFinish, runId = 'run-1' }: { beforeFinish?: () => Promise<void>; runId?: string } = {},
): Promise<SweptRange> {
  const root = await mkdtemp(join(tmpdir(), 'swept-'));
  const store = createFileObjectStore(root);
  const activities = createSourceActivities({ source, store });
  const run = async <N extends Activity>(
    name: N,
    ...args: Parameters<SourceActivities[N]>
  ): Promise<Awaited<ReturnType<SourceActivities[N]>>> => {
    const activity = activities[name] as (...input: unknown[]) => Promise<unknown>;
    const result = await new MockActivityEnvironment().run(activity, ...args);
    return result as Awaited<ReturnType<SourceActivities[N]>>;
  };
  const range = { startDate, endDate, batchSize, ...(appId === undefined ? {} : { appId }) };
  const staged = new SweptRows(store);
  try {
    const found = await run('sweepConversations', { ...range, runId });
    const attempts: number[] = [];
    for (let span = 0; span < found.spans; span++) {
      attempts.push((await run('sweepMessages', { prefix: found.prefix, span })).attempt);
    }
    await beforeFinish?.();
    const { prefix, late, rows } = await run('finishSweep', { ...range, prefix: found.prefix, attempts });
    const days: SweptRange['days'] = new Map();
    for (const day of daysOf(startDate, endDate)) {
      const all = { threads: [] as RawThread[], rejects: [] as Reject[], batches: [] as number[] };
      const received = { conversations: 0, messages: 0 };
      let cursor: string | null = null;
      let sourceCount: number;
      do {
        const page: Awaited<ReturnType<SourceActivities['planDay']>> = await run('planDay', {
          day,
          batchSize,
          maxBatches: 3,
          cursor,
          swept: prefix,
        });
        for (const batch of page.batches) {
          const bytes = await staged.batch(prefix, { ...batch, day }, new AbortController().signal);
          if (bytes === null) throw new Error(`the sweep staged no batch from ${batch.idFrom} of ${day}`);
          const read = readSweptBytes(bytes, { source: 'noco', runId });
          all.batches.push(batch.count);
          all.threads.push(...read.threads);
          all.rejects.push(...read.rejects);
          received.conversations += read.received.conversations;
          received.messages += read.received.messages;
        }
        ({ cursor, sourceCount } = page);
      } while (cursor !== null);
      days.set(day, { ...all, received, sourceCount });
    }
    await run('dropReading', { runId });
    for await (const { key } of store.list(`_staging/${runId}/_reading/`)) throw new Error(`${key} was left`);
    return { days, late, rows };
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Rows of a reading in a form to compare: order does not matter, nor when they were read. */
export function comparable({ threads, rejects, received }: BatchReading) {
  const byJson = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  return {
    threads: byJson(
      // A sweep leaves out the stamps of messages: they only decide which of several rows counts.
      threads.map(({ conversation, messages }) => ({
        conversation,
        messages: byJson(messages.map((message) => ({ ...message, createdAt: null, updatedAt: null }))),
      })),
    ),
    rejects: byJson(rejects.map((reject) => ({ ...reject, fetched_at: 0, run_id: '' }))),
    received,
  };
}

function daysOf(startDate: string, endDate: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(startDate); at <= Date.parse(endDate); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
