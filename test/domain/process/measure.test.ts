import { conversationOf, DAY, factsOf, messagesOf, START, thread } from './fixtures.js';

describe('counts and turns', () => {
  it.each([
    // script, user, bot, agent, system, other, private, turns
    ['', 0, 0, 0, 0, 0, 0, 0],
    ['u0', 1, 0, 0, 0, 0, 0, 1],
    ['u0 u5 b10 u20 a30', 3, 1, 1, 0, 0, 0, 4],
    ['u0 s5 u10 b20', 2, 1, 0, 1, 0, 0, 2], // a system message does not part a run
    ['u0 o5 u10 b20', 2, 1, 0, 0, 1, 0, 2],
    ['u0 a!5 b10 a!15', 1, 1, 0, 0, 0, 2, 2], // private notes count as private only
    ['b0 b1 u2', 1, 2, 0, 0, 0, 0, 2],
  ])('%s', (script, n_user, n_bot, n_agent, n_system, n_other, n_private, turns) => {
    expect(conversationOf(script)).toMatchObject({
      n_user,
      n_bot,
      n_agent,
      n_system,
      n_other,
      n_private,
      turns,
    });
  });
});

describe('duration_s', () => {
  it.each([
    ['', null],
    ['u0', null],
    ['u0 s60', null], // one message that is not the system's
    ['u0 b60', 60],
    ['u0 o60', 60], // other counts
    ['u0 b60 a!600', 60], // private notes do not
    ['u0 s10 b60 s9000', 60],
    ['u0 b86400', 86400], // a gap of exactly 24 h counts
    ['u0 b86401', 0], // a longer one is dropped, not capped
    ['u0 b60 u200000 b200030', 90],
    ['u0 b? u60', 60], // an unreadable time is left out
    ['u0 b?', null],
    ['u0 b0', 0],
  ])('%s → %p', (script, expected) => {
    expect(conversationOf(script).duration_s).toBe(expected);
  });
});

describe('first responses', () => {
  it.each([
    // script, any, bot, agent
    ['', null, null, null],
    ['u0', null, null, null],
    ['u0 b5', 5, 5, null],
    ['u0 a40', 40, null, 40],
    ['u0 u30 a40', 40, null, 40], // from the first message of the run
    ['b0 u10 b12', 2, 2, null], // a greeting does not count
    ['b0 u10', null, null, null],
    ['u0 b5 a65', 5, 5, 65], // after a bot: from the last user run, here the first message
    ['u0 b5 u60 u70 a100', 5, 5, 40], // after a bot: from the first message of the last user run
    ['u0 a40 b50', 40, 50, 40],
    ['b0 u10 a30', 20, null, 20],
    ['u0 r1 a40', 40, null, 40], // an automatic reply does not stop the clock
    ['u0 a!1 a40', 40, null, 40], // nor does a private note
    ['u0 s1 o2 b5', 5, 5, null],
    ['a0 u10 a20', null, null, null], // begun by an agent: the user answered
    ['a0 u10 b15 a20', null, 5, null],
    ['a0', null, null, null], // outbound only
    ['b0 a5', null, null, null],
    ['u? b5', null, null, null], // unknown start
    ['u0 b? a9', null, null, 9],
  ])('%s → any %p, bot %p, agent %p', (script, any, bot, agent) => {
    expect(conversationOf(script)).toMatchObject({
      first_response_s: any,
      first_bot_response_s: bot,
      first_agent_response_s: agent,
    });
  });
});

describe('reply_time_s', () => {
  it.each([
    ['u0 b5', [null, 5]],
    ['u0 u3 b5 b6', [null, null, 5, null]], // first reply to the run only, since its first message
    ['u0 b5 u60 a100', [null, 5, null, 40]], // a bot's reply resets the wait
    ['b0 u1 b2', [null, null, 1]],
    ['u0 r1 a!2 s3 o4 a10', [null, null, null, null, null, 10]],
    ['u0 b? u10 b12', [null, null, null, 2]], // the unreadable reply has answered the first run
    ['u? b5', [null, null]],
  ])('%s → %p', (script, expected) => {
    const { messages } = factsOf(thread(messagesOf(script)));
    expect(messages.map((message) => message.reply_time_s)).toEqual(expected);
  });
});

describe('handoff_at', () => {
  it.each([
    ['u0 a10', null],
    ['u0 b5 u60', null],
    ['u0 b5 a10', 0],
    ['u0 b5 u60 u70 a100', 60], // when the user turned to people, not when they answered
    ['u0 a5 b10 u20 a30', 20],
    ['b0 a5 u10 b11', null], // nobody was handed over before the user spoke
    ['u0 b5 a!10', null],
    ['u0 b5 r10', null],
  ])('%s → %p', (script, seconds) => {
    expect(conversationOf(script).handoff_at).toBe(seconds === null ? null : START + seconds * 1000);
  });
});

describe('engaged, outbound_only, bot_involved', () => {
  it.each([
    ['', false, false, false],
    ['s0', false, false, false],
    ['o0', false, false, false],
    ['b0', false, true, true],
    ['a0 a5', false, true, false],
    ['a!0', false, false, false],
    ['u0', true, false, false],
    ['u!0 b1', false, true, true],
    ['b0 u1', true, false, true],
  ])('%s', (script, engaged, outbound_only, bot_involved) => {
    expect(conversationOf(script)).toMatchObject({ engaged, outbound_only, bot_involved });
  });
});

describe('event times', () => {
  it('first_user_message_at is the first public user message, last_message_at the last of all', () => {
    const facts = conversationOf('b0 u!1 u5 b6 s100');
    expect(facts.first_user_message_at).toBe(START + 5000);
    expect(facts.last_message_at).toBe(START + 100_000);
  });
  it('both are null without such messages', () => {
    expect(conversationOf('b0').first_user_message_at).toBeNull();
    expect(conversationOf('').last_message_at).toBeNull();
  });
  it('does not depend on clock changes: a span over the end of summer time is its UTC length', () => {
    const start = Date.UTC(2025, 9, 26, 0, 30);
    const [user, bot] = messagesOf('u0 b0').map((message, i) => ({
      ...message,
      sentAt: start + i * 7200_000,
    }));
    const facts = factsOf(thread([user!, bot!], { startedAt: start }, start + DAY * 9));
    expect(facts.conversation.duration_s).toBe(7200);
    expect(facts.conversation.first_response_s).toBe(7200);
  });
});
