import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { LabelledThread } from '../../../src/domain/thread.js';
import { labelledThread } from '../support/threads.js';
import { collect, HOUR, openRig, READ, T0, type Rig } from './support.js';

jest.setTimeout(120_000);

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(async () => {
  await rig.close();
});

/** Small seeded generator (mulberry32): the same sequence each time, so that a failure can be repeated. */
function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** What the lake should hold, kept the naive way. */
class Model {
  readonly rows = new Map<string, { thread: LabelledThread; deletedAt: number | null }>();

  apply(
    threads: LabelledThread[],
    run: { id: string; plannedAt: number; appId: string | null; complete: boolean },
  ): void {
    const read = new Set(threads.map(({ conversation }) => conversation.conversation_key));
    for (const thread of threads) {
      const { conversation_key: key, fetched_at: at, run_id: by } = thread.conversation;
      const old = this.rows.get(key)?.thread.conversation;
      if (old === undefined || at > old.fetched_at || (at === old.fetched_at && by > old.run_id)) {
        this.rows.set(key, { thread, deletedAt: null });
      }
    }
    if (!run.complete) return;
    for (const [key, row] of this.rows) {
      const { app_id, fetched_at, run_id } = row.thread.conversation;
      const inScope = run.appId === null || app_id === run.appId;
      if (inScope && !read.has(key) && fetched_at < run.plannedAt && run_id !== run.id)
        row.deletedAt ??= run.plannedAt;
    }
  }

  state(): unknown {
    return [...this.rows.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { thread, deletedAt }]) => [
        key,
        thread.conversation.run_id,
        deletedAt,
        thread.messages.map((message) => message.text).join('|'),
        thread.categories.length,
      ]);
  }
}

async function lakeState(): Promise<unknown> {
  const rows = await rig.reader.query<Record<string, unknown>>(
    `SELECT c.conversation_key AS key, c.run_id AS run, epoch_ms(c.deleted_at) AS deleted,
       coalesce((SELECT string_agg(text, '|' ORDER BY seq) FROM messages m
                 WHERE m.conversation_key = c.conversation_key AND m.run_id = c.run_id), '') AS texts,
       (SELECT count(*) FROM categories k WHERE k.conversation_key = c.conversation_key) AS labels
     FROM conversations c ORDER BY key`,
  );
  return rows.map((row) => [row['key'], row['run'], row['deleted'], row['texts'], row['labels']]);
}

it.each([11, 12, 13])('random readings in random batches equal the naive model (seed %i)', async (seed) => {
  const random = randoms(seed);
  const model = new Model();
  const apps: (string | null)[] = ['web', 'app é', null];
  for (let step = 0; step < 7; step++) {
    const runId = `run-${random(1000)}-${step}`;
    const plannedAt = READ + random(5) * HOUR;
    const appId = apps[random(3)] ?? null;
    const complete = random(2) === 0;
    const threads: LabelledThread[] = [];
    for (let n = 0; n < 12; n++) {
      const app = apps[n % 3] ?? null;
      if (random(3) === 0 || (appId !== null && app !== appId)) continue;
      threads.push(
        labelledThread({
          id: `c${n}`,
          startedAt: T0 + n,
          // Few different times, so that versions tie.
          fetchedAt: plannedAt + random(2),
          runId,
          appId: app,
          texts: Array.from({ length: random(4) }, (_, i) => `${step}.${n}.${i} ${random(99)}`),
        }),
      );
    }
    const batches: LabelledThread[][] = [];
    for (let from = 0; from < threads.length;) {
      const size = 1 + random(5);
      batches.push(threads.slice(from, from + size));
      from += size;
    }
    await collect(rig.lake, { runId, batches, plannedAt, appId, complete });
    model.apply(threads, { id: runId, plannedAt, appId, complete });
    expect(await lakeState()).toEqual(model.state());
  }
});
