import { createHash } from 'node:crypto';
import {
  DEFAULT_FEATURES,
  documentFrequencies,
  FeatureExtractor,
  foldText,
} from '../../../src/domain/categorize/features.js';

const extract = (text: string) => new FeatureExtractor(DEFAULT_FEATURES, null).extract(text);
const digest = (text: string): string => {
  const { indices, values } = extract(text);
  const pairs = [...indices].map((i, k) => `${String(i)}:${values[k]!.toFixed(4)}`).sort();
  return createHash('sha256').update(pairs.join()).digest('hex').slice(0, 12);
};

describe('hashed features', () => {
  // A changed hash makes every shipped model worthless: these values may change only together with the models.
  test.each([
    ['where is my order?', '76509ae34263'],
    ['Где мой заказ?', '45e6f353bbf3'],
    ['我的订单在哪里', 'bb511a7092ce'],
    ['أين طلبي', '4bb368c66dce'],
    ['👍🏽 thanks!!', '511a52770174'],
  ])('of %j are what the shipped model was trained with', (text, expected) => {
    expect(digest(text)).toBe(expected);
  });

  test('are the same from call to call and instance to instance', () => {
    const extractor = new FeatureExtractor(DEFAULT_FEATURES, null);
    const first = extractor.extract('cancel my order');
    extractor.extract('something else entirely 12345');
    expect(extractor.extract('cancel my order')).toEqual(first);
    expect(extract('cancel my order')).toEqual(first);
  });

  test('ignore case, numbers, kinds of apostrophes and of spaces', () => {
    const expected = extract("don't track order 7");
    expect(extract('DON\u2019T  track\u00a0order 123456')).toEqual(expected);
  });

  test.each(['', ' ', '\n\t\u3000'])('of %j are none', (text) => {
    expect(extract(text).indices).toHaveLength(0);
  });

  test('name each bucket once', () => {
    const { indices } = extract('the same the same the same words, and a few others besides them');
    expect(new Set(indices).size).toBe(indices.length);
  });

  test('give words and characters the same say, whatever the length', () => {
    for (const text of ['refund', 'please give me a refund for the order that never came, as you promised']) {
      const { values } = extract(text);
      const squared = values.reduce((sum, v) => sum + v * v, 0);
      // Two parts of length 1 each; buckets that both hit add a little.
      expect(squared).toBeGreaterThan(1.9);
      expect(squared).toBeLessThan(2.6);
    }
  });

  test('share most of their character n-grams between a word and its misspelling', () => {
    const a = new Set(extract('cancellation').indices);
    const b = [...extract('cancelation').indices];
    const shared = b.filter((i) => a.has(i)).length / b.length;
    expect(shared).toBeGreaterThan(0.6);
    expect([...extract('weather').indices].filter((i) => a.has(i)).length).toBeLessThan(3);
  });

  test('stop at the longest text, and survive one without any space', () => {
    const long = 'a'.repeat(1_000_000);
    expect(extract(long)).toEqual(extract('a'.repeat(DEFAULT_FEATURES.maxLength)));
  });

  test('weigh rare buckets more by the root of the inverse document frequency', () => {
    const texts = ['order a', 'order b', 'order c', 'refund'].map(extract);
    const idf = documentFrequencies(texts, DEFAULT_FEATURES.buckets);
    expect(idf[0]).toBeCloseTo(Math.sqrt(Math.log(5 / 1) + 1), 5);
    expect(idf.reduce((a, b) => Math.min(a, b))).toBeCloseTo(Math.sqrt(Math.log(5 / 4) + 1), 5);
  });

  test('need a power of two of buckets', () => {
    expect(() => new FeatureExtractor({ ...DEFAULT_FEATURES, buckets: 1000 }, null)).toThrow(
      /power of two, not 1000/,
    );
  });
});

test('folding joins compatibility forms', () => {
  expect(foldText('ﬁx Ｏｒｄｅｒ', 100)).toBe('fix order');
});
