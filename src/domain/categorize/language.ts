import type { MessageRow } from '../schema.js';

/** Detected language of a text; null: it has no letters, or cannot be told. */
export type Detected = Pick<MessageRow, 'language' | 'language_confidence'>;

/** From here on the detector is believed. */
const CONFIDENT = 0.5;
/** Letters below which a text is too short to be judged by itself. */
const TINY = 20;

const LATIN = /\p{Script=Latin}/gu;
const LETTER = /\p{L}/gu;

export function countLetters(text: string): number {
  return text.match(LETTER)?.length ?? 0;
}

/**
 * Whether a text is in a language that the model does not know. Detectors mistake short chat ("ok thx") for anything,
 * so a tiny text is judged by the language of its conversation. A script that none of the model's languages is
 * written in decides alone, however short the text.
 */
export function isUnsupported(
  text: string,
  message: Detected,
  conversation: Detected,
  languages: readonly string[],
): boolean {
  const letters = countLetters(text);
  if (letters === 0) return false;
  const latin = text.match(LATIN)?.length ?? 0;
  if (latin * 2 < letters && !languages.some(isWrittenOtherwise)) return true;
  return isForeign(letters < TINY ? conversation : message, languages);
}

function isForeign({ language, language_confidence }: Detected, languages: readonly string[]): boolean {
  return language !== null && (language_confidence ?? 0) >= CONFIDENT && !languages.includes(language);
}

/** Languages of this project's detector that are not written in Latin letters. */
const OTHER_SCRIPTS: ReadonlySet<string> = new Set([
  'ar',
  'hi',
  'ja',
  'ko',
  'ru',
  'zh',
  'uk',
  'el',
  'he',
  'th',
  'bg',
]);
function isWrittenOtherwise(language: string): boolean {
  return OTHER_SCRIPTS.has(language);
}
