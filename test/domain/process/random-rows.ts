import type { RawMessage, RawThread } from '../../../src/domain/records.js';
import { DAY, HOUR, rawConversation, rawMessage, START } from './fixtures.js';

/** Small seeded generator (mulberry32), so that a failing case can be run again. */
export function random(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    int: (below: number): number => Math.floor(next() * below),
    pick: <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T,
  };
}
type Random = ReturnType<typeof random>;

const TEXTS = [
  '',
  ' ',
  'hello there, where is my order?',
  '<p>Hi &amp; bye</p>',
  'a\u0000b\u200bc',
  '\ud83d half',
  '👩\u200d💻',
  '{"type":"text","text":"x"}',
  '[{"type":"text"',
  'long '.repeat(90),
  '؟ هل',
] as const;
const ROLES = [
  'user',
  'customer',
  'bot',
  'assistant',
  'agent',
  'system',
  'auto_reply',
  'who',
  '',
  null,
] as const;

function content(r: Random): RawMessage['content'] {
  return r.pick<() => RawMessage['content']>([
    () => r.pick(TEXTS),
    () => r.pick(TEXTS),
    () => r.pick(TEXTS),
    () => null,
    () => 7,
    () => [{ type: 'text', text: r.pick(TEXTS) }, { type: 'image' }],
    () => ({ a: [r.pick(TEXTS)], type: null }),
    () => ({ text: [[[r.pick(TEXTS)]]] }),
  ])();
}

function time(r: Random): number | null {
  return r.pick([
    () => START + r.int(3 * 3600) * 1000,
    () => START + r.int(3 * 3600) * 1000,
    () => START + r.int(10) * DAY,
    () => START - r.int(2 * HOUR),
    () => null,
    () => 0,
    () => START + 400 * DAY,
  ])();
}

/** A thread that fits the boundary's types, full of every kind of dirt. */
export function dirtyThread(r: Random): RawThread {
  const messages = Array.from({ length: r.int(14) }, () =>
    rawMessage(r.pick([r.int(30), `k${r.int(5)}`]), {
      messageId: `m${r.int(25)}`,
      role: r.pick(ROLES),
      content: content(r),
      hasAttachments: r.next() < 0.1,
      sentAt: time(r),
      isPrivate: r.pick([null, false, false, true]),
      createdAt: time(r),
      updatedAt: r.pick([null, time(r)]),
      agentId: r.pick([null, '', 'ann']),
    }),
  );
  return {
    fetchedAt: START + r.int(20 * 24) * HOUR,
    conversation: rawConversation({
      appId: r.pick(['shop', '', null]),
      userId: r.pick(['u', null]),
      startedAt: r.pick([START, START, time(r) ?? START]),
      status: r.pick([null, 'closed', 'OPEN', 'escalated', '??']),
      closedAt: time(r),
    }),
    messages,
  };
}

/** Anything at all in the place of a value. */
export function garbage(r: Random, depth = 0): unknown {
  const cyclic: Record<string, unknown> = {};
  cyclic.text = cyclic;
  return r.pick<() => unknown>([
    () => undefined,
    () => null,
    () => NaN,
    () => Infinity,
    () => -1.5,
    () => 10n,
    () => true,
    () => '',
    () => r.pick(TEXTS),
    () => Symbol('x'),
    () => () => 1,
    () => cyclic,
    () => new Date(NaN),
    () => Object.create(null) as object,
    () => (depth > 2 ? [] : [garbage(r, depth + 1), garbage(r, depth + 1)]),
    () => (depth > 2 ? {} : { text: garbage(r, depth + 1), type: garbage(r, depth + 1), toJSON: 3 }),
  ])();
}

/** A thread in which some values, rows or parts are replaced by garbage. */
export function brokenThread(r: Random): unknown {
  const spoil = (row: object, share: number): unknown =>
    r.next() < 0.05
      ? garbage(r)
      : Object.fromEntries(
          Object.entries(row).map(([key, value]) => [
            key,
            r.next() < share ? garbage(r) : (value as unknown),
          ]),
        );
  const raw = dirtyThread(r);
  const parts = {
    fetchedAt: raw.fetchedAt,
    conversation: spoil(raw.conversation, r.pick([0, 0, 0.1])),
    messages: raw.messages.map((message) => spoil(message, 0.1)),
  };
  return spoil(parts, 0.02);
}
