import type { Random } from './random.js';
import type { Speaker } from './chat.js';
import { ACCOUNT } from './texts/account.js';
import { ASSISTANT } from './texts/assistant.js';
import { BILLING } from './texts/billing.js';
import { ORDERS } from './texts/orders.js';
import type { Scenario } from './texts/scenario.js';
import { SUPPORT } from './texts/support.js';

export const SCENARIOS: readonly Scenario[] = [...ORDERS, ...ACCOUNT, ...BILLING, ...SUPPORT, ...ASSISTANT];

export interface App {
  id: string;
  /** Share of all conversations. */
  weight: number;
  channel: string;
  /** What this app calls who speaks: sources do not agree on names. */
  roles: Record<Speaker, string>;
  /** Topics that come up here more often. */
  favourites: readonly string[];
}

/** One id holds a quote and one a blank, because ids end up in filters, keys and paths. */
export const APPS: readonly App[] = [
  {
    id: 'lantern-shop',
    weight: 45,
    channel: 'web',
    roles: { user: 'user', bot: 'assistant', agent: 'agent', system: 'system' },
    favourites: ['order_management', 'shipping_delivery', 'returns_refunds', 'product_information'],
  },
  {
    id: 'pebble-bank',
    weight: 30,
    channel: 'mobile',
    roles: { user: 'customer', bot: 'bot', agent: 'operator', system: 'system' },
    favourites: [
      'billing_payment',
      'account_access',
      'privacy_security',
      'how_to_usage',
      'onboarding_setup',
      'sales_pricing',
    ],
  },
  {
    id: `o'malley-stays`,
    weight: 15,
    channel: 'whatsapp',
    roles: { user: 'visitor', bot: 'ai', agent: 'staff', system: 'system' },
    favourites: ['booking_scheduling', 'service_complaint', 'general_assistance', 'feedback_feature_request'],
  },
  {
    id: 'quill notes',
    weight: 10,
    channel: 'web',
    roles: { user: 'User', bot: 'Assistant', agent: 'human_agent', system: 'tool' },
    favourites: ['subscription_plan', 'technical_issue', 'how_to_usage', 'feedback_feature_request', 'other'],
  },
];

const BY_APP = new Map(
  APPS.map(({ id, favourites }) => [
    id,
    SCENARIOS.map((scenario) => [scenario, favourites.includes(scenario.topic) ? 4 : 1] as const),
  ]),
);

export function pickScenario(app: App, random: Random): Scenario {
  return random.weighted(BY_APP.get(app.id) ?? []);
}

/** Users by app: a few write often, most once or twice; some use two apps under one id. */
export function createUsers(random: Random, total: number): (app: App) => string | null {
  const ids = Array.from({ length: total }, (_, index) => `u-${1000 + index}`);
  const shared = ids.slice(0, Math.ceil(total / 12));
  const pools = new Map<string, string[]>();
  let next = shared.length;
  const weights = APPS.reduce((sum, { weight }) => sum + weight, 0);
  for (const app of APPS) {
    const size = Math.max(1, Math.floor(((total - shared.length) * app.weight) / weights));
    pools.set(app.id, [...shared, ...ids.slice(next, next + size)]);
    next += size;
  }
  return (app) => {
    if (random.chance(0.05)) return null;
    const pool = pools.get(app.id) ?? ids;
    // The square makes the front of the pool, the shared users among them, write more often.
    return pool[Math.floor(random.next() ** 2 * pool.length)] ?? null;
  };
}
