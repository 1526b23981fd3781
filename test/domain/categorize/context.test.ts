import { createTypedArrayClassifier, defaultModelDir } from '../../../src/adapters/classifier/index.js';
import { HumanLabels } from '../../../src/domain/categorize/human.js';
import type { TextPrediction } from '../../../src/domain/categorize/prediction.js';
import { categorizeThread } from '../../../src/domain/categorize/rollup.js';
import { categorizeThreads } from '../../../src/domain/categorize/threads.js';
import type { CategoryRow } from '../../../src/domain/schema.js';
import { INFO, said, threadOf, type Line } from './fixtures.js';

const REFUND = said(['returns_refunds', 0.9], ['request_refund', 0.8]);
const OUTSIDE = said(['other', 0.9], ['out_of_scope', 0.9]);
const TRACK = said(['shipping_delivery', 0.8], ['track_order', 0.8]);
const UNSURE = said(['other', 0.3], ['track_order', 0.3]);
const THANKS = said(['other', 0.9], ['thank_or_goodbye', 0.9], 0.4);
const ASKED: Line = { text: 'What is the order number?', actor: 'bot' };

/** Rows of intents of user messages, in order. */
const intentsOf = (categories: readonly CategoryRow[]) =>
  categories
    .filter((c) => c.subject_type === 'message' && c.task === 'intent')
    .map(({ label, reason }) => (reason === null ? label : `${label} (${reason})`));
const read = (lines: Line[], predictions: (TextPrediction | null)[], human?: HumanLabels) =>
  categorizeThread(threadOf(lines), predictions, INFO, human);

describe('an answer to a question', () => {
  test.each([
    ['that says nothing by itself', 'it is the blue one', OUTSIDE],
    ['that the model is unsure of', 'hm the second', UNSURE],
    ['without a word', '4711', OUTSIDE],
  ])('%s goes on with the request, less surely', (_, text, prediction) => {
    const { categories, intents } = read([{ text: 'refund please' }, ASKED, { text }], [REFUND, prediction]);
    expect(intentsOf(categories)).toEqual(['request_refund', 'request_refund (context)']);
    const answer = categories.find((c) => c.category_key === 'test:m:c-2#intent#1');
    expect(answer?.confidence).toBeCloseTo(0.72, 6);
    // What it says by itself still decides whether somebody waits for an answer.
    expect(intents[2]).toBe(text === 'it is the blue one' ? 'out_of_scope' : 'unknown');
  });

  test('keeps its own tone', () => {
    const cross = said(['other', 0.9], ['out_of_scope', 0.9], -0.6);
    const { categories } = read(
      [{ text: 'refund please' }, ASKED, { text: 'the broken one' }],
      [REFUND, cross],
    );
    const tones = categories.filter((c) => c.message_key !== null && c.task === 'sentiment');
    expect(tones.map(({ score }) => score)).toEqual([0, -0.6]);
  });

  test('has no vote on what the conversation is about', () => {
    const lines: Line[] = [
      { text: 'refund please' },
      { text: 'where is my order' },
      ASKED,
      { text: 'the blue one' },
      ASKED,
      { text: 'the second' },
    ];
    const predictions = [said(['returns_refunds', 0.9], ['request_refund', 0.9]), TRACK, OUTSIDE, OUTSIDE];
    const { labels, categories } = read(lines, predictions);
    expect(intentsOf(categories).slice(2)).toEqual(['track_order (context)', 'track_order (context)']);
    expect(labels).toMatchObject({ intent: 'request_refund', intent_secondary: 'track_order' });
    const { topic_confidence, intent_confidence } = read(lines.slice(0, 2), predictions.slice(0, 2)).labels;
    expect(labels).toMatchObject({ topic_confidence, intent_confidence });
  });

  test('is answered once more by what follows it, until the request is forgotten', () => {
    const answers = Array.from({ length: 9 }, (_, n): Line => ({ text: `one more ${'x'.repeat(n)}` }));
    const { categories } = read(
      [{ text: 'refund please' }, ASKED, ...answers],
      [REFUND, ...answers.map(() => OUTSIDE)],
    );
    // 0.8 times 0.9 to the power of 6 is 0.43, of 7 is 0.38.
    const labels = intentsOf(categories).slice(1);
    expect(labels.slice(0, 6)).toEqual(Array(6).fill('request_refund (context)'));
    expect(labels.slice(6)).toEqual(Array(3).fill('out_of_scope'));
  });
});

describe('a message is read by itself', () => {
  const second = (lines: Line[], prediction: TextPrediction | null, human?: HumanLabels) =>
    intentsOf(read([{ text: 'refund please' }, ...lines], [REFUND, prediction], human).categories)[1];

  test('where it has a meaning of its own', () => {
    expect(
      second([ASKED, { text: 'cancel it' }], said(['order_management', 0.5], ['cancel_order', 0.5])),
    ).toBe('cancel_order');
    expect(second([ASKED, { text: 'ok thanks' }], THANKS)).toBe('thank_or_goodbye');
  });

  test('where nothing was asked', () => {
    expect(second([{ text: 'It is on its way.', actor: 'agent' }, { text: 'the blue one' }], OUTSIDE)).toBe(
      'out_of_scope',
    );
    expect(second([{ text: 'the blue one' }], OUTSIDE)).toBe('out_of_scope');
  });

  test.each(['Can I help you with anything else?', 'Hi, Dana here. How can I help you?'])(
    'where it was asked for a request: %s',
    (text) => {
      expect(second([{ text, actor: 'agent' }, { text: 'the blue one' }], OUTSIDE)).toBe('out_of_scope');
    },
  );

  test('where only the staff could read the question', () => {
    expect(second([{ ...ASKED, is_private: true }, { text: 'the blue one' }], OUTSIDE)).toBe('out_of_scope');
  });

  test('where it is empty, or in a language that the model does not know', () => {
    const german = { language: 'de', language_confidence: 0.95 };
    expect(second([ASKED, { text: null }], null)).toBe('unknown (empty)');
    expect(second([ASKED, { text: 'das steht auf der blauen Rechnung von gestern', ...german }], null)).toBe(
      'unknown (language)',
    );
  });

  test('where what came before was no request that an answer goes on with', () => {
    for (const label of ['contact_human', 'praise', 'greet', 'out_of_scope']) {
      const { categories } = read(
        [{ text: 'hello' }, ASKED, { text: 'the blue one' }],
        [said(['other', 0.9], [label, 0.9]), OUTSIDE],
      );
      expect(intentsOf(categories)).toEqual([label, 'out_of_scope']);
    }
  });

  test('where a person labelled it; what follows goes on with that label', () => {
    const by = (messageId: string, label: string) =>
      new HumanLabels([{ messageId, task: 'intent', label, taxonomyVersion: 'h1' }]);
    const asked = [ASKED, { text: 'the blue one' }];
    expect(second(asked, OUTSIDE, by('c-2', 'out_of_scope'))).toBe('out_of_scope');
    expect(second(asked, OUTSIDE, by('c-0', 'track_refund'))).toBe('track_refund (context)');
  });
});

test('the shipped model reads a short answer as part of the request, at no further text to classify', async () => {
  const model = createTypedArrayClassifier(defaultModelDir());
  const asked: string[] = [];
  const labeller = {
    ...model,
    classify: (texts: readonly string[], signal: AbortSignal) => {
      asked.push(...texts);
      return model.classify(texts, signal);
    },
  };
  const facts = threadOf([
    { text: 'please cancel my order' },
    { text: 'Of course. Which one is it?', actor: 'bot' },
    { text: 'yes, 4711' },
    { text: 'Done. Can I help you with anything else?', actor: 'bot' },
    { text: 'thank you so much for your help' },
  ]);
  const [labelled] = await categorizeThreads([facts], labeller, new AbortController().signal);
  expect(asked).toHaveLength(3);
  expect(intentsOf(labelled?.categories ?? [])).toEqual([
    'cancel_order',
    'cancel_order (context)',
    'thank_or_goodbye',
  ]);
  expect(labelled?.conversation).toMatchObject({ topic: 'order_management', intent: 'cancel_order' });
});
