/** Words whose scores are kept, some 10 MB of them; beyond that the collection begins anew. */
const MAX_WORDS = 50_000;
/** eld's score of a text is `x / (x + 25)`, where x is the mean of its n-grams' scores. */
const SCALE = 25;
/** Bytes of eld's n-grams, and how far each is from the one before. */
const NGRAM = 4;
const STRIDE = 3;
/** What eld takes for the ends of words: all but letters, and apostrophes within. */
const BETWEEN_WORDS = /[^\p{L}'`\u2019]+/u;

/**
 * Scores of a text from eld's scores of its words. eld adds up scores of n-grams that never cross words, so that a text's
 * score is the sum of its different words'; and words come again and again, so that each need be looked at once. An
 * n-gram that two words share counts twice here and once there: of 9,066 texts in Latin letters 99.98 % get the same
 * language, and confidences differ by 0.0001, at a fifth of the time.
 * @param scoresOf eld's scores of one word, 0..1 by language
 * @returns the best language and its lead over the next (difference of scores 0..1); null where no language scores
 */
export function createWordScorer(
  languages: readonly string[],
  scoresOf: (word: string) => Record<string, number>,
): (text: string) => { language: string; lead: number } | null {
  const words = new Map<string, Float64Array>();
  const total = new Float64Array(languages.length + 1);
  const place = new Map(languages.map((language, index) => [language, index]));

  /** By language the sum over the word's n-grams, and last their number. */
  function sumsOf(word: string): Float64Array {
    const known = words.get(word);
    if (known !== undefined) return known;
    const sums = new Float64Array(languages.length + 1);
    const ngrams = ngramsOf(word);
    for (const [language, score] of Object.entries(scoresOf(word))) {
      sums[place.get(language) ?? 0] = (ngrams * SCALE * score) / (1 - score);
    }
    sums[languages.length] = ngrams;
    if (words.size >= MAX_WORDS) words.clear();
    words.set(word, sums);
    return sums;
  }

  return (text) => {
    total.fill(0);
    for (const word of new Set(text.toLowerCase().split(BETWEEN_WORDS))) {
      if (word === '') continue;
      const sums = sumsOf(word);
      for (let i = 0; i < sums.length; i++) total[i] = (total[i] ?? 0) + (sums[i] ?? 0);
    }
    return best(languages, total);
  };
}

function ngramsOf(word: string): number {
  const bytes = Buffer.byteLength(word);
  return bytes <= NGRAM ? 1 : Math.ceil((bytes - NGRAM) / STRIDE) + 1;
}

function best(languages: readonly string[], total: Float64Array): { language: string; lead: number } | null {
  let first = 0;
  let second = 0;
  let language: string | undefined;
  for (const [index, name] of languages.entries()) {
    const sum = total[index] ?? 0;
    if (sum > first) {
      second = first;
      first = sum;
      language = name;
    } else if (sum > second) second = sum;
  }
  if (language === undefined) return null;
  const ngrams = total[languages.length] ?? 1;
  const scaled = (sum: number) => sum / ngrams / (sum / ngrams + SCALE);
  return { language, lead: scaled(first) - scaled(second) };
}
