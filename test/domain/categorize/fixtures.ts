import { SCHEMA_VERSION, type MessageRow } from '../../../src/domain/schema.js';
import type { TextPrediction } from '../../../src/domain/categorize/prediction.js';
import type { ModelInfo } from '../../../src/domain/categorize/rollup.js';
import type { ThreadFacts } from '../../../src/domain/thread.js';
import { labelledThread } from '../../support/threads.js';

export const INFO: ModelInfo = { modelVersion: 'm1', taxonomyVersion: 't1', languages: ['en'] };

export type Line = Partial<MessageRow> & { text: string | null };

/** Facts of a conversation; lines are user messages in English unless they say otherwise. */
export function threadOf(
  lines: Line[],
  conversation: Partial<ThreadFacts['conversation']> = {},
): ThreadFacts {
  const base = labelledThread({ id: 'c', messages: lines.map((_, n) => `c-${String(n)}`) });
  const facts: ThreadFacts = {
    conversation: { ...base.conversation, language: 'en', language_confidence: 0.9, ...conversation },
    messages: base.messages.map((message, n) => ({
      ...message,
      actor: 'user',
      language: 'en',
      language_confidence: 0.9,
      schema_version: SCHEMA_VERSION,
      ...lines[n],
    })),
  };
  return facts;
}

/** A prediction; `said(['topic', 0.9], ['intent', 0.8], score)`. */
export function said(topic: [string, number], intent: [string, number], score = 0): TextPrediction {
  const of = ([label, confidence]: [string, number]): TextPrediction['topic'] => ({
    label,
    confidence,
    runnerUp: null,
  });
  return { topic: of(topic), intent: of(intent), sentiment: of(['neutral', 0.8]), sentimentScore: score };
}
