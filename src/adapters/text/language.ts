import type { LanguageDetector } from '../../ports/text-tools.js';
import { NgramTable } from './ngram-table.js';
import { countScripts, type ScriptCounts } from './scripts.js';

/** The beginning says it: more text changes the answer in less than one case in a thousand, and costs time. */
const SAMPLE_LENGTH = 300;
/** Fewer Latin letters are left undecided. */
const MIN_LATIN_LETTERS = 3;
/** One ideograph or syllable says as much as several letters. */
const SYLLABLE_WEIGHT = 3;
/** Letters of Persian, Urdu and their neighbours that Arabic does not have. */
const NOT_ARABIC = /[\u067e\u0686\u0698\u06a9\u06af\u06cc\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]/g;
/** Letters of Ukrainian, Belarusian, Serbian, Macedonian, Kazakh … that Russian does not have. */
const NOT_RUSSIAN = /[\u0404\u0406-\u0408\u0402\u0403\u0405\u0409-\u040f\u0452-\u045f\u0490-\u04ff]/g;
/** Share of such letters from which a text counts as none of our languages. */
const FOREIGN_SHARE = 0.02;
/** Confidence that a text in a language's own script is in that language. */
const SCRIPT_CONFIDENCE = 0.99;

/**
 * Probability that eld's answer is right: a logistic curve over the logarithms of its lead (score of the first less
 * the second) and of the number of letters. Fitted by Newton's method on half of 69,000 texts and cuttings of 2 to 12
 * words in ten Latin-script languages, checked on the other half: docs/data-formats.md.
 */
const CALIBRATION = { bias: 0.91, lead: 0.3, letters: 2.241, both: 0.455 };

/** Language detector over eld's n-grams; scripts of one language are told by themselves. */
export function createLanguageDetector(): LanguageDetector {
  const ngrams = NgramTable.load();

  function detectLatin(text: string, letters: number): { language: string; confidence: number } | null {
    if (letters < MIN_LATIN_LETTERS) return null;
    const best = ngrams.best(text.slice(0, SAMPLE_LENGTH));
    return best && { language: best.language, confidence: calibrate(best.lead, letters) };
  }

  return {
    detect(text) {
      const counts = countScripts(text, SAMPLE_LENGTH);
      const eastAsian = counts.kana + counts.han;
      const weights = {
        latin: counts.latin,
        cyrillic: counts.cyrillic,
        arabic: counts.arabic,
        devanagari: counts.devanagari,
        hangul: counts.hangul * SYLLABLE_WEIGHT,
        eastAsian: eastAsian * SYLLABLE_WEIGHT,
        other: counts.other,
      };
      const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      if (total === 0) return null;
      const heaviest = Math.max(...Object.values(weights));
      if (heaviest === weights.latin) return detectLatin(text, counts.latin);
      const confidence = (SCRIPT_CONFIDENCE * heaviest) / total;
      if (heaviest === weights.cyrillic)
        return unlessForeign('ru', text, NOT_RUSSIAN, counts.cyrillic, confidence);
      if (heaviest === weights.arabic)
        return unlessForeign('ar', text, NOT_ARABIC, counts.arabic, confidence);
      if (heaviest === weights.devanagari) return { language: 'hi', confidence };
      if (heaviest === weights.hangul) return { language: 'ko', confidence };
      if (heaviest === weights.eastAsian) return readEastAsian(counts, confidence);
      return null;
    },
  };
}

/** Japanese has kana in all but single words and names; Chinese has none. */
function readEastAsian(counts: ScriptCounts, confidence: number): { language: string; confidence: number } {
  const letters = counts.kana + counts.han;
  if (counts.kana / letters >= 0.1) return { language: 'ja', confidence };
  // few ideographs may still be a Japanese word
  return { language: 'zh', confidence: confidence * (1 - 0.5 / (letters + 1)) };
}

function unlessForeign(
  language: string,
  text: string,
  foreign: RegExp,
  letters: number,
  confidence: number,
): { language: string; confidence: number } | null {
  const matches = text.slice(0, SAMPLE_LENGTH).match(foreign)?.length ?? 0;
  return matches / letters > FOREIGN_SHARE ? null : { language, confidence };
}

function calibrate(lead: number, letters: number): number {
  const logLead = Math.log(lead + 0.005);
  const logLetters = Math.log(1 + letters);
  const { bias, lead: a, letters: b, both } = CALIBRATION;
  return 1 / (1 + Math.exp(-(bias + a * logLead + b * logLetters + both * logLead * logLetters)));
}
