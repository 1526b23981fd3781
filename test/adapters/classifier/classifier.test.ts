import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  createClassifier,
  createTypedArrayClassifier,
  defaultModelDir,
  loadModel,
} from '../../../src/adapters/classifier/index.js';
import { TaxonomySchema } from '../../../src/domain/categorize/taxonomy.js';
import type { PipelineError } from '../../../src/domain/errors.js';

const { signal } = new AbortController();
const taxonomy = TaxonomySchema.parse(parse(readFileSync(join(defaultModelDir(), 'taxonomy.yaml'), 'utf8')));

describe('the shipped model', () => {
  const classifier = createTypedArrayClassifier(defaultModelDir());

  test.each([
    ['Hey, good evening!', 'other', 'greet'],
    ['my parcel still has not arrived, where is it?', 'shipping_delivery', 'track_order'],
    ['I forgot my password, can you help me get back in', 'account_access', 'recover_access'],
    ['please cancel my order 4471', 'order_management', 'cancel_order'],
    ['I want my money back for this purchase', 'returns_refunds', 'request_refund'],
    ['my card was charged twice for the same payment', 'billing_payment', 'report_payment_problem'],
    ['could you book a table for six tomorrow evening', 'booking_scheduling', 'book_or_reschedule'],
    ['how do I delete my account for good', 'account_access', 'delete_account'],
    ['thank you so much for your help', 'other', 'thank_or_goodbye'],
    ['send me the invoice of last month', 'billing_payment', 'get_invoice'],
  ])('labels %j as %s, %s', async (text, topic, intent) => {
    const [prediction] = await classifier.classify([text], signal);
    expect(prediction).toMatchObject({ topic: { label: topic }, intent: { label: intent } });
    expect(prediction!.intent.confidence).toBeGreaterThan(0.4);
  });

  test.each([
    ['this is awful, the worst service I ever had', -1],
    ['I am so happy, it works perfectly, thank you!', 1],
    ['which documents do I need for the visa', 0],
    ['this is not good at all', -1],
  ])('feels the tone of %j', async (text, sign) => {
    const [prediction] = await classifier.classify([text], signal);
    const { sentimentScore } = prediction!;
    expect(sentimentScore < -0.15 ? -1 : sentimentScore > 0.15 ? 1 : 0).toBe(sign);
  });

  test('answers only labels of its taxonomy that it was trained for, with probabilities', async () => {
    const texts = [
      '',
      ' ',
      '?!',
      'x'.repeat(50_000),
      '你好',
      '\ud83d',
      'order 1',
      'zzzz qqqq',
      'SELECT * FROM t',
    ];
    const predictions = await classifier.classify(texts, signal);
    const topics = new Set(taxonomy.topics.filter((t) => t.trained).map((t) => t.id));
    const intents = new Set(taxonomy.intents.filter((i) => i.trained).map((i) => i.id));
    const sentiments = new Set(taxonomy.sentiments.map((s) => s.id));
    expect(predictions).toHaveLength(texts.length);
    for (const { topic, intent, sentiment, sentimentScore } of predictions) {
      expect(topics).toContain(topic.label);
      expect(intents).toContain(intent.label);
      expect(sentiments).toContain(sentiment.label);
      for (const { confidence, runnerUp } of [topic, intent, sentiment]) {
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        expect(runnerUp!.confidence).toBeLessThanOrEqual(confidence);
      }
      expect(Math.abs(sentimentScore)).toBeLessThanOrEqual(1);
    }
  });

  test('has every trained label of the taxonomy as an output', () => {
    const { heads } = loadModel(defaultModelDir()).spec;
    const trained = (labels: { id: string; trained: boolean }[]) =>
      labels
        .filter((l) => l.trained)
        .map((l) => l.id)
        .sort();
    expect([...(heads.topic?.labels ?? [])].sort()).toEqual(trained(taxonomy.topics));
    expect([...heads.intent.labels].sort()).toEqual(trained(taxonomy.intents));
  });

  test('says the same of a text alone and among others', async () => {
    const texts = Array.from({ length: 200 }, (_, n) => `where is order number ${'very '.repeat(n % 5)}late`);
    const together = await classifier.classify(texts, signal);
    const [alone] = await classifier.classify([texts[137]!], signal);
    expect(together[137]).toEqual(alone);
  });

  test('lets timers run during a large batch, and stops when told', async () => {
    const texts = Array.from({ length: 1000 }, () => 'where is my order, it should have been here on Monday');
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await classifier.classify(texts, signal);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);

    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 5);
    await expect(classifier.classify(texts, stop.signal)).rejects.toThrow('stopped');
  });
});

describe('a model that is not what it says', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'model-'));
    cpSync(defaultModelDir(), dir, { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const failure = (): PipelineError => {
    try {
      loadModel(dir);
    } catch (error) {
      return error as PipelineError;
    }
    throw new Error('the model was accepted');
  };
  const edit = (change: (spec: Record<string, unknown>) => void): void => {
    const path = join(dir, 'model.json');
    const spec = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    change(spec);
    writeFileSync(path, JSON.stringify(spec));
  };

  test('one flipped bit of the weights is refused', () => {
    const path = join(dir, 'weights.bin');
    const bytes = readFileSync(path);
    bytes[1_000_000]! ^= 1;
    writeFileSync(path, bytes);
    expect(failure()).toMatchObject({
      type: 'ModelUnavailable',
      message: expect.stringMatching(/SHA-256/) as string,
    });
  });

  test('cut weights are refused', () => {
    writeFileSync(join(dir, 'weights.bin'), readFileSync(join(dir, 'weights.bin')).subarray(0, 1000));
    expect(failure().message).toMatch(/has 1000 bytes/);
  });

  test('one changed rating of the lexicon is refused, and a lexicon without its inputs', () => {
    const path = join(dir, 'lexicon.tsv');
    writeFileSync(path, readFileSync(path, 'utf8').replace('good\t1.9', 'good\t-1.9'));
    expect(failure().message).toMatch(/lexicon\.tsv has \d+ bytes and SHA-256/);
    edit((spec) => (spec['lexicon'] = null));
    expect(failure().message).toMatch(/lexical inputs/);
  });

  test('missing files are named', () => {
    rmSync(join(dir, 'weights.bin'));
    expect(failure()).toMatchObject({ type: 'ModelUnavailable', retryable: false });
    expect(failure().message).toMatch(/weights\.bin cannot be read \(ENOENT\)/);
  });

  test('JSON that is none, another format, and heads that do not fit are named', () => {
    edit((spec) => (spec['outputs'] = 7));
    expect(failure().message).toMatch(/outputs is 7/);
    edit((spec) => (spec['format'] = 2));
    expect(failure().message).toMatch(/model\.json: format/);
    writeFileSync(join(dir, 'model.json'), '{');
    expect(failure().message).toMatch(/not JSON/);
  });
});

test('createClassifier says in one line which engine it took and why', async () => {
  const lines: string[] = [];
  const classifier = await createClassifier({
    gpu: { enabled: false, memoryLimitMb: 4096 },
    log: (line) => lines.push(line),
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    new RegExp(`^Categorizer: ${classifier.engine} \\(model 1-[0-9a-f]{10}, taxonomy 1\\); .+`),
  );
  expect(classifier.languages).toEqual(['en']);
  await classifier.close();
});
