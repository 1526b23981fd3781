import type { UnlabelledReason } from './select.js';
import { UNKNOWN } from './taxonomy.js';

/** How the labels of user messages are weighed into those of the conversation. */

/** Below this confidence a label is not worth telling (metrics: 0.40). */
export const UNKNOWN_BELOW = 0.4;

export type Reason = UnlabelledReason | 'low_confidence' | 'context';

/** Label of one message; `reason` says why it is `unknown`, `context` that only the messages before tell it. */
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
  /** Labels that count only where there is nothing else: greetings and thanks. */
  setAside: ReadonlySet<string>;
  /** Label that means "none of the others": the answers within a conversation ("yes", an order number) have it too. */
  outside: string;
  /** Labels of remarks beside a request, such as praise: they count half. */
  remarks: ReadonlySet<string>;
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
 *
 * Requests come before talk outside the taxonomy, and that before small talk. Where there is no request, the first
 * message that is more than small talk decides between outside and unknown: "hello" before a request that could not be
 * read does not make the conversation a greeting, nor does an order number after it make it out of scope.
 */
export function rankLabels(votes: readonly Vote[], rules: VoteRules): RankedLabel[] {
  const known = votes.filter((vote) => vote.label !== UNKNOWN);
  const isSmallTalk = (vote: Vote): boolean => vote.smallTalk === true || rules.setAside.has(vote.label);
  const requests = known.filter((vote) => !isSmallTalk(vote) && vote.label !== rules.outside);
  if (requests.length > 0) return weigh(requests, rules);
  const telling = votes.filter(
    (vote) => !isSmallTalk(vote) && vote.reason !== 'empty' && vote.reason !== 'short',
  );
  const [first] = telling;
  if (first === undefined) return known.length > 0 ? weigh(known, rules) : [unknownOf(votes)];
  return first.label === UNKNOWN ? [unknownOf(telling)] : weigh(telling.filter(isKnown), rules);
}

function isKnown(vote: Vote): boolean {
  return vote.label !== UNKNOWN;
}

function weigh(votes: readonly Vote[], rules: VoteRules): RankedLabel[] {
  const sums = new Map<string, { weight: number; places: number; confidence: number }>();
  votes.forEach((vote, n) => {
    const place = Math.max(DECAY ** n, FLOOR);
    const sum = sums.get(vote.label) ?? { weight: 0, places: 0, confidence: 0 };
    sum.weight += place * vote.confidence * (rules.remarks.has(vote.label) ? 0.5 : 1);
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
