import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { createMongoReports } from '../../../src/adapters/mongo/reports.js';
import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import { createReportBook } from '../../../src/adapters/report-book/index.js';
import type { ReportDocument } from '../../../src/domain/report/document.js';
import type { ReportBook } from '../../../src/ports/report-book.js';
import type { ReportProjection } from '../../../src/ports/report-projection.js';
import { mongodbUri } from '../../support/engines.js';
import { reportDocument } from '../../support/report-document.js';

const signal = new AbortController().signal;
const CSV = Buffer.from('conversation_id\r\n');
const R1 = 'weekly/2024-W05/_all/r1';
const R2 = 'weekly/2024-W05/_all/r2';
const NEWEST = { kind: 'weekly', period: '2024-W05', app_id: null };

let client: MongoClient;
let db: Db;
let dir: string;
let projection: ReportProjection;
let book: ReportBook;
let clock: number;

beforeAll(async () => {
  client = await MongoClient.connect(mongodbUri());
});
beforeEach(async () => {
  const database = `reports_${randomUUID().slice(0, 8)}`;
  db = client.db(database);
  dir = await mkdtemp(join(tmpdir(), 'mongo-reports-'));
  projection = createMongoReports({ uri: mongodbUri(), database });
  clock = 1_700_000_000_123;
  book = createReportBook({
    store: createFileObjectStore(dir),
    projection,
    renderPage: () => '<!doctype html>',
    now: () => clock++,
  });
});
afterEach(async () => {
  await db.dropDatabase();
  await projection.close();
  await rm(dir, { recursive: true, force: true });
});
afterAll(() => client.close());

const reports = () => db.collection<{ _id: string } & Record<string, unknown>>('analytics_reports');
const newest = () => reports().find(NEWEST).sort({ revision: -1 }).limit(1).next();

/** The same report after a day was committed again: a headline differs. */
function restated(): ReportDocument {
  const document = reportDocument('weekly');
  const days = Object.keys(document.head.commits.period);
  document.head.commits.period = Object.fromEntries(days.map((day) => [day, 'later']));
  document.rows = document.rows.map((row) =>
    row.metric === 'engaged_conversations' && row.dimension === null ? { ...row, value: 999 } : row,
  );
  return document;
}

describe('reports in MongoDB', () => {
  it('are a document a revision: dates as dates, figures as in the report', async () => {
    const document = reportDocument('weekly');
    await book.publish(document, CSV, signal);
    const stored = await newest();
    expect(stored).toMatchObject({
      _id: R1,
      report_key: R1,
      revision: 1,
      status: 'final',
      app_id: null,
      period_start: new Date(document.head.periodStart),
      period_end: new Date(document.head.periodEnd),
      watermark: new Date(document.head.coverage.watermark),
      built_at: new Date(1_700_000_000_123),
      changes: [],
      rows: document.rows,
      tables: document.tables,
      series: document.series,
      distributions: document.distributions,
      headline: document.headline,
    });
    expect(stored!['commits']).toEqual(
      Object.entries(document.head.commits.period).map(([day, commit]) => ({ day, commit })),
    );
  });

  it('keep earlier revisions beside the newest, which is found by its number', async () => {
    await book.publish(reportDocument('weekly'), CSV, signal);
    const first = await newest();
    await book.publish(restated(), CSV, signal);
    const second = await newest();
    expect(second).toMatchObject({ _id: R2, revision: 2, status: 'restated' });
    expect(second!['changes']).toEqual([
      expect.objectContaining({ metric: 'engaged_conversations', dimension: null, to: 999 }),
    ]);
    expect(await reports().findOne({ _id: R1 })).toEqual(first);
    expect(await reports().countDocuments()).toBe(2);
  });

  it('are the same when they are stored again, and when the first time broke off', async () => {
    await book.publish(reportDocument('weekly'), CSV, signal);
    const first = await newest();
    await book.publish(reportDocument('weekly'), CSV, signal);
    expect(await reports().find().toArray()).toEqual([first]);
    // As where the worker died between the lake and MongoDB.
    await reports().deleteMany({});
    expect(await book.publish(reportDocument('weekly'), CSV, signal)).toMatchObject({ stored: false });
    expect(await reports().find().toArray()).toEqual([first]);
  });

  it('answer what people ask: a figure over time, by condition and by time', async () => {
    await book.publish(reportDocument('daily'), CSV, signal);
    await book.publish(reportDocument('weekly'), CSV, signal);
    await book.publish(restated(), CSV, signal);
    const figures = await reports()
      .find({ kind: 'weekly', status: { $in: ['final', 'restated'] } })
      .sort({ revision: 1 })
      .toArray();
    const volume = (rows: unknown) =>
      (rows as ReportDocument['rows']).find(
        ({ metric, dimension }) => metric === 'engaged_conversations' && dimension === null,
      )?.value;
    const expected = volume(reportDocument('weekly').rows);
    expect(figures.map(({ rows }) => volume(rows))).toEqual([expected, 999]);
    const { periodStart, periodEnd } = reportDocument('weekly').head;
    const during = { period_start: { $gte: new Date(periodStart), $lt: new Date(periodEnd) } };
    expect(await reports().countDocuments({ kind: 'weekly', ...during })).toBe(2);
    const after = { period_start: { $gte: new Date(periodEnd) } };
    expect(await reports().countDocuments({ kind: 'weekly', ...after })).toBe(0);
  });

  it('say nothing of approval and delivery, which stand in the ledger: a revision stays as it was stored', async () => {
    await book.publish(reportDocument('weekly'), CSV, signal);
    const first = await newest();
    const entry = await book.approve(R1, signal);
    await book.recordDelivery(R1, 'hook', 'sending', signal);
    await book.recordDelivery(R1, 'hook', 'sent', signal);
    expect(await newest()).toEqual(first);
    const id = { kind: 'weekly', period: '2024-W05', appId: null } as const;
    expect((await book.record(id, signal))?.revisions).toMatchObject([{ approvedAt: entry.approvedAt }]);
    expect(await book.deliveries(id, signal)).toMatchObject([{ recipient: 'hook', state: 'sent' }]);
  });
});
