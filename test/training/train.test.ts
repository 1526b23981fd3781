import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTypedArrayClassifier, defaultModelDir } from '../../src/adapters/classifier/index.js';
import { NO_SOFTMAX } from '../../src/training/heads.js';
import { evaluateModel, trainLabelled, trainModel, type TrainResult } from '../../src/training/index.js';
import { writeTinyDatasets } from './fixtures.js';

let dir: string;
let datasetsDir: string;
let result: TrainResult;
const train = (name: string, seed?: number) =>
  trainModel({
    datasetsDir,
    outDir: join(dir, name),
    taxonomyDir: 'models/default',
    seed,
    softmax: NO_SOFTMAX,
  });
const digest = (name: string): string =>
  ['model.json', 'weights.bin']
    .map((file) =>
      createHash('sha256')
        .update(readFileSync(join(dir, name, file)))
        .digest('hex'),
    )
    .join();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'train-'));
  datasetsDir = join(dir, 'data');
  writeTinyDatasets(datasetsDir);
  result = await train('a');
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

test('learns what the tiny sets teach', async () => {
  const classifier = createTypedArrayClassifier(join(dir, 'a'));
  const predictions = await classifier.classify(
    [
      'where is the other parcel',
      'will the hail stop tomorrow',
      'yellow elephants sing',
      'the opera is wonderful',
      'the opera is horrible',
    ],
    new AbortController().signal,
  );
  expect(predictions.slice(0, 3).map((p) => [p.topic.label, p.intent.label])).toEqual([
    ['shipping_delivery', 'track_order'],
    ['general_assistance', 'ask_general_question'],
    ['other', 'out_of_scope'],
  ]);
  expect(predictions[3]!.sentimentScore).toBeGreaterThan(0.15);
  expect(predictions[4]!.sentimentScore).toBeLessThan(-0.15);
});

test('a model of own labels has the sentiment of the one that it was made from', async () => {
  const rows = ['ship', 'send', 'bring', 'weigh', 'pack', 'wrap'].flatMap((verb) => [
    { label: 'parcel', text: `${verb} the parcel` },
    { label: 'letter', text: `${verb} the letter` },
  ]);
  const outDir = join(dir, 'own');
  await trainLabelled({ train: rows, outDir, settings: { softmax: NO_SOFTMAX } });
  const texts = ['this is not good at all', 'I love this so much, thank you!', 'send the parcel'];
  const { signal } = new AbortController();
  const [own, base] = await Promise.all([
    createTypedArrayClassifier(outDir).classify(texts, signal),
    createTypedArrayClassifier(defaultModelDir()).classify(texts, signal),
  ]);
  expect(own.map((p) => p.sentiment.label)).toEqual(base.map((p) => p.sentiment.label));
  // Other document frequencies weigh the features of a text otherwise.
  own.forEach((p, n) => expect(Math.abs(p.sentimentScore - base[n]!.sentimentScore)).toBeLessThan(0.15));
});

test('the same data and seed give the same bytes, another seed others', async () => {
  await train('b');
  expect(digest('b')).toBe(digest('a'));
  await train('c', 2);
  expect(digest('c')).not.toBe(digest('a'));
}, 120_000);

test('keeps the taxonomy beside the model, and reports what it was made of', () => {
  expect(existsSync(join(dir, 'a', 'taxonomy.yaml'))).toBe(true);
  expect(result.intents).toContain('track_order');
  expect(result.texts).toMatchObject({ clinc150: 36, bitext: 12, lexicon: 2 });
  expect(result.texts['own']).toBeGreaterThan(200);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

test('evaluation measures the test splits', async () => {
  const evaluation = await evaluateModel({ modelDir: join(dir, 'a'), datasetsDir });
  expect(evaluation.intent['clinc150']).toMatchObject({ texts: 3, accuracy: 1 });
  expect(evaluation.unseen).toBeNull();
  expect(evaluation.outOfScope).toEqual({ recall: 1, falseAlarms: 0 });
  expect(evaluation.sentiment.goemotions.accuracy).toBe(1);
});

test('a missing data set is named', async () => {
  await expect(
    trainModel({ datasetsDir: join(dir, 'nowhere'), outDir: join(dir, 'e'), taxonomyDir: 'models/default' }),
  ).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(/data_full\.json is missing/) as string,
  });
});

test('stops when told', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(
    trainModel({ datasetsDir, outDir: join(dir, 'f'), taxonomyDir: 'models/default', signal: stop.signal }),
  ).rejects.toThrow('stopped');
});
