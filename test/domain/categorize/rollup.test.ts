import { CATEGORIES, type CategoryRow } from '../../../src/domain/schema.js';
import { categorizeThread } from '../../../src/domain/categorize/rollup.js';
import { invalidColumn } from '../../../src/domain/validate-row.js';
import { INFO, said, threadOf } from './fixtures.js';

const row = (rows: CategoryRow[], key: string): CategoryRow | undefined =>
  rows.find((r) => r.category_key === key);

describe('labels of a conversation', () => {
  test('come from its one message, with a row for each subject and task', () => {
    const facts = threadOf([{ text: 'where is my order' }]);
    const { labels, categories, intents } = categorizeThread(
      facts,
      [said(['shipping_delivery', 0.9], ['track_order', 0.8], -0.2)],
      INFO,
    );
    expect(labels).toMatchObject({
      topic: 'shipping_delivery',
      intent: 'track_order',
      intent_secondary: null,
      sentiment: 'negative',
      sentiment_score: -0.2,
      sentiment_start: -0.2,
      sentiment_end: -0.2,
      sentiment_shift: null,
      model_version: 'm1',
      taxonomy_version: 't1',
    });
    expect(labels.topic_confidence).toBeCloseTo(0.9);
    expect(intents).toEqual(['track_order']);
    expect(categories.map((c) => c.category_key).sort()).toEqual([
      'test:c#intent#1',
      'test:c#sentiment#1',
      'test:c#topic#1',
      'test:m:c-0#intent#1',
      'test:m:c-0#sentiment#1',
    ]);
    for (const category of categories) expect(invalidColumn(CATEGORIES, category)).toBeNull();
    expect(row(categories, 'test:m:c-0#intent#1')).toMatchObject({
      subject_type: 'message',
      message_key: 'test:m:c-0',
      reason: null,
      score: null,
      origin: 'model',
      text_basis: 'original',
    });
  });

  test('are all null where no user wrote', () => {
    const facts = threadOf([{ text: 'hello, can I help?', actor: 'bot' }]);
    const { labels, categories, intents } = categorizeThread(facts, [], INFO);
    expect(Object.values(labels).every((value) => value === null)).toBe(true);
    expect(categories).toEqual([]);
    expect(intents).toEqual([null]);
  });

  test('ignore private notes and everybody but the user', () => {
    const facts = threadOf([
      { text: 'a note', is_private: true },
      { text: 'hi', actor: 'bot' },
      { text: 'refund please' },
    ]);
    const { intents } = categorizeThread(
      facts,
      [said(['returns_refunds', 0.9], ['request_refund', 0.9])],
      INFO,
    );
    expect(intents).toEqual([null, null, 'request_refund']);
  });

  test('do not become small talk where there is a request', () => {
    const facts = threadOf([{ text: 'hello' }, { text: 'refund please' }, { text: 'thanks a lot' }]);
    const { labels } = categorizeThread(
      facts,
      [
        said(['other', 0.99], ['greet', 0.99]),
        said(['returns_refunds', 0.5], ['request_refund', 0.5]),
        said(['other', 0.99], ['thank_or_goodbye', 0.99]),
      ],
      INFO,
    );
    expect(labels).toMatchObject({
      topic: 'returns_refunds',
      intent: 'request_refund',
      intent_secondary: null,
    });
  });

  test('are small talk where there is nothing else', () => {
    const facts = threadOf([{ text: 'hello' }]);
    const { labels } = categorizeThread(facts, [said(['order_management', 0.6], ['greet', 0.9])], INFO);
    expect(labels).toMatchObject({ topic: 'other', intent: 'greet' });
  });

  test('let early messages weigh most, and keep the second request', () => {
    const facts = threadOf([{ text: 'track my parcel' }, { text: 'and send me the invoice' }]);
    const { labels, categories } = categorizeThread(
      facts,
      [
        said(['shipping_delivery', 0.8], ['track_order', 0.8]),
        said(['billing_payment', 0.9], ['get_invoice', 0.9]),
      ],
      INFO,
    );
    expect(labels).toMatchObject({ intent: 'track_order', intent_secondary: 'get_invoice' });
    expect(row(categories, 'test:c#topic#2')?.label).toBe('billing_payment');
    expect(row(categories, 'test:c#intent#2')?.label).toBe('get_invoice');
  });

  test('let a request outweigh talk that is outside the taxonomy', () => {
    const facts = threadOf([{ text: 'are you a robot' }, { text: 'cancel my order' }]);
    const { labels } = categorizeThread(
      facts,
      [said(['other', 0.9], ['out_of_scope', 0.9]), said(['order_management', 0.8], ['cancel_order', 0.8])],
      INFO,
    );
    expect(labels).toMatchObject({
      topic: 'order_management',
      intent: 'cancel_order',
      intent_secondary: null,
    });
  });
});

test('praise beside a request does not become what the user came for', () => {
  const facts = threadOf([{ text: 'great shop' }, { text: 'where is my order' }]);
  const { labels } = categorizeThread(
    facts,
    [
      said(['feedback_feature_request', 0.9], ['praise', 0.9]),
      said(['shipping_delivery', 0.8], ['track_order', 0.8]),
    ],
    INFO,
  );
  expect(labels).toMatchObject({
    topic: 'shipping_delivery',
    intent: 'track_order',
    intent_secondary: 'praise',
  });
});

describe('unknown, with the reason', () => {
  const unsure = said(['billing_payment', 0.39], ['get_invoice', 0.39]);

  test('low_confidence below 0.40', () => {
    const { labels, categories } = categorizeThread(threadOf([{ text: 'hm what' }]), [unsure], INFO);
    expect(labels).toMatchObject({ topic: 'unknown', intent: 'unknown', sentiment: 'neutral' });
    expect(row(categories, 'test:c#topic#1')?.reason).toBe('low_confidence');
    expect(row(categories, 'test:m:c-0#intent#1')?.reason).toBe('low_confidence');
    const { labels: sure } = categorizeThread(
      threadOf([{ text: 'hm what' }]),
      [said(['billing_payment', 0.4], ['get_invoice', 0.4])],
      INFO,
    );
    expect(sure).toMatchObject({ topic: 'billing_payment', intent: 'get_invoice' });
  });

  test.each([[null], [''], ['  ']])('empty for %j', (text) => {
    const { labels, categories } = categorizeThread(threadOf([{ text }]), [null], INFO);
    expect(labels).toMatchObject({
      topic: 'unknown',
      intent: 'unknown',
      sentiment: 'unknown',
      sentiment_score: null,
    });
    expect(new Set(categories.map((c) => c.reason))).toEqual(new Set(['empty']));
  });

  test('short for an order number or a lone sign, which still has a tone', () => {
    const facts = threadOf([{ text: '👍 100' }]);
    const { labels, categories } = categorizeThread(
      facts,
      [said(['other', 0.9], ['praise', 0.9], 0.6)],
      INFO,
    );
    expect(labels).toMatchObject({ topic: 'unknown', intent: 'unknown', sentiment: 'very_positive' });
    expect(row(categories, 'test:c#intent#1')?.reason).toBe('short');
  });

  test('language, for the conversation too', () => {
    const german = { language: 'de', language_confidence: 0.95 };
    const facts = threadOf([{ text: 'Wo ist meine Bestellung geblieben?', ...german }], german);
    const { labels, categories } = categorizeThread(facts, [null], INFO);
    expect(labels).toMatchObject({ topic: 'unknown', intent: 'unknown', sentiment: 'unknown' });
    expect(new Set(categories.map((c) => c.reason))).toEqual(new Set(['language']));
    expect(labels.model_version).toBe('m1');
  });

  test('a greeting does not hide a request that could not be read', () => {
    const facts = threadOf([{ text: 'hello' }, { text: 'qwertz asdf' }]);
    const { labels } = categorizeThread(facts, [said(['other', 0.9], ['greet', 0.9]), unsure], INFO);
    expect(labels).toMatchObject({ topic: 'unknown', intent: 'unknown' });
  });

  test('where there is no request, the first telling message decides between outside and unknown', () => {
    const outside = said(['other', 0.9], ['out_of_scope', 0.9]);
    const facts = threadOf([{ text: 'hm what' }, { text: 'it is number 5' }]);
    expect(categorizeThread(facts, [unsure, outside], INFO).labels).toMatchObject({
      topic: 'unknown',
      intent: 'unknown',
    });
    expect(categorizeThread(facts, [outside, unsure], INFO).labels).toMatchObject({
      topic: 'other',
      intent: 'out_of_scope',
    });
  });

  test('a message that could not be read does not hide a request', () => {
    const facts = threadOf([{ text: 'qwertz asdf' }, { text: 'refund me' }]);
    const { labels } = categorizeThread(
      facts,
      [unsure, said(['returns_refunds', 0.7], ['request_refund', 0.7])],
      INFO,
    );
    expect(labels).toMatchObject({ topic: 'returns_refunds', intent: 'request_refund' });
  });
});

describe('sentiment', () => {
  const scores = (...values: number[]) => {
    const facts = threadOf(values.map(() => ({ text: 'some words' })));
    return categorizeThread(
      facts,
      values.map((score) => said(['other', 0.9], ['out_of_scope', 0.9], score)),
      INFO,
    ).labels;
  };

  test('weights the end three times as much as the start', () => {
    expect(scores(-0.8, 0.8).sentiment_score).toBeCloseTo((-0.8 + 3 * 0.8) / 4, 6);
    expect(scores(0.8, -0.8).sentiment).toBe('negative');
  });

  test('has a shift from three user messages on', () => {
    expect(scores(-0.6, 0.6)).toMatchObject({
      sentiment_start: -0.6,
      sentiment_end: 0.6,
      sentiment_shift: null,
    });
    const three = scores(-0.6, 0, 0.6);
    expect(three.sentiment_shift).toBeCloseTo(0.6, 6);
  });

  test('takes the first and last third as start and end', () => {
    const six = scores(-0.4, -0.2, 0, 0, 0.2, 0.6);
    expect(six.sentiment_start).toBeCloseTo(-0.3, 6);
    expect(six.sentiment_end).toBeCloseTo(0.4, 6);
  });

  test.each([
    [-0.9, 'very_negative'],
    [-0.5, 'negative'],
    [-0.15, 'neutral'],
    [0.14, 'neutral'],
    [0.15, 'positive'],
    [0.5, 'very_positive'],
  ])('%p is %s', (score, label) => {
    expect(scores(score).sentiment).toBe(label);
  });
});

test('refuses predictions that do not fit the messages', () => {
  expect(() => categorizeThread(threadOf([{ text: 'a b' }]), [], INFO)).toThrow(/0 predictions for 1/);
});
