import type { LabelledThread } from '../../../src/domain/thread.js';
import { encodeParts } from '../../../src/adapters/lake/index.js';
import { labelStagingId } from '../../../src/ports/lake.js';
import { labelledThread } from '../support/threads.js';
import { collect, DAY, HOUR, keys, openRig, READ, signal, T0, type Rig } from './support.js';

let rig: Rig;
beforeEach(async () => (rig = await openRig()));
afterEach(() => rig.close());

const thread = (id: string, runId = 'r1', fetchedAt = READ) =>
  labelledThread({ id, startedAt: T0, fetchedAt, runId, texts: [id, 'thanks'] });

function withTopic({ conversation, categories }: LabelledThread, topic: string): LabelledThread {
  return {
    conversation: { ...conversation, topic, model_version: 'm2' },
    messages: [],
    categories: categories.slice(0, 1).map((row) => ({ ...row, label: topic, model_version: 'm2' })),
  };
}

async function basis() {
  const { commit_id: commitId, generation } = (await rig.lake.readManifest(DAY))!;
  return { commitId, generation };
}

async function stage(from: { generation: string }, threads: LabelledThread[]): Promise<void> {
  const runId = labelStagingId('relabel', from.generation);
  await rig.lake.putParts({ runId, day: DAY, batch: 0 }, encodeParts(threads), [], signal);
}

const topics = () =>
  rig.reader.query<{
    id: string;
    topic: string;
    model: string;
    fetched: number;
    labels: number;
    messages: number;
  }>(
    `SELECT conversation_id AS id, topic, model_version AS model, epoch_ms(fetched_at) AS fetched,
       (SELECT count(*) FROM categories c WHERE c.conversation_key = v.conversation_key) AS labels,
       (SELECT count(*) FROM messages m WHERE m.conversation_key = v.conversation_key) AS messages
     FROM conversations v ORDER BY id`,
  );

it('puts new labels in the place of old ones, and leaves all else as it is', async () => {
  await collect(rig.lake, { runId: 'r1', batches: [[thread('a'), thread('b')]] });
  const before = await topics();
  const manifest = (await rig.lake.readManifest(DAY))!;
  const from = await basis();
  await stage(from, [withTopic(thread('a'), 'new_topic')]);
  expect(await rig.lake.commitLabels({ runId: 'relabel', day: DAY, basis: from }, signal)).toBe('committed');
  const [a, b] = await topics();
  expect(a).toEqual({ ...before[0], topic: 'new_topic', model: 'm2', labels: 1 });
  expect(b).toEqual(before[1]);
  const after = (await rig.lake.readManifest(DAY))!;
  expect(after.coverage).toEqual(manifest.coverage);
  expect(after.files['messages']!.rows).toBe(manifest.files['messages']!.rows);
  expect(after.model_versions).toContain('m2');
  expect((await keys(rig.store, '_staging/')).filter((key) => key.includes('relabel'))).toEqual([]);
  // Asked again after an answer that was lost: it says so, and commits nothing more.
  expect(await rig.lake.commitLabels({ runId: 'relabel', day: DAY, basis: from }, signal)).toBe('repeated');
  expect((await rig.lake.readManifest(DAY))!.commit_id).toBe(after.commit_id);
});

it('refuses labels that were made from an older commit', async () => {
  await collect(rig.lake, { runId: 'r1', batches: [[thread('a')]] });
  const from = await basis();
  await stage(from, [withTopic(thread('a'), 'new_topic')]);
  await collect(rig.lake, {
    runId: 'r2',
    batches: [[thread('a', 'r2', READ + HOUR)]],
    plannedAt: READ + HOUR,
  });
  const before = await topics();
  expect(await rig.lake.commitLabels({ runId: 'relabel', day: DAY, basis: from }, signal)).toBe('stale');
  expect(await topics()).toEqual(before);
});

it('a later reading replaces the new labels with its own, as it replaces all rows', async () => {
  await collect(rig.lake, { runId: 'r1', batches: [[thread('a')]] });
  const from = await basis();
  await stage(from, [withTopic(thread('a'), 'new_topic')]);
  await rig.lake.commitLabels({ runId: 'relabel', day: DAY, basis: from }, signal);
  await collect(rig.lake, {
    runId: 'r2',
    batches: [[thread('a', 'r2', READ + HOUR)]],
    plannedAt: READ + HOUR,
  });
  expect(await topics()).toMatchObject([
    { fetched: READ + HOUR, model: thread('a').conversation.model_version },
  ]);
});
