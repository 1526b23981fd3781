import {
  DEFAULT_FEATURES,
  FeatureExtractor,
  LEXICAL_FEATURES,
} from '../../../src/domain/categorize/features.js';
import { parseLexicon, Valence } from '../../../src/domain/categorize/valence.js';

const LEXICON = parseLexicon('# no entry\ngood\t1.9\nbad\t-2.5\nlove\t3.2\n:)\t2.0\nslow\tno number\n');
const valence = new Valence(LEXICON, 2000);
const of = (text: string): number => valence.of(text);

test('a lexicon has the lines of word and number', () => {
  expect([...LEXICON.keys()]).toEqual(['good', 'bad', 'love', ':)']);
});

describe('the valence of a text', () => {
  test('is that of its words, in -1..1', () => {
    expect(of('good')).toBeCloseTo(1.9 / Math.sqrt(1.9 ** 2 + 15), 6);
    expect(of('it is a bad one')).toBeLessThan(-0.4);
    expect(of('love love love love love love love love')).toBeLessThanOrEqual(1);
    expect(of('a chair')).toBe(0);
    expect(of('')).toBe(0);
  });

  test('knows words with punctuation or capitals around them, and emoticons', () => {
    expect(of('"Good",')).toBe(of('good'));
    expect(of('fine :)')).toBeGreaterThan(0.4);
  });

  test('turns after a negation, weaker', () => {
    for (const text of ['not good', "it isn't good", 'it isn\u2019t very good', 'never been good'])
      expect({ text, turned: of(text) < 0 && of(text) > -of('very good') }).toEqual({ text, turned: true });
    expect(of('not bad')).toBeGreaterThan(0);
    expect(of('not that I would ever want it, good')).toBe(of('good'));
  });

  test('is stronger or weaker by the words before it, capitals and exclamation marks', () => {
    expect(of('very good')).toBeGreaterThan(of('good'));
    expect(of('slightly good')).toBeLessThan(of('good'));
    expect(of('it is GOOD')).toBeGreaterThan(of('it is good'));
    expect(of('IT IS GOOD')).toBe(of('it is good'));
    expect(of('good!!')).toBeGreaterThan(of('good!'));
    expect(of('bad!!!!!!!!')).toBe(of('bad!!!!'));
  });

  test('of what follows "but" counts more', () => {
    expect(of('good but bad')).toBeLessThan(of('good and bad'));
    expect(of('bad but good')).toBeGreaterThan(0);
  });

  test('reads no more than the given length', () => {
    expect(new Valence(LEXICON, 4).of('some good')).toBe(0);
  });
});

test('lexical inputs stand after the buckets, and change nothing else', () => {
  const plain = new FeatureExtractor(DEFAULT_FEATURES, null).extract('not good');
  const both = new FeatureExtractor(LEXICAL_FEATURES, null, valence).extract('not good');
  const { buckets } = DEFAULT_FEATURES;
  expect([...both.indices]).toEqual([...plain.indices, buckets, buckets + 1]);
  expect([...both.values.slice(-2)]).toEqual([Math.fround(of('not good')), Math.fround(-of('not good'))]);
  expect(new FeatureExtractor(LEXICAL_FEATURES, null, valence).extract('a chair').indices).toEqual(
    new FeatureExtractor(DEFAULT_FEATURES, null).extract('a chair').indices,
  );
});
