import { selectTexts, unlabelledReason } from '../../../src/domain/categorize/select.js';
import { categorizeThreads } from '../../../src/domain/categorize/threads.js';
import { INFO, said, threadOf } from './fixtures.js';

const GERMAN = { language: 'de', language_confidence: 0.95 };
const texts = (facts: ReturnType<typeof threadOf>) =>
  selectTexts(facts, ['en']).map(({ messageIndex }) => messageIndex);

describe('texts to classify', () => {
  test('are those of public user messages with something in them', () => {
    const facts = threadOf([
      { text: 'hello there' },
      { text: 'hi, what can I do for you?', actor: 'bot' },
      { text: null },
      { text: 'internal', is_private: true },
      { text: '12345' },
      { text: 'where is it' },
    ]);
    expect(texts(facts)).toEqual([0, 4, 5]);
  });

  test('leave out a language that the model does not know', () => {
    const facts = threadOf([
      { text: 'I would like to know where my order is' },
      { text: 'Ich möchte wissen, wo meine Bestellung ist', ...GERMAN },
    ]);
    expect(texts(facts)).toEqual([0]);
  });

  test('keep short English whatever a detector thinks of it', () => {
    const facts = threadOf([{ text: 'ok thx', ...GERMAN }]);
    expect(unlabelledReason(facts.messages[0]!, facts, ['en'])).toBeNull();
  });

  test('judge a short text by its conversation', () => {
    const facts = threadOf([{ text: 'Danke sehr', language: 'en', language_confidence: 0.6 }], GERMAN);
    expect(unlabelledReason(facts.messages[0]!, facts, ['en'])).toBe('language');
  });

  test('keep a text whose detected language is not sure', () => {
    const facts = threadOf([
      { text: 'pls refund the order asap thx bye', language: 'nl', language_confidence: 0.4 },
    ]);
    expect(unlabelledReason(facts.messages[0]!, facts, ['en'])).toBeNull();
  });

  test.each(['谢谢', 'спасибо', 'شكرا'])('know a foreign script without a detector: %s', (text) => {
    const facts = threadOf([{ text, language: null, language_confidence: null }]);
    expect(unlabelledReason(facts.messages[0]!, facts, ['en'])).toBe('language');
    expect(unlabelledReason(facts.messages[0]!, facts, ['en', 'ru', 'zh', 'ar'])).toBeNull();
  });
});

describe('categorizing threads', () => {
  test('asks once for all texts and gives each message its own answer', async () => {
    const threads = [
      threadOf([{ text: 'one' }, { text: null }, { text: 'two' }]),
      threadOf([{ text: 'nothing from a user', actor: 'bot' }]),
      threadOf([{ text: 'three' }]),
    ];
    const asked: string[][] = [];
    const labelled = await categorizeThreads(
      threads,
      {
        ...INFO,
        classify: (given) => {
          asked.push([...given]);
          return Promise.resolve(given.map((text) => said(['other', 0.9], [`say_${text}`, 0.9])));
        },
      },
      new AbortController().signal,
    );
    expect(asked).toEqual([['one', 'two', 'three']]);
    const intents = labelled.map((thread) =>
      thread.categories
        .filter((c) => c.subject_type === 'message' && c.task === 'intent')
        .map((c) => c.label),
    );
    expect(intents).toEqual([['say_one', 'unknown', 'say_two'], [], ['say_three']]);
    expect(labelled[1]?.conversation.topic).toBeNull();
    expect(labelled[0]?.conversation.outcome).toBeDefined();
  });
});
