import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReportData, type ReportSettings } from '../../../src/adapters/report-data/index.js';
import { METRICS } from '../../../src/domain/metrics/registry.js';
import { findRow, type ReportDocument } from '../../../src/domain/report/document.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { GOLDEN } from './golden-talks.js';
import { commitDays, lakeOf, PLAIN_SETTINGS, threadOf } from './talks.js';

const signal = new AbortController().signal;
const SETTINGS: ReportSettings = {
  ...PLAIN_SETTINGS,
  timezone: 'Europe/Berlin',
  fallbackPattern: 'did not understand',
  responseTargetMs: 300_000,
  // Only web has a calendar; it closes at 18:01.
  businessHours: { apps: { web: { hours: { sunday: ['09:00-18:01'] }, holidays: [] } } },
};
const SUNDAY = { kind: 'daily', period: '2024-03-31', appId: null } as const;

let dir = '';
let store: ObjectStore;
let report: ReportDocument;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reports-test-'));
  store = await lakeOf(dir, GOLDEN.map(threadOf), { startDate: '2024-03-22', endDate: '2024-04-10' });
  report = await createReportData(store, SETTINGS).computeReport(SUNDAY, signal);
}, 300_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

/** Worked out by hand from golden-talks.ts: value, and the number of conversations, messages or users behind it. */
const EXPECTED: Record<string, [value: number | null, n: number]> = {
  // 57 begin on the day: A16 B5 C4 D3 E3 F2 G2 H2 J2 K2 L1 M4 N1 O1 P2 Q2 R2 U1 V1 W1; F and G without a user message
  sessions: [57, 57],
  engaged_conversations: [53, 53],
  engagement_rate: [53 / 57, 57],
  conversation_share: [1, 53],
  // all but F; and I, whose answer came after midnight
  active_conversations: [57, 57],
  messages_per_conversation: [157 / 53, 53],
  turns_per_conversation: [154 / 53, 53],
  // 5×3 10×3 20×2 30×6 40 50×4 60×2 90×17 110×4 320×5 600×4 4000; R2 has one message
  duration_p50: [90, 52],
  duration_p90: [320, 52],
  duration_p95: [600, 52],
  duration_mean: [10_595 / 52, 52],
  classified_rate: [52 / 53, 53],
  other_topic_rate: [4 / 53, 53],
  flagged_rate: [1 / 57, 57],
  messages: [161, 161],
  user_messages: [84, 84],
  bot_messages: [62, 62],
  agent_messages: [15, 15],
  private_messages: [1, 1],
  fallback_rate: [1 / 62, 62],
  fallback_conversations: [1, 1],
  // 5×3 10×8 20×2 30×23 40 60×2 100×5 600×4; without D and R2 (none), O (time unusable)
  first_response_p50: [30, 48],
  first_response_p90: [100, 48],
  first_response_p95: [600, 48],
  first_response_mean: [3_885 / 48, 48],
  first_bot_response_p50: [30, 39],
  first_bot_response_p90: [30, 39],
  // rank 36.1: a tenth of the way from 40 to 60
  first_bot_response_p95: [42, 39],
  first_bot_response_mean: [985 / 39, 39],
  // 100×5 300×5 600×4; after a bot, from the user's last run on
  first_agent_response_p50: [300, 14],
  first_agent_response_p90: [600, 14],
  first_agent_response_p95: [600, 14],
  first_agent_response_mean: [4_400 / 14, 14],
  // only web: M after closing time 0×4, L 60 of 100, B 300×5
  first_agent_response_business_p50: [180, 10],
  first_agent_response_business_p90: [300, 10],
  first_agent_response_business_p95: [300, 10],
  first_agent_response_business_mean: [156, 10],
  // 5×3 10×9 20×2 30×40 40 60×2 100×5 300×5 600×4: with I's, without H's
  reply_time_p50: [30, 71],
  reply_time_p90: [300, 71],
  reply_time_p95: [450, 71],
  reply_time_mean: [5_905 / 71, 71],
  agent_reply_time_p50: [300, 14],
  agent_reply_time_p90: [600, 14],
  agent_reply_time_p95: [600, 14],
  agent_reply_time_mean: [4_400 / 14, 14],
  agent_reply_time_business_p50: [180, 10],
  agent_reply_time_business_p90: [300, 10],
  agent_reply_time_business_p95: [300, 10],
  agent_reply_time_business_mean: [156, 10],
  // 100×5 and 300×5 of the 14 above, and of D3, whom nobody answered
  service_level_rate: [10 / 17, 17],
  // D3 and L1, who wrote again after the closing
  unanswered: [4, 4],
  unanswered_rate: [4 / 51, 51],
  // D3, R2, Y1, and H2 whose answer came after midnight; not L1 (closed), not Z1 (a week ago)
  awaiting_reply: [7, 7],
  // Y1: from the 29th at 9:00 to the 31st at 22:00, UTC
  longest_wait: [61 * 3_600, 7],
  backlog: [1, 1],
  outcome_share: [1, 57],
  pending: [2, 2],
  // A16 B5 E3 H2 J2 K2 N1 O1 P2 Q2 R1 U1 V1 W1
  bot_involvement_rate: [40 / 53, 53],
  containment_rate: [31 / 39, 39],
  // without P's two; A2 came back
  containment_no_callback_rate: [28 / 37, 37],
  // of the contained, A16 H2 Q2 end well; V1 does not
  bot_resolution_confirmed_rate: [20 / 39, 39],
  bot_resolution_assumed_rate: [10 / 39, 39],
  escalation_rate: [5 / 39, 39],
  abandonment_rate: [3 / 39, 39],
  resolution_rate: [5 / 6, 6],
  // L1 M4 by status, 45 inferred: with I's, without H's (ended after midnight)
  resolutions: [50, 50],
  resolved_users: [47, 47],
  // 5×3 10×2 20×2 30×6 50×4 60×2 90×17 200 320×5 500×4 600×4
  resolution_time_p50: [90, 50],
  resolution_time_p90: [500, 50],
  resolution_time_p95: [600, 50],
  resolution_time_mean: [166.1, 50],
  // 100×5 (L M) 300×5 (B) 600×4 (C): one answer each
  handle_time_estimated_p50: [300, 14],
  handle_time_estimated_p90: [600, 14],
  handle_time_estimated_p95: [600, 14],
  handle_time_estimated_mean: [4_400 / 14, 14],
  reopen_rate: [1 / 5, 5],
  durable_resolution_rate: [4 / 5, 5],
  one_touch_rate: [4 / 5, 5],
  // 20 positive (A H Q), 9 negative (B D L), V unknown
  net_sentiment: [11 / 52, 52],
  positive_rate: [20 / 52, 52],
  negative_rate: [9 / 52, 52],
  sentiment_mean: [4.3 / 52, 52],
  sentiment_shift_mean: [0.6 / 7, 7],
  improved_rate: [4 / 7, 7],
  declined_rate: [2 / 7, 7],
  active_users: [50, 50],
  // and X, I's two, Y of the days before; Z is older
  active_users_7d: [54, 54],
  // the lake begins nine days before
  active_users_28d: [null, 0],
  daily_active_users: [50, 50],
  stickiness: [1, 50],
  // all but A1 (wrote three days before) and W (the day before)
  new_users: [48, 48],
  returning_users: [1, 1],
  resurrected_users: [1, 1],
  // X, and I's two
  dormant_users: [3, 3],
  conversations_per_user: [51 / 50, 50],
  repeat_contact_rate: [1 / 50, 50],
  anonymous_conversations: [2, 2],
};

describe('the metrics of 65 hand-made conversations', () => {
  it('are all worked out by hand', () => {
    expect(GOLDEN.length).toBeGreaterThanOrEqual(60);
    expect(METRICS.map(({ name }) => name).filter((name) => !(name in EXPECTED))).toEqual([]);
    expect(report.unavailable).toEqual([]);
  });

  it.each(Object.keys(EXPECTED))('%s', (metric) => {
    const [value, n] = EXPECTED[metric]!;
    const row = findRow(report, metric)!;
    expect(row.n).toBe(n);
    if (value === null) expect(row.value).toBeNull();
    else expect(row.value).toBeCloseTo(value, 7);
  });

  it('split into outcomes, apps, actors, sources of resolution', () => {
    const parts = (metric: string, dimension: string) =>
      Object.fromEntries(
        report.rows
          .filter((row) => row.metric === metric && row.dimension === dimension)
          .map((row) => [row.dimension_value ?? 'null', row.n]),
      ) as Record<string, number>;
    expect(parts('outcome_share', 'outcome')).toEqual({
      contained: 31,
      escalated: 5,
      agent_handled: 9,
      unanswered: 3,
      abandoned: 3,
      pending: 2,
      empty: 2,
      outbound_only: 2,
    });
    expect(parts('engaged_conversations', 'app')).toEqual({ web: 42, mobile: 11 });
    expect(parts('active_users', 'app')).toEqual({ web: 39, mobile: 11 });
    expect(parts('messages', 'actor')).toEqual({ user: 84, bot: 62, agent: 15 });
    // ada wrote B5 L1 M4, bob C4; nobody's: the automatic reply and what users and bots wrote
    expect(parts('messages', 'agent')).toEqual({ ada: 10, bob: 4, null: 147 });
    expect(parts('resolutions', 'resolution_source')).toEqual({ status: 5, inferred: 45 });
    expect(parts('engaged_conversations', 'language')).toEqual({ en: 51, de: 2 });
  });

  it('say who waits, longest first', () => {
    const { count, oldest, top } = report.tables.waiting;
    expect([count, oldest]).toEqual([7, Date.parse('2024-03-29T09:00:00Z')]);
    expect(top.map(({ conversationId }) => conversationId)).toEqual([
      'Y1',
      'D1',
      'D2',
      'D3',
      'R2',
      'H1',
      'H2',
    ]);
    expect(top[0]!.waited).toBe((61 * 60 + 0) * 60);
    expect(top[6]!.waited).toBe(30);
  });

  it('lay out busy hours and response times by local clock', () => {
    const sunday = report.distributions.heatmap.find(({ weekday }) => weekday === 'sunday')!;
    const hours = Object.fromEntries(sunday.hours.flatMap((n, hour) => (n > 0 ? [[hour, n]] : [])));
    expect(hours).toEqual({
      1: 2,
      10: 32,
      11: 10,
      12: 4,
      13: 6,
      14: 3,
      17: 2,
      18: 9,
      19: 8,
      21: 4,
      22: 2,
      23: 2,
    });
    expect(report.distributions.firstResponse.map(({ n }) => n)).toEqual([48, 0, 0, 0, 0]);
  });

  it('compare with the day before, and guard small samples', () => {
    // the day before: I2 W0 X0; of the four Sundays only the last is covered, and it had none
    expect(findRow(report, 'engaged_conversations')).toMatchObject({
      previous_value: 4,
      baseline_value: 0,
      delta: 53 / 4 - 1,
      delta_kind: 'pct',
      note: null,
    });
    expect(findRow(report, 'engagement_rate')).toMatchObject({
      previous_value: 1,
      delta: null,
      note: 'small_n',
    });
    expect(findRow(report, 'unanswered_rate')).toMatchObject({ delta: null, note: 'pending' });
    expect(findRow(report, 'agent_messages')).toMatchObject({
      delta: null,
      note: 'small_n',
      previous_value: 0,
    });
    expect(report.head.baseline.map(({ complete }) => complete)).toEqual([true, false, false, false]);
  });

  it('count one person in two apps once where user ids are shared', async () => {
    const data = createReportData(store, { ...SETTINGS, userScope: 'source' });
    const shared = await data.computeReport(SUNDAY, signal);
    const value = (metric: string) => findRow(shared, metric)!.value;
    expect([value('active_users'), value('new_users'), value('daily_active_users')]).toEqual([49, 47, 49]);
    expect(value('conversations_per_user')).toBeCloseTo(51 / 49, 9);
    // J2 comes back with J1's topic, and after its containment
    expect(value('repeat_contact_rate')).toBeCloseTo(2 / 49, 9);
    expect(findRow(shared, 'containment_no_callback_rate')).toMatchObject({ numerator: 27, denominator: 37 });
  }, 60_000);

  it('drill down to the rows that are counted', async () => {
    const data = createReportData(store, SETTINGS);
    const ids = async (metric: string) =>
      (await data.drillDown(SUNDAY, metric, signal)).map((key) => key.replace('src:', ''));
    expect(await ids('unanswered')).toEqual(['D1', 'D2', 'D3', 'L1']);
    expect(await ids('reopen_rate')).toEqual(['L1']);
  }, 60_000);
});

describe('rolling windows and handling', () => {
  it('users of 28 days count once all of these days are covered; nobody is 0', async () => {
    const older = await lakeOf(join(dir, 'older'), GOLDEN.map(threadOf), {
      startDate: '2024-03-03',
      endDate: '2024-04-10',
    });
    const data = createReportData(older, SETTINGS);
    const sunday = await data.computeReport(SUNDAY, signal);
    // with Z
    expect(findRow(sunday, 'active_users_28d')).toMatchObject({ value: 55, n: 55, previous_value: null });
    const ids = await data.drillDown(SUNDAY, 'active_users_7d', signal);
    // all in which a user with an id wrote in these days, T0 among them: not F2 G2 (nobody wrote), P2 (nobody's), Z1
    expect(ids).toHaveLength(GOLDEN.length - 1 - 2 - 2 - 2 - 1);
    expect(ids).toEqual(expect.arrayContaining(['src:T0', 'src:Y1', 'src:X0']));
    const late = { kind: 'daily', period: '2024-04-09', appId: null } as const;
    const quiet = await data.computeReport(late, signal);
    expect([findRow(quiet, 'active_users_7d'), findRow(quiet, 'active_users')]).toMatchObject([
      { value: 0, n: 0 },
      { value: 0, n: 0 },
    ]);
  }, 60_000);

  it('an agent’s gaps count up to 15 minutes each, until the closing', async () => {
    const closed = { status: 'closed', app: 'web', agent: 'ada' };
    const at = '2024-05-02T10:00:00Z';
    const handled = await lakeOf(
      join(dir, 'handled'),
      [
        // 60 + 60 + 900 of 3600; the note and what comes after the closing do not count
        threadOf({ ...closed, id: 'long', at, script: 'u0 a60 a120 a!400 u1000 a4600 a9000', closed: 5_000 }),
        // 15 s after the bot, 30 s after the user
        threadOf({ ...closed, id: 'short', at, script: 'u0 b15 a30 u60 a90', closed: 100 }),
        // the first word is the agent's: there is nothing that it answers
        threadOf({ ...closed, id: 'outbound', at, script: 'a0 u100', closed: 200 }),
        threadOf({ ...closed, id: 'open', at, script: 'u0 a60', status: 'open' }),
      ],
      { startDate: '2024-05-01', endDate: '2024-05-03' },
    );
    const request = { kind: 'daily', period: '2024-05-02', appId: null } as const;
    const day = await createReportData(handled, SETTINGS).computeReport(request, signal);
    expect(findRow(day, 'handle_time_estimated_mean')).toMatchObject({ value: (1_020 + 45) / 2, n: 2 });
  }, 60_000);
});

describe('a day of 25 hours, and one that is not known', () => {
  let autumn: ObjectStore;
  beforeAll(async () => {
    const at = (id: string, time: string) => threadOf({ id, at: time, script: 'u0 b30' });
    autumn = await lakeOf(
      join(dir, 'autumn'),
      [
        at('early', '2024-10-26T21:59:59Z'),
        at('first', '2024-10-26T22:00:00Z'),
        at('summer', '2024-10-27T00:30:00Z'),
        at('winter', '2024-10-27T01:30:00Z'),
        at('last', '2024-10-27T22:59:59Z'),
        at('late', '2024-10-27T23:00:00Z'),
      ],
      { startDate: '2024-10-25', endDate: '2024-10-27' },
    );
  }, 60_000);

  it('holds both of its hours from two to three', async () => {
    const data = createReportData(autumn, SETTINGS);
    const day = await data.computeReport({ kind: 'daily', period: '2024-10-27', appId: null }, signal);
    expect(day.head.periodEnd - day.head.periodStart).toBe(25 * 3_600_000);
    expect(findRow(day, 'engaged_conversations')!.value).toBe(4);
    const hourly = day.series.find(({ metric, grain }) => metric === 'user_messages' && grain === 'hour')!;
    expect(hourly.points[2]).toMatchObject({ at: '02', value: 2 });
    expect(day.head.coverage).toEqual({ watermark: day.head.periodEnd, complete: true, missing: [] });
  }, 60_000);

  it('leaves out what the source cannot tell, and names the key that would bring it', async () => {
    const data = createReportData(autumn, { ...PLAIN_SETTINGS, timezone: 'Europe/Berlin' });
    const day = await data.computeReport({ kind: 'daily', period: '2024-10-27', appId: null }, signal);
    const keys = Object.fromEntries(day.unavailable.map(({ metric, mappingKey }) => [metric, mappingKey]));
    expect(keys).toMatchObject({
      resolution_rate: 'conversations.status',
      reopen_rate: 'conversations.closed_at',
      agent_messages: 'roles (none is agent)',
      fallback_rate: 'REPORT_FALLBACK_PATTERN',
    });
    const shown = new Set(day.rows.map(({ metric }) => metric));
    expect(Object.keys(keys).filter((metric) => shown.has(metric))).toEqual([]);
    expect(shown.size + Object.keys(keys).length).toBe(METRICS.length);
    expect(day.headline).toContain('first_bot_response_p50');
    expect(day.headline).not.toContain('first_agent_response_p50');
  }, 60_000);

  it('is compared with nothing while it is not covered, and names what is missing', async () => {
    const data = createReportData(autumn, SETTINGS);
    const request = { kind: 'daily', period: '2024-10-28', appId: null } as const;
    const day = await data.computeReport(request, signal);
    expect(day.head.coverage).toEqual({
      watermark: Date.parse('2024-10-28T00:00:00Z'),
      complete: false,
      missing: [{ startDate: '2024-10-28', endDate: '2024-10-28' }],
    });
    expect(day.rows.filter(({ delta }) => delta !== null)).toEqual([]);
    const before = await data.standing(request, signal);
    await commitDays(autumn, join(dir, 'temp'), [], { startDate: '2024-10-28', endDate: '2024-10-28' });
    const after = await data.standing(request, signal);
    expect(after.coverage.complete).toBe(true);
    expect(Object.keys(after.commits.period)).toEqual([...Object.keys(before.commits.period), '2024-10-28']);
  }, 60_000);
});
