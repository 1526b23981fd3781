import { LEXICAL_INPUTS, type Valence } from './valence.js';

/**
 * Hashed text features: word 1-2-grams and character 2-5-grams within words, of any script. Words repeat from text to
 * text, so that a word's n-grams are hashed once and remembered; a chat message costs some microseconds.
 *
 * The values of a text are `1 + ln(count)` times the bucket's inverse document frequency; words and characters are
 * each brought to unit length, because otherwise the many character n-grams drown the words.
 */

/** What must be equal in training and use; part of the model file. */
export interface FeatureSpec {
  /** Number of buckets; a power of two. */
  buckets: number;
  /** Length of the longest word n-gram. */
  wordMax: number;
  /** Lengths of character n-grams. */
  charMin: number;
  charMax: number;
  /** Code units read of one text; a longer one is cut, which bounds time and memory. */
  maxLength: number;
  /** Inputs after the buckets that come from a lexicon; 0: there is none. */
  lexical: number;
}

export const DEFAULT_FEATURES: FeatureSpec = {
  buckets: 1 << 17,
  wordMax: 2,
  charMin: 2,
  charMax: 5,
  maxLength: 2000,
  lexical: 0,
};

/** Features of a model that has a lexicon. */
export const LEXICAL_FEATURES: FeatureSpec = { ...DEFAULT_FEATURES, lexical: LEXICAL_INPUTS };

/** What a lexicon says of a text: `LEXICAL_INPUTS` numbers, its valence and how far that is from neutral. */
export function lexicalInputs(valence: Valence, text: string): [number, number] {
  const value = valence.of(text);
  return [value, Math.abs(value)];
}

/** Sparse vector: `indices[k]` of `values[k]`; no index twice. */
export interface SparseVector {
  indices: Int32Array;
  values: Float32Array;
}

const NO_INPUTS: readonly number[] = [];

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const WORD_SEED = 0x9e3779b1 | 0;
const SPACE = 32;

/** Final mix of a 32-bit hash (the finalizer of MurmurHash3), so that its low bits depend on all of it. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 0 space, 1 part of a word, 2 other (punctuation, symbols, emoji). */
function unitClass(c: number): number {
  if (c <= SPACE) return 0;
  if (c < 128) {
    const digit = c >= 48 && c <= 57;
    const lower = c >= 97 && c <= 122;
    return digit || lower || c === 39 || c === 95 || (c >= 65 && c <= 90) ? 1 : 2;
  }
  if (c === 0xa0 || (c >= 0x2000 && c <= 0x200b) || c === 0x3000 || c === 0xfeff) return 0;
  if (c < 0xc0 && c !== 0xaa && c !== 0xb5 && c !== 0xba) return 2;
  if ((c >= 0x200c && c <= 0x2bff) || (c >= 0x3001 && c <= 0x303f)) return 2;
  // High surrogates D83C..D83E and all low surrogates: emoji, the only astral text that chat is full of.
  if ((c >= 0xd83c && c <= 0xd83e) || (c >= 0xdc00 && c <= 0xdfff)) return 2;
  if (c >= 0xff00 && c <= 0xff0f) return 2;
  return 1;
}

/**
 * Folds case and forms that mean the same: compatibility forms, typographic apostrophes; each run of digits becomes
 * one `0`, since order numbers and amounts say nothing about the label.
 */
export function foldText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return cut
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/\d+/g, '0');
}

/** Counts of buckets, reused from text to text. */
class Bag {
  readonly counts: Uint16Array;
  touched: Int32Array = new Int32Array(4096);
  size = 0;
  constructor(readonly buckets: number) {
    this.counts = new Uint16Array(buckets);
  }
  addHash(hash: number): void {
    this.add(mix(hash) & (this.buckets - 1));
  }
  add(bucket: number): void {
    const seen = this.counts[bucket] ?? 0;
    if (seen === 0) {
      if (this.size === this.touched.length) {
        const grown = new Int32Array(this.size * 2);
        grown.set(this.touched);
        this.touched = grown;
      }
      this.touched[this.size++] = bucket;
    }
    if (seen < 65535) this.counts[bucket] = seen + 1;
  }
  clear(): void {
    for (let k = 0; k < this.size; k++) this.counts[this.touched[k] ?? 0] = 0;
    this.size = 0;
  }
}

/** `1 + ln(n)` for small counts. */
const LOG_TF = Float32Array.from({ length: 256 }, (_, n) => (n === 0 ? 0 : 1 + Math.log(n)));

/** What is remembered of a word: its hash, and the buckets of its character n-grams, repeated where they repeat. */
interface Word {
  hash: number;
  chars: Int32Array;
}
/** Words remembered; with more than these all are forgotten. Some megabytes. */
const MAX_WORDS = 30_000;
/** Longer tokens are as good as never seen again: their n-grams are not kept. */
const MAX_KEPT_LENGTH = 24;

/** Turns texts into sparse vectors. Holds scratch space: one instance serves one text at a time. */
export class FeatureExtractor {
  private readonly words: Bag;
  private readonly chars: Bag;
  private readonly known = new Map<string, Word>();
  /**
   * @param idf one weight a bucket; null: all 1 (as when the weights are being learned)
   * @param valence null: without the inputs that come from a lexicon
   */
  constructor(
    private readonly spec: FeatureSpec,
    private readonly idf: Float32Array | null,
    private readonly valence: Valence | null = null,
  ) {
    if (spec.buckets < 2 || (spec.buckets & (spec.buckets - 1)) !== 0)
      throw new RangeError(`buckets must be a power of two, not ${spec.buckets}`);
    this.words = new Bag(spec.buckets);
    this.chars = new Bag(spec.buckets);
  }

  /** Features of a text, those of the lexicon last; both arrays are empty where it has nothing but space. */
  extract(text: string): SparseVector {
    this.words.clear();
    this.chars.clear();
    this.scan(foldText(text, this.spec.maxLength));
    return this.weigh(this.valence === null ? NO_INPUTS : lexicalInputs(this.valence, text));
  }

  private scan(s: string): void {
    const n = s.length;
    let previous = WORD_SEED;
    let start = 0;
    while (start < n) {
      const kind = unitClass(s.charCodeAt(start));
      let end = start + 1;
      if (kind === 0) {
        start = end;
        continue;
      }
      while (end < n && unitClass(s.charCodeAt(end)) === kind) end++;
      const { hash, chars } = this.word(s.slice(start, end));
      for (const bucket of chars) this.chars.add(bucket);
      this.words.addHash(hash);
      if (this.spec.wordMax > 1) this.words.addHash(Math.imul(previous ^ FNV_OFFSET, FNV_PRIME) ^ hash);
      previous = hash;
      start = end;
    }
    if (this.spec.wordMax > 1 && previous !== WORD_SEED)
      this.words.addHash(Math.imul(previous ^ FNV_OFFSET, FNV_PRIME) ^ WORD_SEED);
  }

  private word(token: string): Word {
    const known = this.known.get(token);
    if (known !== undefined) return known;
    const word = hashWord(token, this.spec);
    if (token.length <= MAX_KEPT_LENGTH) {
      if (this.known.size >= MAX_WORDS) this.known.clear();
      this.known.set(token, word);
    }
    return word;
  }

  /** Merges both bags, a bucket that both hit gets the sum, and the lexical inputs that are not 0. */
  private weigh(lexical: readonly number[]): SparseVector {
    const { words, chars, idf } = this;
    const wordScale = norm(words, idf);
    const charScale = norm(chars, idf);
    const most = words.size + chars.size + lexical.length;
    const indices = new Int32Array(most);
    const values = new Float32Array(most);
    let size = 0;
    for (let k = 0; k < chars.size; k++) {
      const bucket = chars.touched[k] ?? 0;
      let value = termWeight(chars.counts[bucket] ?? 0, bucket, idf) * charScale;
      const both = words.counts[bucket] ?? 0;
      if (both > 0) value += termWeight(both, bucket, idf) * wordScale;
      indices[size] = bucket;
      values[size++] = value;
    }
    for (let k = 0; k < words.size; k++) {
      const bucket = words.touched[k] ?? 0;
      if ((chars.counts[bucket] ?? 0) > 0) continue;
      indices[size] = bucket;
      values[size++] = termWeight(words.counts[bucket] ?? 0, bucket, idf) * wordScale;
    }
    for (const [k, value] of lexical.entries()) {
      if (value === 0) continue;
      indices[size] = this.spec.buckets + k;
      values[size++] = value;
    }
    return { indices: indices.subarray(0, size), values: values.subarray(0, size) };
  }
}

/** Hashes a token, and the character n-grams of the token with a space before and after it. */
function hashWord(token: string, { charMin, charMax, buckets }: FeatureSpec): Word {
  const n = token.length;
  let hash = WORD_SEED;
  for (let i = 0; i < n; i++) hash = Math.imul(hash ^ token.charCodeAt(i), FNV_PRIME);
  const chars: number[] = [];
  for (let i = -1; i < n; i++) {
    let h = FNV_OFFSET;
    const last = Math.min(i + charMax, n + 1);
    for (let j = i; j < last; j++) {
      h = Math.imul(h ^ (j < 0 || j >= n ? SPACE : token.charCodeAt(j)), FNV_PRIME);
      if (j - i + 1 >= charMin) chars.push(mix(h) & (buckets - 1));
    }
  }
  return { hash, chars: Int32Array.from(chars) };
}

function termWeight(count: number, bucket: number, idf: Float32Array | null): number {
  const tf = count < 256 ? (LOG_TF[count] ?? 0) : 1 + Math.log(count);
  return idf === null ? tf : tf * (idf[bucket] ?? 1);
}

/** Factor that brings a bag to length 1; 0 for an empty one. */
function norm(bag: Bag, idf: Float32Array | null): number {
  let sum = 0;
  for (let k = 0; k < bag.size; k++) {
    const bucket = bag.touched[k] ?? 0;
    const w = termWeight(bag.counts[bucket] ?? 0, bucket, idf);
    sum += w * w;
  }
  return sum === 0 ? 0 : 1 / Math.sqrt(sum);
}

/**
 * How much rare buckets count for more than common ones: the root of the smoothed inverse document frequency,
 * `sqrt(ln((1 + texts) / (1 + texts with it)) + 1)`. Without the root rare n-grams outweigh what labels have in common.
 */
export function documentFrequencies(vectors: readonly SparseVector[], buckets: number): Float32Array {
  const df = new Float64Array(buckets);
  for (const { indices } of vectors) for (const b of indices) df[b] = (df[b] ?? 0) + 1;
  return Float32Array.from(df, (n) => Math.sqrt(Math.log((1 + vectors.length) / (1 + n)) + 1));
}
