import { Context } from '@temporalio/activity';
import pLimit from 'p-limit';
import { Catalogue } from '../domain/reading/catalogue.js';
import type { SweepRange } from '../domain/collection.js';
import { contestedRows, MessageIds } from '../adapters/staging/message-ids.js';
import { SliceWriter, type OwnedSlice } from '../adapters/staging/slices.js';
import {
  dayKey,
  daysKey,
  decodeKeys,
  encodeKeys,
  getJson,
  idsKey,
  keysKey,
  planKey,
  putJson,
  readingPrefix,
  Recent,
  SHARED,
  spanName,
  type SweepPlan,
  type SweptDay,
  type SweptDays,
  type StagedVersion,
  type SweptSpan,
  type Wanted,
} from '../adapters/staging/sweep-records.js';
import { sweptDays } from '../adapters/staging/swept-batches.js';
import { conversationLine, messageLines } from '../adapters/staging/swept-threads.js';
import type { ConversationSource, MessageSpan } from '../ports/conversation-source.js';
import type { ObjectStore } from '../ports/object-store.js';
import { runActivity } from './failures.js';
import { readStaged } from './staging.js';

const PARALLEL_READS = 8;

interface SweepDeps {
  source: ConversationSource;
  store: ObjectStore;
}

/** Reading by a sweep: both tables walked once, and staged by day and batch (docs/adr/0010). */
export class Sweeper {
  private readonly plans = new Recent<SweepPlan>(2);
  private readonly wanted = new Recent<Wanted>(2);

  constructor(private readonly deps: SweepDeps) {}

  /** The activities. */
  activities() {
    return {
      /** Walks the conversations table: which batch each row belongs to, and which of several with one id counts. */
      sweepConversations: async (input: SweepRange & { runId: string }) =>
        runActivity((signal, heartbeat) => this.conversations(input, signal, heartbeat)),

      /** Walks one span of the messages, and stages its rows by batch. */
      sweepMessages: async (input: { prefix: string; span: number }) =>
        runActivity(async (signal, heartbeat) => {
          const { attempt } = Context.current().info;
          const plan = await this.plan(input.prefix);
          const span = plan.messages.spans[input.span];
          if (span === undefined) throw new RangeError(`no span ${input.span}`);
          const name = spanName(input.prefix, input.span, attempt);
          const swept = await this.span(input.prefix, [span], name, signal, heartbeat);
          await putJson(this.deps.store, `${name}.json`, swept, signal);
          return { attempt, rows: swept.rows };
        }),

      /** Reads what has come meanwhile, compares counts, and makes the plan of every day. */
      finishSweep: async (input: SweepRange & { prefix: string; attempts: number[] }) =>
        runActivity((signal, heartbeat) => this.finish(input, signal, heartbeat)),

      /** Removes what a sweep has staged. */
      dropReading: async (input: { runId: string }) =>
        runActivity(async (signal) => {
          const { store } = this.deps;
          const keys: string[] = [];
          for await (const { key } of store.list(readingPrefix(input.runId), signal)) keys.push(key);
          await store.delete(keys, signal);
          return { objects: keys.length };
        }),
    };
  }

  private async conversations(
    { runId, startDate, endDate, appId, batchSize }: SweepRange & { runId: string },
    signal: AbortSignal,
    heartbeat: () => void,
  ): Promise<{ prefix: string; startedAt: number; spans: number; rows: number }> {
    const { source, store } = this.deps;
    const prefix = `${readingPrefix(runId)}${Context.current().info.attempt}/`;
    const startedAt = Date.now();
    const catalogue = new Catalogue({ startDate, endDate }, batchSize);
    const writer = new SliceWriter(store, `${prefix}conversations`, signal);
    for await (const page of source.scanConversations(appId, startedAt, signal, heartbeat)) {
      for (const scanned of page) {
        const slot = catalogue.add(scanned);
        if (slot !== null) writer.add(slot, conversationLine(scanned.row));
      }
      await writer.flushIfLarge();
    }
    const messages = await source.messageSpans(signal);
    const plan: SweepPlan = {
      startedAt,
      slots: catalogue.slots,
      days: [...catalogue.days],
      losers: [...catalogue.losers()],
      conversations: await writer.finish(),
      messages,
    };
    const keys = encodeKeys(catalogue.winners(), messages.uses);
    await store.put(keysKey(prefix), keys, { signal });
    await putJson(store, planKey(prefix), plan, signal);
    return { prefix, startedAt, spans: messages.spans.length, rows: messages.rows };
  }

  private async span(
    prefix: string,
    spans: readonly MessageSpan[],
    name: string,
    signal: AbortSignal,
    heartbeat: () => void,
  ): Promise<SweptSpan & { fresh: number }> {
    const { source, store } = this.deps;
    const wanted = await this.wantedOf(prefix);
    const writer = new SliceWriter(store, name, signal);
    const ids = new MessageIds();
    let rows = 0;
    let fresh = 0;
    for (const span of spans) {
      for await (const page of source.scanMessages(span, wanted, signal, heartbeat)) {
        rows += page.rows;
        if (span.to === null) fresh += page.rows;
        for (const { conversation, primaryKey, row } of page.messages) {
          const slot = wanted.slots[conversation];
          const rowId = wanted.rowIds[conversation];
          if (slot === undefined || rowId === undefined) continue;
          writer.add(slot, messageLines(rowId, row));
          if (row.ok) ids.add(row.value.messageId, { table: span.table, row: primaryKey, conversation });
        }
        await writer.flushIfLarge();
      }
    }
    await store.put(idsKey(name), ids.encode(), { signal });
    return { rows, fresh, slices: await writer.finish() };
  }

  private async finish(
    { prefix, attempts, ...range }: SweepRange & { prefix: string; attempts: number[] },
    signal: AbortSignal,
    heartbeat: () => void,
  ): Promise<{ prefix: string; rows: number; late: number }> {
    const { source, store } = this.deps;
    const plan = await this.plan(prefix);
    const { attempt } = Context.current().info;
    const name = `${prefix}tail-${attempt}`;
    const tail = await this.span(prefix, plan.messages.tails, name, signal, heartbeat);
    const limit = pLimit(PARALLEL_READS);
    const spans = await Promise.all(
      attempts.map((own, span) =>
        limit(() => getJson<SweptSpan>(store, `${spanName(prefix, span, own)}.json`, signal)),
      ),
    );
    const slices: OwnedSlice[] = [...spans.flatMap((span) => span.slices), ...tail.slices];
    const names = [...attempts.map((own, span) => spanName(prefix, span, own)), name];
    const versions = await this.versions(prefix, plan, names, signal);
    const ready = `${prefix}days-${attempt}/`;
    for await (const { day, swept } of sweptDays(store, plan, slices, signal)) {
      const own = versions.get(day);
      const whole = own === undefined ? swept : { ...swept, versions: own };
      await putJson(store, dayKey(ready, day), whole, signal);
    }
    const counts = new Map(plan.days);
    const differing = await source.recount(range, counts, signal);
    for (const [day, count] of differing) {
      if (!counts.has(day)) {
        const empty: SweptDay = { startedAt: plan.startedAt, losers: [], batches: [] };
        await putJson(store, dayKey(ready, day), empty, signal);
      }
      counts.set(day, count);
    }
    await putJson(store, daysKey(ready), [...counts] satisfies SweptDays, signal);
    const rows = spans.reduce((sum, span) => sum + span.rows, 0);
    // Rows with ids that the sweep had passed already: an import, or a transaction that was open for long.
    const late = Math.max(0, (await source.countMessages(signal)) - rows - tail.fresh);
    return { prefix: ready, rows: rows + tail.fresh, late };
  }

  /** Versions of the rows that share a message id, by day: nothing else needs them. */
  private async versions(
    prefix: string,
    plan: SweepPlan,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, StagedVersion[]>> {
    const { source, store } = this.deps;
    const limit = pLimit(PARALLEL_READS);
    const parts = await Promise.all(
      names.map((name) => limit(() => readStaged(store, idsKey(name), signal))),
    );
    const contested = contestedRows(parts);
    const byDay = new Map<string, StagedVersion[]>();
    if (contested.length === 0) return byDay;
    const { slots } = await this.wantedOf(prefix);
    const days = new Map<string, string>();
    for (const { table, row, conversation } of contested) {
      const day = plan.slots[slots[conversation] ?? -1]?.day;
      if (day !== undefined) days.set(`${table}/${row}`, day);
    }
    for (const table of new Set(contested.map((row) => row.table))) {
      const rows = contested.filter((row) => row.table === table).map(({ row }) => String(row));
      for (const { row, rowId, version } of await source.messageVersions({ table, rows }, signal)) {
        const day = days.get(`${table}/${row}`);
        if (day === undefined) continue;
        const own = byDay.get(day);
        if (own === undefined) byDay.set(day, [[rowId, version]]);
        else own.push([rowId, version]);
      }
    }
    return byDay;
  }

  private wantedOf(prefix: string): Promise<Wanted> {
    return this.wanted.get(prefix, async () =>
      decodeKeys(await readStaged(this.deps.store, keysKey(prefix), SHARED)),
    );
  }

  private plan(prefix: string): Promise<SweepPlan> {
    return this.plans.get(prefix, () => getJson<SweepPlan>(this.deps.store, planKey(prefix), SHARED));
  }
}
