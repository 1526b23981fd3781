import { expect, it } from '@jest/globals';
import { eld } from 'eld/small';
import { DETECTED_LANGUAGES, NgramTable } from '../../../src/adapters/text/ngram-table.js';
import { generateSample } from '../../../src/devstack/sample/index.js';

const table = NgramTable.load();
const detector = eld.newInstance();
detector.setLanguageSubset([...DETECTED_LANGUAGES]);

/** The best language and its lead, by the library itself. */
function byEld(text: string): { language: string; lead: number } | null {
  const result = detector.detect(text);
  if (result.language === '') return null;
  const [first = 0, second = 0] = Object.values(result.getScores());
  return { language: result.language, lead: first - second };
}

function check(text: string): void {
  const expected = byEld(text);
  const actual = table.best(text);
  expect({ text, language: actual?.language }).toEqual({ text, language: expected?.language });
  if (expected !== null && actual !== null) expect(actual.lead).toBeCloseTo(expected.lead, 9);
}

it('says what eld says of the texts of the sample, whatever their language and dirt', () => {
  const { tables } = generateSample({ conversations: 300 });
  const texts = tables
    .flatMap(({ rows }) => rows.map((row) => row['content']))
    .filter((content): content is string => typeof content === 'string');
  expect(texts.length).toBeGreaterThan(1000);
  for (const text of texts) check(text.slice(0, 300));
});

it.each([
  ['nothing', ''],
  ['blanks', ' \n\t '],
  ['no letters', '12:30 – 5 € 👍'],
  ['one letter', 'a'],
  ['two letters', 'ok'],
  ['three letters', 'the'],
  ['four letters', 'haus'],
  ['five letters', 'maison'],
  ['apostrophes', "don't say 'hello' l'été d’accord `so`"],
  ['letters of several bytes', 'Größe façade São Łódź İstanbul'],
  ['other scripts', 'где моя посылка 注文 أين'],
  ['a word twice', 'hello hello hello world'],
  ['a very long word', `${'donaudampfschifffahrt'.repeat(6)} ist lang`],
  ['a long text', 'the quick brown fox jumps over the lazy dog '.repeat(30)],
  ['a long text of long letters', 'Žluťoučký kůň příšerně úpěl ďábelské ódy. '.repeat(20)],
  ['half a surrogate pair', '\ud83d broken \ude00 text'],
])('says what eld says of %s', (_, text) => {
  check(text);
});
