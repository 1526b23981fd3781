import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultModelDir } from '../../src/adapters/classifier/index.js';
import type { TextPrediction } from '../../src/domain/categorize/prediction.js';
import { ownExamples, readTaxonomy } from '../../src/training/examples.js';
import { evaluateConversations, readConversations } from '../../src/training/conversations.js';
import type { TextClassifier } from '../../src/ports/text-classifier.js';

const { taxonomy } = readTaxonomy(defaultModelDir());
const conversations = readConversations(join(import.meta.dirname, '../categorizer-labelled'), taxonomy);
const userMessages = conversations.flatMap((c) =>
  c.messages.flatMap(({ text, truth }) => (truth === null ? [] : [{ text, truth }])),
);

describe('conversations labelled by hand', () => {
  it('are at least 60 of several turns, with at least 300 user messages', () => {
    expect(conversations.length).toBeGreaterThanOrEqual(60);
    expect(userMessages.length).toBeGreaterThanOrEqual(300);
    for (const { id, messages } of conversations) {
      expect({ id, several: messages.filter((m) => m.truth !== null).length >= 3 }).toEqual({
        id,
        several: true,
      });
    }
  });

  it('cover every topic, intent and sentiment that says something', () => {
    const topics = new Set(conversations.map((c) => c.topic));
    const intents = new Set(userMessages.map(({ truth }) => truth.intent));
    const missing = [
      ...taxonomy.topics.filter((t) => t.id !== 'unknown' && !topics.has(t.id)),
      ...taxonomy.intents.filter((i) => !intents.has(i.id)),
    ].map(({ id }) => id);
    expect(missing).toEqual([]);
    expect(new Set(userMessages.map(({ truth }) => truth.sentiment)).size).toBe(5);
  });

  it('have a primary intent that one of their messages has', () => {
    for (const { id, primary, secondary, messages } of conversations) {
      const found = new Set(messages.map(({ truth }) => truth?.intent));
      expect({ id, primary: found.has(primary) }).toEqual({ id, primary: true });
      expect({ id, secondary: secondary === null || found.has(secondary) }).toEqual({ id, secondary: true });
    }
  });

  it('have no text that the shipped model was trained with', () => {
    const own = new Set(ownExamples(defaultModelDir(), taxonomy).map(({ text }) => text.toLowerCase()));
    expect(own.size).toBeGreaterThan(200);
    const requests = userMessages.filter(({ text }) => text.length > 12);
    expect(requests.filter(({ text }) => own.has(text.toLowerCase()))).toEqual([]);
  });

  it('say nothing twice: no two requests are the same text', () => {
    const requests = userMessages.filter(({ text, truth }) => !truth.needsContext && text.length > 20);
    expect(new Set(requests.map(({ text }) => text)).size).toBe(requests.length);
  });
});

describe('evaluateConversations', () => {
  it('tells right from wrong answers, by task', async () => {
    const truths = new Map(userMessages.map(({ text, truth }) => [text, truth]));
    const sample = conversations.filter(({ id }) => id === 'shop-05');
    const perfect = await evaluateConversations(
      answering((text) => truths.get(text)?.intent ?? ''),
      sample,
    );
    expect(perfect.messages.intent).toMatchObject({ texts: 5, accuracy: 1, macroF1: 1 });
    expect(perfect.messages.intentByItself.texts).toBe(4);
    expect(perfect.conversations.intent.accuracy).toBe(1);
    const wrong = await evaluateConversations(
      answering(() => 'play_chess'),
      sample,
    );
    expect(wrong.messages.intent.accuracy).toBe(0);
    expect(wrong.conversations.intent.accuracy).toBe(0);
    // The stand-in answers neutral throughout.
    expect(wrong.messages.sentiment.accuracy).toBe(4 / 5);
  });
});

describe('readConversations', () => {
  const conversation = {
    id: 'a',
    topic: 'other',
    primary: 'greet',
    secondary: null,
    messages: [['greet', 'neutral', 'hi']],
  };
  it.each([
    ['a topic that is not in the taxonomy', [{ ...conversation, topic: 'chess' }], /no topic "chess"/],
    [
      'an intent that is not',
      [{ ...conversation, messages: [['play', 'neutral', 'hi']] }],
      /no intent "play"/,
    ],
    ['another sentiment', [{ ...conversation, messages: [['greet', 'happy', 'hi']] }], /0\.messages\.0/],
    ['an id twice', [conversation, conversation], /a occurs twice/],
  ])('refuses %s', (_, content, message) => {
    const dir = mkdtempSync(join(tmpdir(), 'labelled-'));
    try {
      writeFileSync(join(dir, 'x.yaml'), JSON.stringify(content));
      expect(() => readConversations(dir, taxonomy)).toThrow(message);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

function answering(intent: (text: string) => string): TextClassifier {
  const sure = (label: string) => ({ label, confidence: 0.9, runnerUp: null });
  return {
    modelVersion: 'm',
    taxonomyVersion: 't',
    languages: ['en'],
    engine: 'none',
    messagesARound: 100,
    classify: (texts) =>
      Promise.resolve(
        texts.map((text): TextPrediction => ({
          topic: sure('other'),
          intent: sure(intent(text)),
          sentiment: sure('neutral'),
          sentimentScore: 0,
        })),
      ),
    close: () => Promise.resolve(),
  };
}
