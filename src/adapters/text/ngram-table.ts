import { readFileSync } from 'node:fs';

/** ISO 639-1 codes that are told apart; a fixed set, so that a row's language does not depend on an installation. */
export const DETECTED_LANGUAGES = [
  'ar',
  'de',
  'en',
  'es',
  'fr',
  'hi',
  'it',
  'ja',
  'ko',
  'nl',
  'pl',
  'pt',
  'ru',
  'sv',
  'tr',
  'zh',
] as const;
export type DetectedLanguage = (typeof DETECTED_LANGUAGES)[number];

/** Bytes of an n-gram at most: four, and a space before and after it where a word begins and ends. */
export const NGRAM_BYTES = 6;
const LANGUAGES = DETECTED_LANGUAGES.length;
const ROW = NGRAM_BYTES + LANGUAGES;
const LENGTH = 4;
const STRIDE = 3;
/** Bytes read of a word, and of a text: up to the first space after the one, never beyond the other. */
const MAX_WORD = 70;
const ENOUGH = 350;
const MAX_TEXT = 380;
const SPACE = 0x20;
/** eld's score of a text is `x / (x + 25)`, where x is the mean of its n-grams' scores. */
const SCALE = 25;
/** Where words part: at all but letters, and apostrophes before a letter. */
const BETWEEN_WORDS = /[^\p{L}]+(?<!['`\u2019])/gu;

/**
 * Tells languages by n-grams as the library eld does, from its table (models/language): the same scores at a fifth of the
 * time and a fiftieth of the memory, of which each thread needs its own (docs/data-formats.md).
 */
export class NgramTable {
  private readonly rows = new Map<number, number>();
  private readonly sums = new Float64Array(LANGUAGES);
  private readonly scratch = Buffer.alloc(MAX_TEXT + 4);

  private constructor(private readonly bytes: Uint8Array) {
    for (let row = 0; row < bytes.length; row += ROW) this.rows.set(keyOf(bytes, row, NGRAM_BYTES), row);
  }

  /** @param url default: the shipped table; it lies beside `src` and `dist` alike */
  static load(url = new URL('../../../models/language/ngrams.bin', import.meta.url)): NgramTable {
    return new NgramTable(readFileSync(url));
  }

  /**
   * The best language of a text and its lead over the next: the difference of their scores, each 0..1. null where no
   * n-gram is known.
   */
  best(text: string): { language: DetectedLanguage; lead: number } | null {
    const plain = text.replace(BETWEEN_WORDS, ' ').trim().toLowerCase();
    const { scratch, sums } = this;
    const end = scratch.write(plain);
    const ngrams = new Set<number>();
    for (let start = 0, at = 0; at <= end; at++) {
      if (at < end && scratch[at] !== SPACE) continue;
      if (at > start) addWord(scratch, start, at, ngrams);
      if (at > ENOUGH) break;
      start = at + 1;
    }
    sums.fill(0);
    for (const ngram of ngrams) this.add(ngram);
    return winner(sums, ngrams.size);
  }

  private add(ngram: number): void {
    const row = this.rows.get(ngram);
    if (row === undefined) return;
    for (let i = 0; i < LANGUAGES; i++)
      this.sums[i] = (this.sums[i] as number) + (this.bytes[row + NGRAM_BYTES + i] as number);
  }
}

/** Bytes as one number: 48 bits, which a double holds. */
function keyOf(bytes: Uint8Array, from: number, length: number): number {
  let key = 0;
  for (let i = length - 1; i >= 0; i--) key = key * 256 + (bytes[from + i] as number);
  return key;
}

function addWord(bytes: Uint8Array, start: number, end: number, ngrams: Set<number>): void {
  const length = Math.min(end - start, MAX_WORD);
  let j = 0;
  for (; j + LENGTH < length; j += STRIDE) {
    const key = keyOf(bytes, start + j, LENGTH);
    ngrams.add(j === 0 ? key * 256 + SPACE : key);
  }
  const last = Math.min(length, LENGTH);
  const key = keyOf(bytes, start + length - last, last) + SPACE * 256 ** last;
  ngrams.add(j === 0 ? key * 256 + SPACE : key);
}

function winner(sums: Float64Array, ngrams: number): { language: DetectedLanguage; lead: number } | null {
  let first = 0;
  let second = 0;
  let language: DetectedLanguage | undefined;
  for (const [index, name] of DETECTED_LANGUAGES.entries()) {
    const sum = sums[index] as number;
    if (sum > first) {
      second = first;
      first = sum;
      language = name;
    } else if (sum > second) second = sum;
  }
  if (language === undefined) return null;
  const scaled = (sum: number): number => sum / ngrams / (sum / ngrams + SCALE);
  return { language, lead: scaled(first) - scaled(second) };
}
