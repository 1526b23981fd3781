import { createHtmlToText } from '../../../src/adapters/text/html-to-text.js';
import type { ProcessContext, QualityFlag } from '../../../src/domain/process/index.js';
import { processThread, QUALITY_FLAGS, settle } from '../../../src/domain/process/index.js';
import type { RawMessage, RawThread } from '../../../src/domain/records.js';
import type { Actor } from '../../../src/domain/schema.js';
import { CONTENT_TYPES, MESSAGES, OUTCOMES } from '../../../src/domain/schema.js';
import { context as plainContext, factsOf, messagesOf, rawMessage, START, thread } from './fixtures.js';
import { brokenThread, dirtyThread, random } from './random-rows.js';

const context: ProcessContext = {
  ...plainContext,
  html: createHtmlToText(),
  roles: { auto_reply: 'agent' as Actor },
};
const isNullOrNotNegative = (value: number | null): boolean => value === null || value >= 0;

describe('rows', () => {
  it('carries ids, provenance and the source’s own times', () => {
    const raw = thread([rawMessage(7, { agentId: ' ', isPrivate: null })], {
      appId: '',
      userId: 'u9',
      updatedAt: 5,
    });
    const { conversation, messages } = factsOf(raw);
    expect(conversation).toMatchObject({
      conversation_key: 'src:c1',
      conversation_id: 'c1',
      source_row_id: '1',
      app_id: null, // a blank id is none
      user_id: 'u9',
      started_at: START,
      started_at_basis: 'mapped',
      source_created_at: START,
      source_updated_at: 5,
      deleted_at: null,
      source: 'src',
      run_id: 'run-1',
      fetched_at: raw.fetchedAt,
      schema_version: 1,
    });
    expect(messages[0]).toMatchObject({
      message_key: 'src:c1/m7',
      conversation_key: 'src:c1',
      message_id: 'm7',
      source_row_id: '7',
      app_id: null,
      agent_id: null,
      is_private: false,
      is_auto_reply: false,
    });
  });
  it('has exactly the columns of the schema', () => {
    const { conversation, messages } = factsOf(thread(messagesOf('u0 b1')));
    expect(Object.keys(messages[0]!).sort()).toEqual(Object.keys(MESSAGES.columns).sort());
    expect(Object.keys(conversation)).not.toContain('outcome');
  });
  it('flags a start in the future and messages before the start', () => {
    const facts = factsOf(thread(messagesOf('u-60'), { startedAt: START }));
    expect(facts.conversation.quality_flags).toEqual(['messages_before_start']);
    const future = factsOf(thread([], { startedAt: START + 3600_000 }, START));
    expect(future.conversation.quality_flags).toEqual(['started_at_invalid']);
  });
});

describe('rejects', () => {
  it('a message that cannot be read is a reject that names the field and holds no text', () => {
    const bad = { ...rawMessage(2, { content: 'secret words' }), messageId: null } as unknown as RawMessage;
    const { facts, rejects } = processThread(thread([rawMessage(1), bad]), context);
    expect(facts?.messages).toHaveLength(1);
    expect(rejects).toEqual([
      {
        table: 'messages',
        source_row_id: '2',
        reason: 'invalid_row',
        field: 'messageId',
        conversation_key: 'src:c1',
        app_id: 'shop',
        source: 'src',
        fetched_at: facts?.conversation.fetched_at,
        run_id: 'run-1',
      },
    ]);
    expect(JSON.stringify(rejects)).not.toContain('secret');
  });
  it('a conversation that cannot be read takes its messages with it', () => {
    const raw = thread([rawMessage(1), rawMessage(2)]);
    const bad = {
      ...raw,
      conversation: { ...raw.conversation, startedAt: 'yesterday' },
    } as unknown as RawThread;
    const { facts, rejects } = processThread(bad, context);
    expect(facts).toBeNull();
    expect(rejects.map((reject) => [reject.table, reject.source_row_id, reject.field])).toEqual([
      ['conversations', '1', 'startedAt'],
      ['messages', '1', 'conversation'],
      ['messages', '2', 'conversation'],
    ]);
  });
});

describe('whatever the rows', () => {
  const cases = Array.from({ length: 300 }, (_, seed) => seed);
  const threads = cases.map((seed) => dirtyThread(random(seed)));

  it('every message is stored or rejected, once', () => {
    for (const raw of threads) {
      const { facts, rejects } = processThread(raw, context);
      expect(facts!.messages.length + rejects.length).toBe(raw.messages.length);
      expect(new Set(facts!.messages.map((message) => message.message_key)).size).toBe(
        facts!.messages.length,
      );
    }
  });
  it('counts add up, numbers are contiguous, times are whole and in order', () => {
    for (const raw of threads) {
      const { conversation: c, messages } = factsOf(raw, context);
      expect(c.n_user + c.n_bot + c.n_agent + c.n_system + c.n_other + c.n_private).toBe(messages.length);
      expect(messages.map((message) => message.seq)).toEqual(messages.map((_, index) => index + 1));
      expect(c.turns).toBeLessThanOrEqual(c.n_user + c.n_bot + c.n_agent);
      const valid = messages.filter((message) => !message.quality_flags.includes('time_invalid'));
      const times = valid.map((message) => message.sent_at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(messages.every((message) => Number.isSafeInteger(message.sent_at))).toBe(true);
    }
  });
  it('no duration or response time is negative', () => {
    for (const raw of threads) {
      const { conversation: c, messages } = factsOf(raw, context);
      const measures = [c.duration_s, c.first_response_s, c.first_bot_response_s, c.first_agent_response_s];
      expect(measures.every(isNullOrNotNegative)).toBe(true);
      expect(messages.map((message) => message.reply_time_s).every(isNullOrNotNegative)).toBe(true);
    }
  });
  it('first responses exist only where the user spoke and that side answered', () => {
    for (const raw of threads) {
      const { conversation: c } = factsOf(raw, context);
      if (!c.engaged || c.n_bot + c.n_agent === 0) expect(c.first_response_s).toBeNull();
      if (c.n_bot === 0) expect(c.first_bot_response_s).toBeNull();
      if (c.n_agent === 0) expect(c.first_agent_response_s).toBeNull();
      expect(c.engaged).toBe(c.n_user > 0);
      expect(c.first_user_message_at === null).toBe(!c.engaged);
      expect(c.last_message_at === null).toBe(raw.messages.length === 0);
    }
  });
  it('text is clean, its length is counted in code points, flags are of the list', () => {
    for (const raw of threads) {
      for (const message of factsOf(raw, context).messages) {
        const text = message.text ?? '';
        expect(text).toBe(text.normalize('NFC').trim());
        expect(Buffer.from(text).toString()).toBe(text); // survives UTF-8
        expect(Buffer.from(message.text_raw ?? '').toString()).toBe(message.text_raw ?? '');
        expect(message.char_count).toBe(Array.from(text).length);
        expect(CONTENT_TYPES).toContain(message.content_type);
        expect(message.quality_flags.filter((flag) => !QUALITY_FLAGS.includes(flag as QualityFlag))).toEqual(
          [],
        );
        if (message.text === null) expect(message.language).toBeNull();
      }
    }
  });
  it('exactly one outcome, and pending exactly while it has not ended', () => {
    const seen = new Set<string>();
    for (const [seed, raw] of threads.entries()) {
      const r = random(seed);
      const facts = factsOf(raw, context);
      const intents = facts.messages.map(() =>
        r.pick([null, 'contact_human', 'thank_or_goodbye', 'ask_price']),
      );
      const { outcome, unanswered } = settle(facts, { intents });
      expect(OUTCOMES).toContain(outcome);
      const hasEnded = facts.conversation.ended_at !== null;
      expect(unanswered === null).toBe(!hasEnded);
      if (facts.conversation.engaged) expect(outcome === 'pending').toBe(!hasEnded);
      if (outcome === 'unanswered') expect(unanswered).toBe(true);
      if (outcome === 'contained' || outcome === 'abandoned') expect(unanswered).toBe(false);
      seen.add(outcome);
    }
    expect([...seen].sort()).toEqual([...OUTCOMES].sort());
  });
  it('the order in which rows come changes nothing', () => {
    for (const [seed, raw] of threads.entries()) {
      const r = random(seed);
      const unique = [...new Map(raw.messages.map((message) => [message.rowId, message])).values()];
      const shuffled = unique.map((message) => ({ message, key: r.next() })).sort((a, b) => a.key - b.key);
      const a = processThread({ ...raw, messages: unique }, context);
      const b = processThread({ ...raw, messages: shuffled.map(({ message }) => message) }, context);
      expect(b.facts).toEqual(a.facts);
      expect(b.rejects.map((reject) => reject.source_row_id).sort()).toEqual(
        a.rejects.map((reject) => reject.source_row_id).sort(),
      );
    }
  });
  it('rows that were de-duplicated before give the same facts', () => {
    for (const raw of threads) {
      const { facts } = processThread(raw, context);
      const winners = facts!.messages.map((row) =>
        raw.messages.find(
          (message) => message.rowId === row.source_row_id && message.messageId === row.message_id,
        )!,
      );
      // two rows with one id and one key would be told apart by nothing
      const isAmbiguous =
        new Set(raw.messages.map(({ rowId, messageId }) => `${rowId} ${messageId}`)).size <
        raw.messages.length;
      if (!isAmbiguous)
        expect(processThread({ ...raw, messages: winners }, context)).toEqual({ facts, rejects: [] });
    }
  });
});

it('never throws, and loses no row, whatever comes', () => {
  for (let seed = 0; seed < 1200; seed++) {
    const raw = brokenThread(random(seed));
    const { facts, rejects } = processThread(raw as RawThread, context);
    const messages = (raw as { messages?: unknown } | null)?.messages;
    const received = Array.isArray(messages) ? messages.length : 0;
    const stored = facts?.messages.length ?? 0;
    expect(stored + rejects.filter((reject) => reject.table === 'messages').length).toBe(received);
    expect(rejects.filter((reject) => reject.table === 'conversations').length).toBe(facts === null ? 1 : 0);
  }
});
