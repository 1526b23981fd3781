import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReportData } from '../../../src/adapters/report-data/index.js';
import { renderPage } from '../../../src/adapters/report-page/index.js';
import { dayEnd } from '../../../src/domain/period.js';
import { ReportDocument, type MetricRow } from '../../../src/domain/report/document.js';
import type { LabelledThread } from '../../../src/domain/thread.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';
import { independentReport, type Question } from './independent.js';
import { realisticThreads } from './realistic-threads.js';
import { lakeOf, PLAIN_SETTINGS } from './talks.js';

const TIMEZONE = 'Europe/Berlin';
const FIRST = '2026-02-12';
const LAST = '2026-04-30';
/** Reading of the last day stopped before its end. */
const KNOWN_UNTIL = dayEnd(LAST) - 5 * 3_600_000;
const FALLBACK = 'sorry|did not';
/** Seconds. */
const TARGET = 240;
const signal = new AbortController().signal;

let dir = '';
let store: ObjectStore;
let threads: LabelledThread[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reports-test-'));
  threads = realisticThreads({ conversations: 2_000, end: '2026-04-30', days: 75, fetchedAt: KNOWN_UNTIL });
  store = await lakeOf(dir, threads, { startDate: FIRST, endDate: LAST, coveredUntil: KNOWN_UNTIL });
}, 300_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

const dataOf = () =>
  createReportData(store, {
    ...PLAIN_SETTINGS,
    timezone: TIMEZONE,
    fallbackPattern: FALLBACK,
    responseTargetMs: TARGET * 1000,
  });

/** Totals and, of one app or topic, rows, held against what plain code finds in the same rows. */
function compare(rows: readonly MetricRow[], expected: ReturnType<typeof independentReport>): void {
  const found = new Map(rows.map((row) => [row.metric, row]));
  const differences = Object.entries(expected).flatMap(([metric, { value, n }]) => {
    const row = found.get(metric);
    const isEqual =
      row !== undefined &&
      row.n === n &&
      (value === null || row.value === null
        ? row.value === value
        : Math.abs(row.value - value) <= 1e-6 * Math.max(1, Math.abs(value)));
    return isEqual ? [] : [{ metric, expected: { value, n }, found: row && { value: row.value, n: row.n } }];
  });
  expect(differences).toEqual([]);
}

const PERIODS: [Question['kind'], string][] = [
  ['daily', '2026-03-29'],
  ['daily', '2026-03-30'],
  ['daily', '2026-04-25'],
  ['weekly', '2026-W13'],
  ['weekly', '2026-W17'],
  ['monthly', '2026-03'],
  ['monthly', '2026-04'],
];

describe('reports on 2,000 realistic conversations', () => {
  it.each(PERIODS)(
    '%s %s equals an independent computation',
    async (kind, period) => {
      const report = await dataOf().computeReport({ kind, period, appId: null }, signal);
      expect(() => ReportDocument.parse(report)).not.toThrow();
      const question = {
        kind,
        period,
        timezone: TIMEZONE,
        knownUntil: report.head.knownUntil,
        target: TARGET,
        fallback: new RegExp(FALLBACK),
      };
      const totals = report.rows.filter(({ dimension }) => dimension === null);
      const expected = independentReport(threads, question);
      expect(expected.engaged_conversations!.n).toBeGreaterThan(10);
      compare(totals, expected);
      // Every metric is held against something.
      const unchecked = totals.map(({ metric }) => metric).filter((metric) => !(metric in expected));
      expect(unchecked).toEqual(['conversation_share', 'outcome_share']);
      expect(report.head.knownUntil).toBe(KNOWN_UNTIL);
    },
    120_000,
  );

  it.each(PERIODS)(
    '%s %s has a page of at most 1 MB',
    async (kind, period) => {
      const hours = Object.fromEntries(
        ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'].map((day) => [day, ['09:00-17:00']]),
      );
      const settings = {
        ...PLAIN_SETTINGS,
        timezone: TIMEZONE,
        fallbackPattern: FALLBACK,
        responseTargetMs: TARGET * 1000,
        businessHours: { default: { hours, holidays: [] }, apps: {} },
      };
      const request = { kind, period, appId: null };
      const document = await createReportData(store, settings).computeReport(request, signal);
      const page = renderPage(
        { reportKey: `${kind}/${period}/_all/r1`, revision: 1, status: 'final', changes: [], document },
        {
          conversationUrl:
            'https://support.example.com/app/accounts/1/conversations/{id}?app={app}&key={key}',
        },
      );
      // Nothing that makes it large was left out.
      expect(document.tables.topics.length).toBeGreaterThan(5);
      expect(document.tables.waiting.top.length).toBe(Math.min(20, document.tables.waiting.count));
      const told = page.toLowerCase();
      const untold = document.tables.topics.filter(({ label }) => !told.includes(label.replaceAll('_', ' ')));
      expect(untold).toEqual([]);
      expect(Buffer.byteLength(page)).toBeLessThanOrEqual(1_000_000);
    },
    120_000,
  );

  it('splits by app and topic as if there were only that app or topic', async () => {
    const question: Question = {
      kind: 'monthly',
      period: '2026-03',
      timezone: TIMEZONE,
      knownUntil: KNOWN_UNTIL,
      target: TARGET,
    };
    const report = await dataOf().computeReport({ ...question, appId: null }, signal);
    const apps = new Set(
      report.rows.flatMap((row) => (row.dimension === 'app' ? [row.dimension_value] : [])),
    );
    expect(apps.size).toBeGreaterThan(2);
    for (const app of apps) {
      const expected = independentReport(
        threads.filter(({ conversation }) => conversation.app_id === app),
        question,
      );
      const rows = report.rows.filter((row) => row.dimension === 'app' && row.dimension_value === app);
      const names = new Set(rows.filter(({ metric }) => metric in expected).map(({ metric }) => metric));
      names.delete('fallback_rate');
      names.delete('fallback_conversations');
      expect(names.size).toBeGreaterThan(40);
      compare(rows, Object.fromEntries(Object.entries(expected).filter(([name]) => names.has(name))));
    }
    const topics = report.tables.topics.slice(0, 4).map(({ label }) => label);
    for (const topic of topics) {
      const expected = independentReport(
        threads.filter(({ conversation }) => conversation.topic === topic),
        question,
      );
      const rows = report.rows.filter((row) => row.dimension === 'topic' && row.dimension_value === topic);
      const names = new Set(rows.map(({ metric }) => metric));
      // Who comes back may come with another topic.
      names.delete('containment_no_callback_rate');
      expect(names.size).toBeGreaterThan(12);
      compare(rows, Object.fromEntries(Object.entries(expected).filter(([name]) => names.has(name))));
    }
  }, 120_000);

  it('of one app equals that of a lake with only that app', async () => {
    const question: Question = {
      kind: 'weekly',
      period: '2026-W16',
      timezone: TIMEZONE,
      knownUntil: KNOWN_UNTIL,
      target: TARGET,
    };
    const appId = threads.find(({ conversation }) => conversation.app_id !== null)!.conversation.app_id!;
    const report = await dataOf().computeReport({ ...question, appId }, signal);
    const mine = threads.filter(({ conversation }) => conversation.app_id === appId);
    const expected = independentReport(mine, { ...question, fallback: new RegExp(FALLBACK) });
    compare(
      report.rows.filter(({ dimension }) => dimension === null),
      expected,
    );
    expect(report.head.apps).toEqual([appId]);
    expect(report.tables.apps).toEqual([]);
  }, 120_000);

  it('gives the same document for the same commits, byte for byte', async () => {
    const request = { kind: 'weekly', period: '2026-W15', appId: null } as const;
    const [one, two] = [
      await dataOf().computeReport(request, signal),
      await dataOf().computeReport(request, signal),
    ];
    expect(JSON.stringify(two)).toBe(JSON.stringify(one));
  }, 120_000);

  it('adds up: outcomes and shares to 1, parts to totals, tables and series to rows', async () => {
    const report = await dataOf().computeReport({ kind: 'monthly', period: '2026-03', appId: null }, signal);
    const total = (metric: string) =>
      report.rows.find((row) => row.metric === metric && row.dimension === null)!;
    const parts = (metric: string, dimension: string) =>
      report.rows.filter((row) => row.metric === metric && row.dimension === dimension);
    const sum = (values: (number | null)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0);
    expect(sum(report.tables.outcomes.map(({ share }) => share))).toBeCloseTo(1, 12);
    for (const dimension of ['topic', 'intent', 'language', 'app', 'sentiment']) {
      expect(sum(parts('conversation_share', dimension).map(({ value }) => value))).toBeCloseTo(1, 12);
      expect(sum(parts('engaged_conversations', dimension).map(({ value }) => value))).toBe(
        total('engaged_conversations').value,
      );
    }
    const daily = report.series.filter(({ grain }) => grain === 'day');
    expect(daily.length).toBeGreaterThan(5);
    for (const metric of ['engaged_conversations', 'messages', 'user_messages', 'unanswered']) {
      const points = daily.find((series) => series.metric === metric)!.points;
      expect(sum(points.map(({ value }) => value))).toBe(total(metric).value);
    }
    const heat = sum(report.distributions.heatmap.flatMap(({ hours }) => hours));
    expect(heat).toBe(total('user_messages').value);
    expect(sum(report.distributions.firstResponse.map(({ n }) => n))).toBe(total('first_response_p50').n);
    const sparks = report.series.find(
      ({ metric, grain }) => metric === 'engaged_conversations' && grain === 'spark',
    )!.points;
    expect(sparks.at(-1)).toEqual({
      at: '2026-03',
      value: total('engaged_conversations').value,
      n: total('engaged_conversations').n,
      complete: true,
    });
    expect(report.tables.topics.reduce((all, { n }) => all + n, 0)).toBe(
      total('engaged_conversations').value,
    );
  }, 120_000);

  it('each point of a sparkline is what the report of that day says', async () => {
    const report = (period: string) => dataOf().computeReport({ kind: 'daily', period, appId: null }, signal);
    const metrics = ['backlog', 'awaiting_reply', 'engaged_conversations', 'containment_rate'];
    const { series } = await report('2026-03-27');
    for (const day of ['2026-03-14', '2026-03-20', '2026-03-24', '2026-03-27']) {
      const { rows } = await report(day);
      for (const metric of metrics) {
        const spark = series.find((each) => each.metric === metric && each.grain === 'spark')!;
        const row = rows.find((each) => each.metric === metric && each.dimension === null)!;
        expect(row.value).toBeGreaterThan(0);
        expect({ metric, ...spark.points.find(({ at }) => at === day) }).toMatchObject({
          metric,
          value: row.value,
          n: row.n,
        });
      }
    }
  }, 120_000);

  it('drills down to the conversations that a number counts', async () => {
    const request = { kind: 'weekly', period: '2026-W15', appId: null } as const;
    const data = dataOf();
    const report = await data.computeReport(request, signal);
    for (const metric of ['engaged_conversations', 'resolutions', 'awaiting_reply']) {
      const row = report.rows.find((each) => each.metric === metric && each.dimension === null)!;
      expect([metric, (await data.drillDown(request, metric, signal)).length]).toEqual([metric, row.value]);
    }
    const contained = report.rows.find(
      ({ metric, dimension }) => metric === 'containment_rate' && dimension === null,
    )!;
    expect(await data.drillDown(request, 'containment_rate', signal)).toHaveLength(contained.numerator!);
    const listed = [];
    for await (const page of data.conversations(request, signal)) listed.push(...page);
    expect(listed).toHaveLength(report.rows.find(({ metric }) => metric === 'sessions')!.n);
  }, 120_000);
});
