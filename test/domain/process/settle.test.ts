import { withoutText } from '../../../src/domain/process/index.js';
import { endsWithQuestion } from '../../../src/domain/process/settle.js';
import { factsOf, messagesOf, settled, START, thread } from './fixtures.js';

describe('outcome', () => {
  it.each([
    ['', [], 'empty'],
    ['s0 o1', [], 'empty'],
    ['b0 a1', [], 'outbound_only'],
    ['u0 b1 u60 a90', ['report_bug', 'report_bug'], 'escalated'],
    ['u0 a1', ['report_bug'], 'agent_handled'],
    ['u0', ['track_order'], 'unanswered'],
    ['u0 b1 u2', ['track_order', 'ask_policy'], 'unanswered'],
    ['u0 b1', ['track_order'], 'contained'],
    ['u0 b1 u2', ['track_order', 'thank_or_goodbye'], 'contained'],
    ['u0 b1 u2', ['track_order', 'praise'], 'contained'],
    ['u0 b1', ['contact_human'], 'unanswered'], // an unmet wish for people
    ['u0 r1', ['track_order'], 'unanswered'], // an automatic reply is no answer
  ])('%s %p → %s', (script, intents, outcome) => {
    expect(settled(script, intents).outcome).toBe(outcome);
  });
  it('is pending until the conversation has ended, whoever took part', () => {
    const now = START + 3600_000;
    expect(settled('u0 b1 u60 a90', [], {}, now)).toEqual({ outcome: 'pending', unanswered: null });
    expect(settled('u0', [], {}, now)).toEqual({ outcome: 'pending', unanswered: null });
  });
  it('empty and outbound_only come before pending', () => {
    const now = START + 3600_000;
    expect(settled('', [], {}, now).outcome).toBe('empty');
    expect(settled('b0', [], {}, now).outcome).toBe('outbound_only');
  });
  it('a status of escalation makes it escalated, with or without an agent in sight', () => {
    expect(settled('u0 b1', ['report_bug'], { status: 'Escalated' }).outcome).toBe('escalated');
    expect(settled('u0 b1 a2', ['report_bug'], { status: 'Escalated' }).outcome).toBe('escalated');
  });
  it('is abandoned where the last word is a question of the bot', () => {
    const question = { 1: 'Which order do you mean?' };
    expect(settled('u0 b1', ['track_order'], {}, undefined, question).outcome).toBe('abandoned');
    expect(settled('u0 b1 u2', ['track_order', 'praise'], {}, undefined, question).outcome).toBe('contained');
  });
});

describe('unanswered', () => {
  it.each([
    ['b0', [], false],
    ['u0', ['thank_or_goodbye'], false],
    ['u0', [null], true], // an unknown intent may be a question
    ['u0 b1 u2 u3', ['ask_price', 'thank_or_goodbye', 'ask_policy'], true],
    ['u0 a1', ['contact_human'], false],
    ['u0 a1 u2', ['report_bug', 'contact_human'], true],
    ['u0 a1 u2 b3', ['report_bug', 'contact_human'], true],
    ['u0 a1 u2 s3', ['report_bug', 'ask_price'], true],
  ])('%s %p → %p', (script, intents, expected) => {
    expect(settled(script, intents).unanswered).toBe(expected);
  });
  it('blank user messages ask nothing', () => {
    expect(settled('u0 b1 u2', ['ask_price', null], {}, undefined, { 2: '  ' }).unanswered).toBe(false);
  });
});

describe('endsWithQuestion', () => {
  it.each([
    ['Anything else?', true],
    ['Anything else? 😊', true],
    ['He said "why?"', true],
    ['他にありますか？', true],
    ['هل من شيء آخر؟', true],
    ['Really?!', false],
    ['What? No.', false],
    ['', false],
    [null, false],
  ])('%p → %p', (text, expected) => {
    expect(endsWithQuestion(text)).toBe(expected);
  });
});

it('withoutText drops both texts and nothing else', () => {
  const { messages } = factsOf(thread(messagesOf('u0 b1')));
  expect(withoutText(messages)).toEqual(messages.map((row) => ({ ...row, text: null, text_raw: null })));
  expect(messages[0]?.text).toBe('text 1');
});
