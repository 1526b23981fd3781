import type { Random } from './random.js';
import { EMOJI } from './texts/moods.js';
import type { Sentiment } from './texts/scenario.js';

/** How a person types; the same through a whole conversation. */
export interface Style {
  lowerCase: boolean;
  dropsFinalMark: boolean;
  /** Typing errors a letter. */
  typos: number;
  shortens: boolean;
  emoji: boolean;
}

const SHORT: readonly (readonly [RegExp, string])[] = [
  [/\bplease\b/gi, 'pls'],
  [/\byou\b/gi, 'u'],
  [/\bare\b/gi, 'r'],
  [/\bthanks\b/gi, 'thx'],
  [/\bbecause\b/gi, 'bc'],
  [/\btomorrow\b/gi, 'tmrw'],
];

export function createStyle(random: Random): Style {
  return {
    lowerCase: random.chance(0.45),
    dropsFinalMark: random.chance(0.5),
    typos: random.weighted([
      [0, 6],
      [0.006, 3],
      [0.02, 1],
    ]),
    shortens: random.chance(0.12),
    emoji: random.chance(0.2),
  };
}

/** Writes a text as this person would; what it says stays the same. */
export function write(text: string, style: Style, sentiment: Sentiment, random: Random): string {
  let typed = text;
  if (style.shortens) for (const [word, short] of SHORT) typed = typed.replace(word, short);
  if (style.lowerCase) typed = typed.toLowerCase();
  if (style.dropsFinalMark) typed = typed.replace(/[.?]$/, '');
  if (style.typos > 0) typed = withTypos(typed, style.typos, random);
  const emoji = style.emoji && random.chance(0.5) ? random.pick(EMOJI[sentiment]) : '';
  return emoji === '' ? typed : `${typed} ${emoji}`;
}

/** Swaps, drops or doubles letters inside longer words; numbers and addresses stay as they are. */
function withTypos(text: string, rate: number, random: Random): string {
  return text.replace(/[\p{L}]{4,}(?![\w@.])/gu, (word) => {
    if (!random.chance(rate * word.length)) return word;
    const at = random.int(1, word.length - 2);
    const [before, a = '', b = '', after] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
    return before + random.pick([b + a, b, a + a + b]) + after;
  });
}
