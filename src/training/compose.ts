import { OUT_OF_SCOPE, SMALL_TALK } from '../domain/categorize/taxonomy.js';
import type { Example } from './examples.js';
import { Random } from './random.js';

/**
 * The public sets hold bare requests; in chat a request comes with a greeting, thanks or a remark in the same message.
 * Composed texts teach that such company does not change what is asked for.
 */

/** Share of requests that are seen once more in company. */
const SHARE = 0.3;
/** Of the company so much is small talk, the rest are remarks; of the remarks so much stands before the request. */
const SMALL_TALK_SHARE = 0.5;
const REMARK_FIRST = 0.3;
const MAX_REMARK_LENGTH = 80;
const SEPARATORS = ['. ', ', ', ' ', '! '] as const;
/** Remarks are themselves labelled so; in company with one they would carry two labels. */
const NO_REQUEST: ReadonlySet<string> = new Set([...SMALL_TALK, OUT_OF_SCOPE, 'praise']);

/** Training texts made of a request and a greeting, thanks or remark; labelled as the request. */
export function composeExamples(
  examples: readonly Example[],
  remarks: readonly string[],
  seed: number,
): Example[] {
  const random = new Random(seed);
  const training = examples.filter((e) => e.split === 'train');
  const smallTalk = training.filter((e) => SMALL_TALK.has(e.intent ?? '')).map((e) => e.text);
  const short = remarks.filter((text) => text.length < MAX_REMARK_LENGTH);
  if (smallTalk.length === 0 || short.length === 0) return [];
  const pick = (texts: readonly string[]): string => texts[Math.floor(random.next() * texts.length)] ?? '';
  return training.flatMap((example) => {
    if (example.intent === undefined || NO_REQUEST.has(example.intent) || random.next() >= SHARE) return [];
    const isSmallTalk = random.next() < SMALL_TALK_SHARE;
    const company = pick(isSmallTalk ? smallTalk : short);
    const comesFirst = isSmallTalk || random.next() < REMARK_FIRST;
    const separator = SEPARATORS[Math.floor(random.next() * SEPARATORS.length)] ?? ' ';
    const text = comesFirst
      ? company.replace(/[.!?]+$/, '') + separator + example.text
      : `${example.text.replace(/\.+$/, '')}. ${company}`;
    return [{ ...example, text, source: `${example.source} composed` }];
  });
}
