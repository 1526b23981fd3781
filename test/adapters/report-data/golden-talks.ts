import type { Talk } from './talks.js';

/** So many alike, a minute apart. */
function alike(prefix: string, count: number, from: string, talk: Omit<Talk, 'id' | 'at'>): Talk[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${i + 1}`,
    at: new Date(Date.parse(from) + (i + 1) * 60_000).toISOString(),
    user: `u-${prefix}${i + 1}`,
    ...talk,
  }));
}

const shipping = { topic: 'shipping_delivery', intents: ['track_order', 'thank_or_goodbye'] };
const happy = { sentiment: 'positive', score: 0.5, end: 0.5 };
const billing = { topic: 'billing_payment', intents: ['get_invoice', 'get_invoice'] };
const access = { topic: 'account_access', intents: ['recover_access'] };
const SHIFTS = [0.3, 0.3, 0.3, 0.3, -0.3, -0.3, 0];

/**
 * 65 conversations around Sunday 2024-03-31 in Berlin, a day of 23 hours: [2024-03-30T23:00Z, 2024-03-31T22:00Z).
 * Those of A to W but I, T0, W0 and X0 begin on it.
 */
export const GOLDEN: Talk[] = [
  // A: a bot answers twice, and is thanked
  ...alike('A', 16, '2024-03-31T08:00:00Z', { ...shipping, ...happy, script: 'u0 b30 u60 b90' }).map(
    (talk, i) => ({ ...talk, shift: SHIFTS[i] ?? null }),
  ),
  // B: handed to people, at the user's wish
  ...alike('B', 5, '2024-03-31T09:00:00Z', {
    script: 'u0 b10 u20 a320',
    topic: 'technical_issue',
    intents: ['report_bug', 'contact_human'],
    sentiment: 'negative',
    score: -0.5,
    agent: 'ada',
  }),
  // C: people only
  ...alike('C', 4, '2024-03-31T10:00:00Z', { ...billing, app: 'mobile', script: 'u0 a600', agent: 'bob' }),
  // D: nobody answers
  ...alike('D', 3, '2024-03-31T11:00:00Z', {
    ...billing,
    app: 'mobile',
    script: 'u0 u50',
    sentiment: 'very_negative',
    score: -0.9,
  }),
  // E: the last word is the bot's, and a question
  ...alike('E', 3, '2024-03-31T12:00:00Z', {
    app: 'mobile',
    script: 'u0 b5',
    texts: { 1: 'Which order?' },
    topic: 'other',
    intents: ['track_order'],
  }),
  // F: empty; G: outbound only
  ...alike('F', 2, '2024-03-31T13:00:00Z', { script: '' }),
  ...alike('G', 2, '2024-03-31T14:00:00Z', { script: 'b0 b60' }),
  // H: asked before local midnight, answered after it; I: the same a day before
  { id: 'H1', at: '2024-03-31T21:59:30Z', user: 'u-H1', ...shipping, ...happy, script: 'u0 b60' },
  { id: 'H2', at: '2024-03-31T21:59:30Z', user: 'u-H2', ...shipping, ...happy, script: 'u0 b60' },
  { id: 'I1', at: '2024-03-30T22:59:30Z', user: 'u-I1', ...shipping, script: 'u0 b60' },
  { id: 'I2', at: '2024-03-30T22:59:30Z', user: 'u-I2', ...shipping, script: 'u0 b60' },
  // J: one user id in two apps
  { id: 'J1', at: '2024-03-31T15:00:00Z', user: 'dup', ...access, script: 'u0 b10' },
  { id: 'J2', at: '2024-03-31T15:30:00Z', user: 'dup', app: 'mobile', ...access, script: 'u0 b10' },
  // K: across the change of the clocks
  { id: 'K1', at: '2024-03-31T00:59:50Z', user: 'u-K1', ...access, script: 'u0 b20' },
  { id: 'K2', at: '2024-03-31T00:59:50Z', user: 'u-K2', ...access, script: 'u0 b20' },
  // L: closed, and reopened by the user; M: closed for good
  {
    id: 'L1',
    at: '2024-03-31T16:00:00Z',
    user: 'u-L1',
    script: 'u0 a100 u4000',
    status: 'closed',
    closed: 200,
    topic: 'technical_issue',
    intents: ['report_bug', 'report_bug'],
    sentiment: 'negative',
    score: -0.5,
    agent: 'ada',
  },
  ...alike('M', 4, '2024-03-31T16:10:00Z', {
    script: 'u0 a100 u110',
    status: 'resolved',
    closed: 500,
    topic: 'technical_issue',
    intents: ['report_bug', 'thank_or_goodbye'],
    agent: 'ada',
  }),
  // N: a private note and an automatic reply are no answer; open
  {
    id: 'N1',
    at: '2024-03-31T17:00:00Z',
    user: 'u-N1',
    script: 'u0 a!10 r20 b40',
    status: 'open',
    intents: ['report_bug'],
  },
  // O: a message without a usable time
  { id: 'O1', at: '2024-03-31T17:10:00Z', user: 'u-O1', script: 'u0 b? u60 b90' },
  // P: without a user id; Q: in German
  ...alike('P', 2, '2024-03-31T17:20:00Z', { user: null, script: 'u0 b30' }),
  ...alike('Q', 2, '2024-03-31T17:30:00Z', { ...shipping, ...happy, language: 'de', script: 'u0 b30' }),
  // R: read while they were under way
  { id: 'R1', at: '2024-03-31T20:00:00Z', user: 'u-R1', script: 'u0 b10', fetchedAt: '2024-03-31T21:00:00Z' },
  {
    id: 'R2',
    at: '2024-03-31T20:10:00Z',
    user: 'u-R2',
    ...billing,
    script: 'u0',
    fetchedAt: '2024-03-31T21:00:00Z',
  },
  // S: has left the source
  { id: 'S1', at: '2024-03-31T18:00:00Z', user: 'u-S1', script: 'u0 b10', deleted: true },
  // T: three days before A1, the same user and topic; U: the user of A2 again, hours later
  { id: 'T0', at: '2024-03-28T08:00:00Z', user: 'u-A1', ...shipping, script: 'u0 b30' },
  { id: 'U1', at: '2024-03-31T19:00:00Z', user: 'u-A2', ...access, script: 'u0 b30' },
  // V: not understood, by the bot and by the categorizer
  {
    id: 'V1',
    at: '2024-03-31T19:10:00Z',
    user: 'u-V1',
    script: 'u0 b30 u40 b50',
    texts: { 1: 'Sorry, I did not understand' },
    topic: 'unknown',
    intents: ['unknown', 'unknown'],
    sentiment: 'unknown',
    end: -0.4,
  },
  // W: active the day before too; X: only then
  { id: 'W0', at: '2024-03-30T10:00:00Z', user: 'u-W', topic: 'other', script: 'u0 b30' },
  { id: 'W1', at: '2024-03-31T19:20:00Z', user: 'u-W', topic: 'other', script: 'u0 b30' },
  { id: 'X0', at: '2024-03-30T10:10:00Z', user: 'u-X', topic: 'other', script: 'u0 b30' },
  // Y: waits since two days before; Z: for more than a week
  { id: 'Y1', at: '2024-03-29T09:00:00Z', user: 'u-Y', app: 'mobile', ...billing, script: 'u0' },
  { id: 'Z1', at: '2024-03-23T09:00:00Z', user: 'u-Z', app: 'mobile', ...billing, script: 'u0' },
];
