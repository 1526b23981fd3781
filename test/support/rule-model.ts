import type { TextPrediction } from '../../src/domain/categorize/prediction.js';
import type { TextClassifier } from '../../src/ports/text-classifier.js';

/** A model that answers by words: the first key that a text contains, with its topic and intent. Deterministic. */
export function ruleModel(
  version: string,
  rules: Record<string, [topic: string, intent: string]>,
): TextClassifier {
  const sure = (label: string) => ({ label, confidence: 0.9, runnerUp: null });
  const answer = (text: string): TextPrediction => {
    const [topic, intent] = Object.entries(rules).find(([word]) => text.includes(word))?.[1] ?? [
      'other',
      'out_of_scope',
    ];
    return { topic: sure(topic), intent: sure(intent), sentiment: sure('neutral'), sentimentScore: 0.05 };
  };
  return {
    modelVersion: version,
    taxonomyVersion: '1',
    languages: ['en'],
    engine: 'rules',
    messagesARound: 100,
    classify: (texts) => Promise.resolve(texts.map(answer)),
    close: () => Promise.resolve(),
  };
}
