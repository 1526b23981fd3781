/** Writing systems, told by code unit: most of them decide the language alone, and far cheaper than n-grams. */

export type Script = 'latin' | 'cyrillic' | 'arabic' | 'devanagari' | 'hangul' | 'kana' | 'han' | 'other';

export type ScriptCounts = Record<Script, number>;

/** Letters by script in the first `limit` UTF-16 units. Letters of scripts without a language of ours are `other`. */
export function countScripts(text: string, limit: number): ScriptCounts {
  const counts: ScriptCounts = {
    latin: 0,
    cyrillic: 0,
    arabic: 0,
    devanagari: 0,
    hangul: 0,
    kana: 0,
    han: 0,
    other: 0,
  };
  const end = Math.min(text.length, limit);
  for (let i = 0; i < end; i++) {
    const script = scriptOf(text.charCodeAt(i));
    if (script !== null) counts[script]++;
  }
  return counts;
}

function scriptOf(unit: number): Script | null {
  if (unit < 0x80) return (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a ? 'latin' : null;
  if (unit < 0x250) return unit >= 0xc0 && unit !== 0xd7 && unit !== 0xf7 ? 'latin' : null;
  if (unit < 0x370) return null; // modifiers and combining marks
  if (unit < 0x400) return 'other'; // Greek
  if (unit < 0x530) return 'cyrillic';
  if (unit < 0x600) return 'other'; // Armenian, Hebrew
  if (unit < 0x700) return isArabicLetter(unit) ? 'arabic' : null;
  if (unit < 0x750) return 'other';
  if (unit < 0x780) return 'arabic';
  if (unit < 0x900) return 'other';
  if (unit < 0x980) return unit < 0x964 || unit > 0x96f ? 'devanagari' : null;
  if (unit < 0x1100) return 'other'; // other scripts of India, Thai, Lao, Tibetan, Georgian …
  if (unit < 0x1200) return 'hangul';
  if (unit < 0x1e00) return 'other';
  if (unit < 0x1f00) return 'latin';
  if (unit < 0x2000) return 'other';
  if (unit < 0x3041) return null; // punctuation, symbols
  if (unit < 0x3100) return 'kana';
  if (unit < 0x3130) return 'han'; // bopomofo
  if (unit < 0x3190) return 'hangul';
  if (unit < 0x3400) return null;
  if (unit < 0xa000) return 'han';
  if (unit < 0xac00) return 'other';
  if (unit < 0xd7b0) return 'hangul';
  if (unit < 0xf900) return null; // surrogates, private use
  if (unit < 0xfb00) return 'han';
  if (unit >= 0xfb50 && unit < 0xfdd0) return 'arabic';
  if (unit >= 0xfe70 && unit < 0xfeff) return 'arabic';
  if (unit >= 0xff66 && unit < 0xff9e) return 'kana';
  return null;
}

function isArabicLetter(unit: number): boolean {
  return (unit >= 0x620 && unit <= 0x64a) || (unit >= 0x66e && unit <= 0x6d5) || unit >= 0x6ee;
}
