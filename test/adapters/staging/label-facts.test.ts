import { expect, it } from '@jest/globals';
import { labelFacts } from '../../../src/adapters/staging/label-facts.js';
import { encodeFacts, encodeLabelled, iterateFacts } from '../../../src/adapters/staging/threads.js';
import { categorizeThreads } from '../../../src/domain/categorize/threads.js';
import type { HumanLabel } from '../../../src/domain/categorize/human.js';
import type { TextClassifier } from '../../../src/ports/text-classifier.js';
import { ruleModel } from '../../support/rule-model.js';
import { labelledThread } from '../support/threads.js';

const { signal } = new AbortController();
const rules = ruleModel('1', { refund: ['billing', 'request_refund'] });
const at = Date.UTC(2024, 2, 5);
const facts = encodeFacts(
  Array.from({ length: 9 }, (_, n) =>
    labelledThread({
      id: `c${n}`,
      startedAt: at,
      fetchedAt: at,
      runId: 'r',
      texts: ['refund', `order ${n}`],
    }),
  ),
);

/** The rule model, and how many texts each call brought. */
function counting(messagesARound: number): { model: TextClassifier; calls: number[] } {
  const calls: number[] = [];
  const model: TextClassifier = {
    ...rules,
    messagesARound,
    classify: (texts, stop) => {
      calls.push(texts.length);
      return rules.classify(texts, stop);
    },
  };
  return { model, calls };
}

it('labels in rounds as all at once, and fills each round across conversations', async () => {
  const human = new Map<string, HumanLabel[]>();
  const whole = encodeLabelled(await categorizeThreads([...iterateFacts(facts)], rules, signal, human));
  const { model, calls } = counting(6);
  expect(await labelFacts(facts, model, human, signal)).toEqual(whole);
  expect(calls.length).toBeGreaterThan(1);
  expect(calls.length).toBeLessThan(9);
  expect(calls.reduce((sum, texts) => sum + texts, 0)).toBe(18);
});
