import type { ProcessContext } from './context.js';

export interface LanguageReading {
  language: string;
  /** 0..1 */
  confidence: number;
}

export interface LanguageInput {
  /** Cleaned text; null: none. */
  text: string | null;
  /** Public user messages vote; the others only where no user message can. */
  isUser: boolean;
  /** System messages never vote. */
  isSystem: boolean;
}

export interface ThreadLanguages {
  conversation: LanguageReading | null;
  /** One entry a message, in order. */
  messages: (LanguageReading | null)[];
}

/** Shorter texts in Latin letters say too little alone; in other scripts a few letters suffice. */
const MIN_LATIN_LENGTH = 20;
/** Characters that one text can weigh at most, so that a pasted page does not outvote the conversation. */
const MAX_WEIGHT = 200;
/** How much of short texts is put together where no single one is long enough. */
const MAX_JOINED = 400;
const BEYOND_LATIN = /[\u0370-\u1dff\u2e80-\uffff]/;

/**
 * Languages of the messages and of the whole. Long enough texts are detected one by one and vote for the conversation,
 * weighted by length and confidence; short ones in Latin letters take the conversation's language.
 */
export function readLanguages(
  inputs: readonly LanguageInput[],
  detector: ProcessContext['detector'],
): ThreadLanguages {
  const own = inputs.map(({ text }) => (text === null || isShort(text) ? null : detector.detect(text)));
  const conversation = vote(inputs, own) ?? detectTogether(inputs, detector);
  const messages = inputs.map(({ text }, index) => {
    if (text === null) return null;
    const detected = own[index] ?? null;
    if (detected !== null || !isShort(text)) return detected;
    return /\p{L}/u.test(text) ? conversation : null;
  });
  return { conversation, messages };
}

function isShort(text: string): boolean {
  return text.length < MIN_LATIN_LENGTH && !BEYOND_LATIN.test(text);
}

/** The language with most weight; its confidence is its weight's share of all the text that could vote. */
function vote(
  inputs: readonly LanguageInput[],
  own: readonly (LanguageReading | null)[],
): LanguageReading | null {
  for (const ofUser of [true, false]) {
    const weights = new Map<string, number>();
    let total = 0;
    for (const [index, input] of inputs.entries()) {
      const reading = own[index];
      if (!reading || input.text === null || input.isSystem || input.isUser !== ofUser) continue;
      const length = Math.min(input.text.length, MAX_WEIGHT);
      total += length;
      weights.set(reading.language, (weights.get(reading.language) ?? 0) + length * reading.confidence);
    }
    const best = heaviest(weights);
    if (best !== null) return { language: best.language, confidence: best.weight / total };
  }
  return null;
}

function heaviest(weights: ReadonlyMap<string, number>): { language: string; weight: number } | null {
  let best: { language: string; weight: number } | null = null;
  for (const [language, weight] of weights) {
    // equal weights: the first code of the alphabet, so that a repeated run says the same
    const wins =
      best === null || weight > best.weight || (weight === best.weight && language < best.language);
    if (wins) best = { language, weight };
  }
  return best;
}

function detectTogether(
  inputs: readonly LanguageInput[],
  detector: ProcessContext['detector'],
): LanguageReading | null {
  for (const ofUser of [true, false]) {
    const texts = inputs
      .filter((input) => input.isUser === ofUser && !input.isSystem)
      .map(({ text }) => text ?? '');
    const joined = texts.join(' ').slice(0, MAX_JOINED).trim();
    const reading = joined === '' ? null : detector.detect(joined);
    if (reading !== null) return reading;
  }
  return null;
}
