import { readLanguages } from '../../../src/domain/process/language.js';

/** Says the language that the text begins with: `de …`. */
const detector = {
  detect: (text: string) => {
    const code = /^(en|de|zh)\b/.exec(text)?.[1];
    return code === undefined ? null : { language: code, confidence: 0.8 };
  },
};
const long = (language: string, words = 8): string => `${language} ${'word '.repeat(words)}`.trim();
const user = (text: string | null) => ({ text, isUser: true, isSystem: false });
const bot = (text: string | null) => ({ text, isUser: false, isSystem: false });

describe('languages', () => {
  it('the conversation follows its user, not the longer answers of the bot', () => {
    const { conversation, messages } = readLanguages([user(long('de')), bot(long('en', 40))], detector);
    expect(conversation).toEqual({ language: 'de', confidence: 0.8 });
    expect(messages.map((reading) => reading?.language)).toEqual(['de', 'en']);
  });
  it('weighs votes by length; the confidence is the share of the winner', () => {
    const { conversation } = readLanguages([user(long('de', 10)), user(long('en', 4))], detector);
    expect(conversation?.language).toBe('de');
    expect(conversation?.confidence).toBeCloseTo((0.8 * 52) / (52 + 22), 6);
  });
  it('one pasted page does not outvote the conversation', () => {
    const messages = [user(long('en', 2000)), ...Array.from({ length: 6 }, () => user(long('de')))];
    expect(readLanguages(messages, detector).conversation?.language).toBe('de');
  });
  it('short texts take the language of the conversation', () => {
    const { messages } = readLanguages([user(long('de')), user('ok'), user('12'), user(null)], detector);
    expect(messages.map((reading) => reading?.language ?? null)).toEqual(['de', 'de', null, null]);
  });
  it('short texts of other scripts are told by themselves', () => {
    const asked: string[] = [];
    readLanguages([user('你好'), user('hi')], {
      detect: (text) => {
        asked.push(text);
        return { language: 'zh', confidence: 0.9 };
      },
    });
    expect(asked).toEqual(['你好']);
  });
  it('where every text is short, they are told together', () => {
    const { conversation, messages } = readLanguages([user('de ja'), bot('en hm'), user('gut')], detector);
    expect(conversation).toEqual({ language: 'de', confidence: 0.8 });
    expect(messages.map((reading) => reading?.language)).toEqual(['de', 'de', 'de']);
  });
  it('the bot speaks for the conversation where the user wrote nothing', () => {
    expect(readLanguages([user(null), bot(long('en'))], detector).conversation?.language).toBe('en');
  });
  it('system messages do not vote', () => {
    const system = { text: long('en'), isUser: false, isSystem: true };
    expect(readLanguages([system], detector).conversation).toBeNull();
  });
  it('is null without text', () => {
    expect(readLanguages([], detector)).toEqual({ conversation: null, messages: [] });
  });
});
