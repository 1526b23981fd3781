import { afterAll, expect, it } from '@jest/globals';
import { createTypedArrayClassifier, defaultModelDir } from '../../src/adapters/classifier/index.js';
import { labelFacts } from '../../src/adapters/staging/label-facts.js';
import { encodeFacts, encodeLabelled } from '../../src/adapters/staging/threads.js';
import { threadedLabeller } from '../../src/workers/threads/labeller.js';
import { createCpuPool } from '../../src/workers/threads/pool.js';
import { labelledThread } from '../adapters/support/threads.js';

/** Threads run compiled code: what crosses their border is the same as without them. */

const { signal } = new AbortController();
const at = Date.UTC(2024, 2, 5);
const threads = ['where is my order?', 'I want my money back, this is awful'].map((text, n) =>
  labelledThread({ id: `c${n}`, startedAt: at, fetchedAt: at, runId: 'r', texts: [text] }),
);
const facts = encodeFacts(threads);
const pool = createCpuPool(1, { roles: {}, statuses: {}, storeText: 'all' });
const labeller = threadedLabeller({ modelDir: undefined });

afterAll(async () => {
  await Promise.all([pool.close(), labeller.close()]);
});

it('a thread gives the labels that the model gives here', async () => {
  const classifier = createTypedArrayClassifier(defaultModelDir());
  const here = await labelFacts(facts, classifier, new Map(), signal);
  expect(Buffer.from(await labeller.label(facts, new Map(), signal))).toEqual(Buffer.from(here));
});

it('what people said reaches the thread', async () => {
  const key = threads[0]!.conversation.conversation_key;
  const human = new Map([
    [key, [{ messageId: null, task: 'topic' as const, label: 'other', taxonomyVersion: 'mine' }]],
  ]);
  const labelled = await labeller.label(facts, human, signal);
  const without = await labeller.label(facts, new Map(), signal);
  expect(Buffer.from(labelled)).not.toEqual(Buffer.from(without));
});

it.each([
  ['the pool', () => pool.encodeParts({ facts, labelled: encodeLabelled(threads.slice(1)) }, signal)],
  ['the labelling thread', () => labeller.label(Buffer.from('private words'), new Map(), signal)],
])('an error of %s keeps its type, which says whether trying again helps', async (_, work) => {
  const failed: unknown = await work().catch((error: unknown) => error);
  expect(failed).toMatchObject({ name: 'PipelineError', type: 'LakeCorrupt' });
  expect(String(failed)).not.toContain('private');
});
