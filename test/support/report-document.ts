import { METRICS } from '../../src/domain/metrics/registry.js';
import { ReportDocument, type MetricRow } from '../../src/domain/report/document.js';
import {
  baselinePeriods,
  localDays,
  parsePeriod,
  previousPeriod,
  shiftPeriod,
  utcDays,
  WEEKDAYS,
  type ReportCalendar,
  type ReportKind,
  type ReportPeriod,
} from '../../src/domain/report/period.js';

const PERIODS: Record<ReportKind, string> = { daily: '2024-01-31', weekly: '2024-W05', monthly: '2024-01' };
const calendar: ReportCalendar = { timezone: 'Europe/Berlin', weekStart: 'monday' };
const TOPICS = [
  'billing_payment',
  'technical_issue',
  'shipping_delivery',
  'account_access',
  'other',
  'unknown',
];

/** A whole report with invented but consistent numbers, for tests of what shows and stores it. */
export function reportDocument(
  kind: ReportKind = 'daily',
  overrides: Partial<ReportDocument> = {},
): ReportDocument {
  const period = parsePeriod(kind, PERIODS[kind], calendar);
  const { startDate, endDate } = utcDays(period);
  const span = ({ name, start, end }: ReportPeriod) => ({ name, start, end, complete: true });
  const sparks = Array.from({ length: 14 }, (_, i) => shiftPeriod(period, i - 13, calendar).name);
  const share = (label: string, n: number, of: number) => ({
    label,
    n,
    share: n / of,
    previousShare: n / of - 0.01,
  });
  const line = (label: string, i: number) => ({
    label,
    n: 60 - i * 10,
    share: (60 - i * 10) / 210,
    secondary: i,
    previousN: 50,
    growth: (10 - i * 10) / 50,
    note: null,
    unansweredRate: 0.1 + i / 50,
    netSentiment: 0.2 - i / 10,
    firstResponseP50: 12 + i * 40,
    resolutionRate: 0.7 - i / 20,
  });
  return ReportDocument.parse({
    head: {
      kind,
      period: period.name,
      appId: null,
      apps: ['web', 'mobile & <more>'],
      timezone: calendar.timezone,
      weekStart: calendar.weekStart,
      periodStart: period.start,
      periodEnd: period.end,
      firstDay: period.firstDay,
      lastDay: period.lastDay,
      coverage: { watermark: period.end, complete: true, missing: [] },
      previous: span(previousPeriod(period, calendar)),
      baseline: baselinePeriods(period, calendar).map(span),
      knownUntil: period.end + 3_600_000,
      historyFrom: Date.UTC(2023, 0, 1),
      definitionVersion: '1',
      taxonomyVersion: '1.0.0',
      modelVersions: ['1.0.0'],
      commits: {
        period: { [startDate]: 'commit-a', [endDate]: 'commit-b' },
        context: { '2024-01-01': 'commit-c' },
      },
    },
    headline: [
      'engaged_conversations',
      'unanswered_rate',
      'first_response_p50',
      'first_response_p90',
      'containment_rate',
      'net_sentiment',
      'active_users',
    ],
    rows: [...METRICS.map(totalOf), ...TOPICS.map(topicRow)],
    series: ['engaged_conversations', 'first_response_p50', 'unanswered_rate', 'net_sentiment'].flatMap(
      (metric) => [
        {
          metric,
          unit: unitOf(metric),
          grain: 'spark',
          points: sparks.map((at, i) => ({ at, value: 100 + ((i * 37) % 23), n: 100 + i, complete: i > 0 })),
        },
        {
          metric,
          unit: unitOf(metric),
          grain: 'day',
          points: localDays(period).map((at, i) => ({ at, value: 30 + (i % 7), n: 30, complete: true })),
        },
      ],
    ),
    tables: {
      waiting: {
        count: 23,
        oldest: period.end - 3 * 86_400_000,
        top: Array.from({ length: 20 }, (_, i) => ({
          conversationKey: `demo:C-${i}`,
          conversationId: i === 0 ? 'C-<0>&"' : `C-${i}`,
          appId: i % 2 === 0 ? 'web' : null,
          since: period.end - (72 - i * 3) * 3_600_000,
          waited: (72 - i * 3) * 3_600,
          topic: TOPICS[i % TOPICS.length],
          intent: 'report_bug',
        })),
      },
      topics: TOPICS.map(line),
      intents: ['report_bug', 'get_invoice', 'track_order', 'unknown'].map(line),
      newTopics: ['privacy_security'],
      vanishedTopics: ['outage_performance'],
      newIntents: [],
      vanishedIntents: ['cancel_order'],
      worstTopics: [
        {
          label: 'technical_issue',
          n: 50,
          score: 6,
          negativeShare: 0.3,
          unresolvedShare: 0.4,
          conversationIds: ['C-1', 'C-7'],
        },
      ],
      outcomes: [
        share('contained', 110, 220),
        share('escalated', 40, 220),
        share('agent_handled', 20, 220),
        share('unanswered', 18, 220),
        share('abandoned', 12, 220),
        share('pending', 10, 220),
        share('outbound_only', 6, 220),
        share('empty', 4, 220),
      ],
      sentiment: [
        share('very_negative', 10, 210),
        share('negative', 30, 210),
        share('neutral', 110, 210),
        share('positive', 45, 210),
        share('very_positive', 10, 210),
        share('unknown', 5, 210),
      ],
      languages: [share('en', 180, 210), share('de', 30, 210)],
      apps: ['web', 'mobile & <more>', null].map((id, i) => ({
        id,
        conversations: 100 - i * 40,
        messages: 900 - i * 300,
        containmentRate: 0.6,
        unansweredRate: 0.1,
        firstResponseP50: 14,
        firstResponseP90: 300,
        replyTimeP50: 20,
        netSentiment: 0.1 - i / 10,
      })),
      agents: [
        {
          id: 'ada',
          conversations: 30,
          messages: 120,
          containmentRate: null,
          unansweredRate: 0.02,
          firstResponseP50: 340,
          firstResponseP90: 3_000,
          replyTimeP50: 200,
          netSentiment: 0.3,
        },
      ],
      actors: [share('user', 900, 2_000), share('bot', 800, 2_000), share('agent', 300, 2_000)],
    },
    distributions: {
      firstResponse: buckets([150, 20, 10, 5, 2]),
      firstAgentResponse: buckets([30, 14, 8, 5, 2]),
      heatmap: WEEKDAYS.map((weekday, row) => ({
        weekday,
        hours: Array.from({ length: 24 }, (_, hour) =>
          kind === 'daily' && row !== 2 ? 0 : Math.max(0, 12 - Math.abs(hour - 14)) * (row > 4 ? 1 : 3),
        ),
      })),
      retention:
        kind === 'daily'
          ? []
          : [
              { week: '2024-01-01', size: 80, active: [80, 30, 20, 18] },
              { week: '2024-01-08', size: 90, active: [90, 41, 22] },
              { week: '2024-01-15', size: 70, active: [70, 20] },
              { week: '2024-01-22', size: 75, active: [75] },
            ],
    },
    anomalies: [
      {
        rule: 'level',
        metric: 'engaged_conversations',
        dimension: null,
        dimensionValue: null,
        at: period.lastDay,
        value: 210,
        expected: 120,
        z: 5.2,
        direction: 'up',
        good: null,
      },
      {
        rule: 'growth',
        metric: 'engaged_conversations',
        dimension: 'topic',
        dimensionValue: 'technical_issue',
        at: period.name,
        value: 50,
        expected: 20,
        z: 4.1,
        direction: 'up',
        good: null,
      },
    ],
    dataQuality: {
      conversations: 220,
      messages: 2_000,
      rejected: 3,
      rejectedByReason: { invalid_row: 1, duplicate_message: 2 },
      sourceConversations: 221,
      flags: { html_stripped: 12, time_invalid: 1 },
      classifiedShare: 0.93,
      otherShare: 0.06,
      deleted: 1,
    },
    unavailable: [
      { metric: 'backlog', mappingKey: 'conversations.closed_at' },
      { metric: 'fallback_rate', mappingKey: 'REPORT_FALLBACK_PATTERN' },
    ],
    ...overrides,
  });
}

function unitOf(name: string): MetricRow['unit'] {
  return METRICS.find((metric) => metric.name === name)?.unit ?? 'count';
}

function totalOf({ name, unit }: (typeof METRICS)[number], i: number): MetricRow {
  const rate = unit === 'ratio';
  const value = rate ? 0.25 + (i % 5) / 10 : unit === 'score' ? 0.2 : 40 + i * 3;
  const note = i % 11 === 3 ? 'small_n' : i % 11 === 5 ? 'pending' : null;
  const compared = note !== 'small_n';
  return {
    metric: name,
    unit,
    dimension: null,
    dimension_value: null,
    value: i % 17 === 16 ? null : value,
    n: note === 'small_n' ? 7 : 200,
    numerator: rate ? value * 200 : null,
    denominator: rate ? 200 : null,
    previous_value: value * 0.9,
    baseline_value: value * 0.95,
    delta: compared ? (rate ? value * 0.1 : unit === 'score' ? 0.02 : 1 / 9) : null,
    delta_kind: compared ? (rate ? 'pp' : unit === 'score' ? 'abs' : 'pct') : null,
    note,
  };
}

function topicRow(topic: string, i: number): MetricRow {
  return {
    metric: 'engaged_conversations',
    unit: 'count',
    dimension: 'topic',
    dimension_value: topic,
    value: 60 - i * 10,
    n: 60 - i * 10,
    numerator: null,
    denominator: null,
    previous_value: 50,
    baseline_value: 48,
    delta: (10 - i * 10) / 50,
    delta_kind: 'pct',
    note: null,
  };
}

function buckets(counts: readonly number[]) {
  const limits = [0, 3_600, 14_400, 28_800, 86_400, null];
  const labels = ['0-1 h', '1-4 h', '4-8 h', '8-24 h', '24 h and more'];
  return counts.map((n, i) => ({ label: labels[i], from: limits[i], to: limits[i + 1], n }));
}
