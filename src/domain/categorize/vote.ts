import type { UnlabelledReason } from './select.js';
import { UNKNOWN } from './taxonomy.js';

/** How the labels of user messages are weighed into those of the conversation. */

export type Reason = UnlabelledReason | 'low_confidence';

/** Label of one message; `reason` says why it is `unknown`, and is null otherwise. */
export interface Vote {
  label: string;
  confidence: number;
  reason: Reason | null;
  /** True where the message is a greeting or thanks, whatever its label says. */
  smallTalk?: boolean;
}

export interface RankedLabel extends Vote {
  /** Sum of the votes' weights. */
  weight: number;
}

export interface VoteRules {
  /** Labels that count only where there is nothing else. */
  setAside: ReadonlySet<string>;
  /** Labels that mean "none of the others": they count half. */
  discounted: ReadonlySet<string>;
}

/** Reasons from the one that says most about a conversation to the one that says least. */
const REASONS: readonly Reason[] = ['language', 'low_confidence', 'short', 'empty'];
/** Each later message that says something weighs so much less than the one before it, down to a floor. */
const DECAY = 0.8;
const FLOOR = 0.3;

/**
 * Labels of a conversation, best first; never empty. A vote weighs its confidence times its place: the first message
 * that says something 1, the next 0.8, then 0.64 and so on, not under 0.3. The confidence of a label is the weighted
 * mean of its votes.
 */
export function rankLabels(votes: readonly Vote[], rules: VoteRules): RankedLabel[] {
  const known = votes.filter((vote) => vote.label !== UNKNOWN);
  const content = known.filter((vote) => vote.smallTalk !== true && !rules.setAside.has(vote.label));
  const unsure = votes.filter((vote) => vote.reason === 'low_confidence' || vote.reason === 'language');
  // "Hello" before a request that could not be read does not make the conversation a greeting.
  if (content.length === 0 && unsure.length > 0) return [unknownOf(unsure)];
  const counted = content.length > 0 ? content : known;
  if (counted.length === 0) return [unknownOf(votes)];

  const sums = new Map<string, { weight: number; places: number; confidence: number }>();
  counted.forEach((vote, n) => {
    const place = Math.max(DECAY ** n, FLOOR);
    const sum = sums.get(vote.label) ?? { weight: 0, places: 0, confidence: 0 };
    sum.weight += place * vote.confidence * (rules.discounted.has(vote.label) ? 0.5 : 1);
    sum.places += place;
    sum.confidence += place * vote.confidence;
    sums.set(vote.label, sum);
  });
  return [...sums]
    .map(([label, { weight, places, confidence }]) => ({
      label,
      weight,
      confidence: confidence / places,
      reason: null,
    }))
    .sort((a, b) => b.weight - a.weight || (a.label < b.label ? -1 : 1));
}

function unknownOf(votes: readonly Vote[]): RankedLabel {
  const reason = REASONS.find((r) => votes.some((vote) => vote.reason === r)) ?? 'empty';
  const confidence = Math.max(0, ...votes.filter((v) => v.reason === reason).map((v) => v.confidence));
  return { label: UNKNOWN, confidence, reason, weight: 0 };
}
