/**
 * How good or bad the words of a text are by a lexicon of rated words, after Hutto and Gilbert, "VADER: A Parsimonious
 * Rule-based Model for Sentiment Analysis of Social Media Text" (ICWSM 2014), whose rules and constants these are in a
 * simple form. It knows words that no training text had, and what "not" does to the words after it.
 */

/** Inputs of a model that come from the lexicon: the valence, and how far it is from neutral. */
export const LEXICAL_INPUTS = 2;

/** Words that turn what follows within three words into a weaker opposite. */
const NEGATIONS = new Set(
  `not no never none nothing nobody neither nor nowhere without hardly barely rarely seldom cannot cant dont doesnt
  didnt isnt wasnt arent werent wont wouldnt shouldnt couldnt havent hasnt hadnt aint`.split(/\s+/),
);
const NEGATED = -0.74;
/** Words that strengthen what follows within three words, and words that weaken it. */
const STRONGER = new Set(
  `very really extremely so too totally absolutely completely incredibly especially particularly highly deeply most
  utterly entirely super truly quite thoroughly fully hugely insanely bloody fucking freaking such more much`.split(
    /\s+/,
  ),
);
const WEAKER = new Set(
  'slightly somewhat partly barely hardly little almost kinda sorta less marginally'.split(' '),
);
const STEP = 0.293;
/** How much a strengthening word counts that stands one, two or three words before. */
const DISTANCES = [1, 0.95, 0.9];
/** What a word in capitals adds among others that are not. */
const CAPITALS = 0.733;
/** Of two parts joined by "but" the second counts more. */
const BUT = { before: 0.5, after: 1.5 };
/** What an exclamation mark adds, up to four. */
const EXCLAMATION = 0.292;
const MAX_EXCLAMATIONS = 4;
/** Brings sums into -1..1. */
const SPREAD = 15;
/** Tokens remembered; with more than these all are forgotten. */
const MAX_TOKENS = 30_000;

const EDGES = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
const SPACE = 32;

/** Valences by word, read from lines of word, TAB and number from -4 to 4; other lines are left out. */
export function parseLexicon(content: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const line of content.split('\n')) {
    const [word = '', score] = line.split('\t');
    if (score !== undefined && word !== '' && Number.isFinite(Number(score)))
      words.set(word.toLowerCase(), Number(score));
  }
  return words;
}

/** What a token is, whatever stands around it. */
interface Token {
  /** 0: the lexicon does not have it. */
  valence: number;
  /** All capitals. */
  shouts: boolean;
  /** Added to the valence of what follows. */
  strength: number;
  negates: boolean;
  isBut: boolean;
}

/** Valences of texts by one lexicon. */
export class Valence {
  private readonly known = new Map<string, Token>();
  /** @param maxLength code units read of one text */
  constructor(
    private readonly lexicon: ReadonlyMap<string, number>,
    private readonly maxLength: number,
  ) {}

  /** -1 (bad) .. 1 (good); 0 where the lexicon has none of the words. */
  of(text: string): number {
    const tokens = this.tokensOf(text);
    if (!tokens.some(({ valence }) => valence !== 0)) return 0;
    const but = tokens.findIndex(({ isBut }) => isBut);
    const isMixedCase = tokens.some(({ shouts }) => !shouts);
    let sum = 0;
    for (const [n, token] of tokens.entries()) {
      if (token.valence === 0) continue;
      const part = but < 0 ? 1 : n < but ? BUT.before : BUT.after;
      sum += part * inContext(token, tokens, n, isMixedCase);
    }
    if (sum === 0) return 0;
    const exclamations = Math.min(text.split('!').length - 1, MAX_EXCLAMATIONS);
    sum += Math.sign(sum) * exclamations * EXCLAMATION;
    return sum / Math.sqrt(sum * sum + SPREAD);
  }

  /** What stands between white space. */
  private tokensOf(text: string): Token[] {
    const tokens: Token[] = [];
    const end = Math.min(text.length, this.maxLength);
    let start = 0;
    for (let at = 0; at <= end; at++) {
      if (at < end && text.charCodeAt(at) > SPACE) continue;
      if (at > start) tokens.push(this.token(text.slice(start, at)));
      start = at + 1;
    }
    return tokens;
  }

  private token(text: string): Token {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const word = this.wordOf(text);
    const token: Token = {
      valence: this.lexicon.get(word) ?? 0,
      shouts: text.length > 1 && text === text.toUpperCase() && text !== text.toLowerCase(),
      strength: STRONGER.has(word) ? STEP : WEAKER.has(word) ? -STEP : 0,
      negates: NEGATIONS.has(word) || word.endsWith("n't"),
      isBut: word === 'but',
    };
    if (this.known.size >= MAX_TOKENS) this.known.clear();
    this.known.set(text, token);
    return token;
  }

  /** Emoticons are words as they stand; others without the punctuation around them. */
  private wordOf(token: string): string {
    const lower = token.toLowerCase();
    return this.lexicon.has(lower) ? lower : lower.replace(EDGES, '').replace(/\u2019/g, "'");
  }
}

function inContext(
  { valence, shouts }: Token,
  tokens: readonly Token[],
  at: number,
  isMixedCase: boolean,
): number {
  const sign = Math.sign(valence);
  let strength = shouts && isMixedCase ? CAPITALS : 0;
  let isNegated = false;
  for (const [n, share] of DISTANCES.entries()) {
    const before = tokens[at - 1 - n];
    if (before === undefined) break;
    strength += before.strength * share;
    isNegated ||= before.negates;
  }
  const own = valence + sign * strength;
  return isNegated ? own * NEGATED : own;
}
