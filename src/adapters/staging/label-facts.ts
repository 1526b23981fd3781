import type { HumanLabel } from '../../domain/categorize/human.js';
import { categorizeThreads } from '../../domain/categorize/threads.js';
import type { ThreadFacts } from '../../domain/thread.js';
import type { TextClassifier } from '../../ports/text-classifier.js';
import { packLines } from './ndjson.js';
import { iterateFacts, labelledLine } from './threads.js';

/**
 * Staged facts → staged labels, a round of conversations at a time: as many messages as make the engine fast, and few
 * enough that what they are made of is garbage while it is young.
 */
export async function labelFacts(
  facts: Uint8Array,
  classifier: TextClassifier,
  human: ReadonlyMap<string, readonly HumanLabel[]>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const lines: string[] = [];
  for (const round of rounds(iterateFacts(facts), classifier.messagesARound)) {
    for (const thread of await categorizeThreads(round, classifier, signal, human)) {
      lines.push(labelledLine(thread));
    }
  }
  return packLines(lines);
}

function* rounds(threads: Iterable<ThreadFacts>, messages: number): Generator<ThreadFacts[]> {
  let round: ThreadFacts[] = [];
  let held = 0;
  for (const thread of threads) {
    round.push(thread);
    held += thread.messages.length;
    if (held < messages) continue;
    yield round;
    round = [];
    held = 0;
  }
  if (round.length > 0) yield round;
}
