import { settle } from '../process/settle.js';
import type { LabelledThread, ThreadFacts } from '../thread.js';
import { HumanLabels, type HumanLabel } from './human.js';
import type { TextPrediction } from './prediction.js';
import { categorizeThread, type ModelInfo } from './rollup.js';
import { selectTexts, userMessages } from './select.js';

/** What labelling needs of a classifier; the port TextClassifier has it. */
export interface Labeller extends ModelInfo {
  classify(texts: readonly string[], signal: AbortSignal): Promise<TextPrediction[]>;
}

/**
 * Labels whole conversations, all their texts in one call, and settles the columns that need the labels.
 * @param human by conversation key, what people said of them
 */
export async function categorizeThreads(
  threads: readonly ThreadFacts[],
  labeller: Labeller,
  signal: AbortSignal,
  human: ReadonlyMap<string, readonly HumanLabel[]> = new Map(),
): Promise<LabelledThread[]> {
  const selected = threads.map((facts) => selectTexts(facts, labeller.languages));
  const predictions = await labeller.classify(
    selected.flatMap((texts) => texts.map(({ text }) => text)),
    signal,
  );
  let next = 0;
  return threads.map((facts, n) => {
    const byMessage = new Map<number, TextPrediction>();
    for (const { messageIndex } of selected[n] ?? []) {
      const prediction = predictions[next++];
      if (prediction !== undefined) byMessage.set(messageIndex, prediction);
    }
    const perUserMessage = userMessages(facts).map(({ messageIndex }) => byMessage.get(messageIndex) ?? null);
    const given = human.get(facts.conversation.conversation_key) ?? [];
    return labelThread(facts, perUserMessage, labeller, new HumanLabels(given));
  });
}

/** Whole rows of one conversation. @param predictions as of categorizeThread */
export function labelThread(
  facts: ThreadFacts,
  predictions: readonly (TextPrediction | null)[],
  info: ModelInfo,
  human?: HumanLabels,
): LabelledThread {
  const { labels, categories, intents } = categorizeThread(facts, predictions, info, human);
  return {
    conversation: { ...facts.conversation, ...labels, ...settle(facts, { intents }) },
    messages: facts.messages,
    categories,
  };
}
