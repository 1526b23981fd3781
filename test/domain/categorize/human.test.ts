import { CATEGORIES } from '../../../src/domain/schema.js';
import { HumanLabels, type HumanLabel } from '../../../src/domain/categorize/human.js';
import { categorizeThread } from '../../../src/domain/categorize/rollup.js';
import { labelThread } from '../../../src/domain/categorize/threads.js';
import { invalidColumn } from '../../../src/domain/validate-row.js';
import { INFO, said, threadOf } from './fixtures.js';

const given = (task: HumanLabel['task'], label: string, messageId: string | null = null): HumanLabel => ({
  messageId,
  task,
  label,
  taxonomyVersion: 'h1',
});
const facts = threadOf([
  { text: 'refund please' },
  { text: 'it is really urgent' },
  { text: 'thanks a lot' },
]);
const predictions = [
  said(['returns_refunds', 0.9], ['request_refund', 0.9], -0.2),
  said(['returns_refunds', 0.7], ['track_refund', 0.7], -0.3),
  said(['other', 0.9], ['thank_or_goodbye', 0.9], 0.4),
];
const label = (...labels: HumanLabel[]) => {
  const result = categorizeThread(facts, predictions, INFO, new HumanLabels(labels));
  for (const row of result.categories) expect(invalidColumn(CATEGORIES, row)).toBeNull();
  return { ...result, row: (key: string) => result.categories.find((c) => c.category_key === key) };
};

describe('labels of people', () => {
  test('stand for the conversation; what the model found comes second', () => {
    const { labels, row } = label(given('topic', 'billing_payment'), given('intent', 'get_invoice'));
    expect(labels).toMatchObject({
      topic: 'billing_payment',
      topic_confidence: null,
      intent: 'get_invoice',
      intent_confidence: null,
      intent_secondary: 'request_refund',
      sentiment: 'neutral',
      model_version: 'm1',
    });
    expect(row('test:c#intent#1')).toMatchObject({
      label: 'get_invoice',
      origin: 'human',
      confidence: null,
      model_version: null,
      taxonomy_version: 'h1',
    });
    expect(row('test:c#intent#2')).toMatchObject({ label: 'request_refund', origin: 'model', rank: 2 });
    expect(row('test:c#topic#2')).toMatchObject({ label: 'returns_refunds', origin: 'model' });
  });

  test('of a message are rolled up into the conversation, and settle its outcome', () => {
    const { labels, row, intents } = label(given('intent', 'contact_human', 'c-0'));
    expect(intents[0]).toBe('contact_human');
    expect(row('test:m:c-0#intent#1')).toMatchObject({
      label: 'contact_human',
      origin: 'human',
      confidence: null,
    });
    expect(row('test:m:c-1#intent#1')).toMatchObject({ label: 'track_refund', origin: 'model' });
    expect(labels).toMatchObject({ intent: 'contact_human', intent_secondary: 'track_refund' });

    const ended = threadOf([{ text: 'thanks a lot' }], { ended_at: 5 });
    const of = (human: HumanLabel[]) =>
      labelThread(ended, [said(['other', 0.9], ['thank_or_goodbye', 0.9])], INFO, new HumanLabels(human))
        .conversation;
    expect(of([]).unanswered).toBe(false);
    expect(of([given('intent', 'complain', 'c-0')]).unanswered).toBe(true);
  });

  test('of sentiment have a score that says the same', () => {
    const { labels, row } = label(given('sentiment', 'very_negative'), given('sentiment', 'positive', 'c-1'));
    expect(labels).toMatchObject({ sentiment: 'very_negative', sentiment_score: -0.75 });
    expect(row('test:c#sentiment#1')).toMatchObject({
      label: 'very_negative',
      origin: 'human',
      score: -0.75,
    });
    expect(row('test:m:c-1#sentiment#1')).toMatchObject({ label: 'positive', score: 0.3, origin: 'human' });
    // The message counts in start and end as the person has it.
    expect(labels.sentiment_start).toBeCloseTo(-0.2);
    expect(labels.sentiment_end).toBeCloseTo(0.4);
  });

  test('stand where the model was not asked, and where no user wrote', () => {
    const numbers = threadOf([{ text: '4711' }]);
    const short = categorizeThread(
      numbers,
      [said(['other', 0.9], ['out_of_scope', 0.9])],
      INFO,
      new HumanLabels([given('intent', 'track_order', 'c-0')]),
    );
    expect(short.labels.intent).toBe('track_order');
    const bot = threadOf([{ text: 'hello, can I help?', actor: 'bot' }]);
    const outbound = categorizeThread(bot, [], INFO, new HumanLabels([given('topic', 'sales_pricing')]));
    expect(outbound.labels).toMatchObject({ topic: 'sales_pricing', intent: null, sentiment: null });
    expect(outbound.categories).toMatchObject([
      { category_key: 'test:c#topic#1', origin: 'human', reason: null },
    ]);
  });

  test('of other messages and conversations change nothing', () => {
    expect(label(given('intent', 'complain', 'other')).categories).toEqual(label().categories);
  });
});
