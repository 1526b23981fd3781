import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { jest } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { MongoClient } from 'mongodb';
import {
  createRecategorizeBooks,
  createRelabelActivities,
  createSwitchActivities,
} from '../../src/activities/recategorize.js';
import { createReportActivities, createReportComputeActivities } from '../../src/activities/reports.js';
import { createStartActivities } from '../../src/activities/starting.js';
import { createHumanLabelStore } from '../../src/adapters/human-labels/index.js';
import { createMongoProjection } from '../../src/adapters/mongo/index.js';
import { createProjectionRebuild } from '../../src/adapters/mongo/rebuild.js';
import { createS3ObjectStore } from '../../src/adapters/object-store/index.js';
import { createReportBook } from '../../src/adapters/report-book/index.js';
import { createReportData } from '../../src/adapters/report-data/index.js';
import { renderPage } from '../../src/adapters/report-page/index.js';
import { createHtmlToText } from '../../src/adapters/text/html-to-text.js';
import { createLanguageDetector } from '../../src/adapters/text/language.js';
import { createUserAnalytics } from '../../src/adapters/user-analytics/index.js';
import { categorizeThreads } from '../../src/domain/categorize/threads.js';
import { dayEnd, dayOf } from '../../src/domain/period.js';
import { processThread, threadOfTexts, withoutText } from '../../src/domain/process/index.js';
import type { RecategorizeInput, RecategorizeSummary } from '../../src/domain/recategorization.js';
import type { LabelledThread } from '../../src/domain/thread.js';
import type { ReportId } from '../../src/domain/report/key.js';
import { QUEUES, recategorizeWorkflowId, reportWorkflowId } from '../../src/names.js';
import type { Lake } from '../../src/ports/lake.js';
import type { ReportBook } from '../../src/ports/report-book.js';
import { createCpuPool } from '../../src/workers/threads/pool.js';
import type { buildReport, recategorizeRange } from '../../src/workflows/index.js';
import { collect, openRig, signal, type Rig } from '../adapters/lake/support.js';
import { atomicS3 } from '../support/atomic-s3.js';
import { mongodbUri, s3 } from '../support/engines.js';
import { STARTING } from '../support/fake-reports.js';
import { recordHistories } from '../support/histories.js';
import { ruleModel } from '../support/rule-model.js';
import { replayAll, startTemporal, startWorkersOn } from '../support/temporal.js';
import { causes } from './harness.js';

jest.setTimeout(240_000);

const DAY_MS = 86_400_000;
/** The day of `threadOfTexts`, and the next. */
const DAYS = ['2026-01-01', '2026-01-02'] as const;
const OLD = ruleModel('old', {
  refund: ['returns_refunds', 'request_refund'],
  order: ['order_management', 'cancel_order'],
});
const NEW = ruleModel('new', {
  refund: ['returns_refunds', 'request_refund'],
  order: ['shipping_delivery', 'track_order'],
});
const TEXTS = { a: 'where is my order', b: 'a refund please', c: 'what is the time there' };

let env: TestWorkflowEnvironment;
const scenarios = new Map<string, string>();
beforeAll(async () => {
  env = await startTemporal();
});
afterAll(async () => {
  const replayed = await replayAll(env);
  await recordHistories(env, scenarios);
  await env.teardown();
  expect(replayed).toBeGreaterThan(8);
});

const tools = { detector: createLanguageDetector(), html: createHtmlToText() };

async function threadsOf(day: number, runId: string, later = 0): Promise<LabelledThread[]> {
  const facts = Object.entries(TEXTS).flatMap(([id, text]) => {
    const raw = threadOfTexts(`${id}${day}`, [
      { text, role: 'user' },
      { text: 'one moment', role: 'agent' },
    ]);
    const at = (ms: number): number => ms + day * DAY_MS;
    raw.fetchedAt = at(raw.fetchedAt) + later;
    raw.conversation.startedAt = at(raw.conversation.startedAt);
    for (const message of raw.messages) message.sentAt = at(message.sentAt ?? 0);
    return processThread(raw, { source: 's', runId, ...tools }).facts ?? [];
  });
  return categorizeThreads(facts, OLD, signal);
}

/** A lake with two collected days, MongoDB beside it, and workers that know two models. */
class Setting {
  readonly database = `relabel_${randomUUID().slice(0, 8)}`;
  readonly client = new MongoClient(mongodbUri());
  readonly projection = createMongoProjection({ uri: mongodbUri(), database: this.database });
  readonly rebuild = createProjectionRebuild({ uri: mongodbUri(), database: this.database });
  readonly pool = createCpuPool(0, { roles: {}, statuses: {}, storeText: 'all' });
  /** What the tests put between. */
  beforeSwitch: () => Promise<void> = () => Promise.resolve();
  afterSwitch: () => Promise<void> = () => Promise.resolve();
  private stop: () => Promise<void> = () => Promise.resolve();

  readonly book: ReportBook;

  private constructor(readonly rig: Rig) {
    this.book = createReportBook({
      store: rig.store,
      projection: null,
      renderPage: (revision) => renderPage(revision, { conversationUrl: null }),
    });
  }

  static async open(rig: Rig): Promise<Setting> {
    const setting = new Setting(rig);
    await setting.client.connect();
    await setting.projection.prepare(signal);
    for (const [n, day] of DAYS.entries()) {
      const threads = await threadsOf(n, 'collected');
      await setting.projection.write(threads, signal);
      await setting.collect(day, threads, 'collected');
    }
    const { store, lake } = rig;
    const labels = createHumanLabelStore(store);
    const classifier = (dir: string | undefined) => Promise.resolve(dir === 'new' ? NEW : OLD);
    const { timezone, weekStart } = STARTING.calendar;
    const data = createReportData(store, {
      timezone,
      weekStart,
      userScope: 'app',
      businessHours: null,
      fallbackPattern: null,
      responseTargetMs: null,
    });
    const users = createUserAnalytics(store, { timezone, userScope: 'app' });
    const { switchDay } = createSwitchActivities({ store, pool: setting.pool, lake });
    setting.stop = await startWorkersOn(env, {
      main: {
        ...createRecategorizeBooks({ store, projection: setting.rebuild, book: setting.book }),
        ...createReportActivities({
          data,
          store,
          book: setting.book,
          delivery: { recipients: [], thresholds: { percent: 5, points: 2 }, approval: [] },
          parcel: () => Promise.reject(new Error('nobody is sent anything')),
        }),
        ...createStartActivities(STARTING),
        prepareProjection: () => Promise.resolve({ ms: 0 }),
      },
      process: {
        ...createReportComputeActivities({ data, store, users, userProjection: null }),
        switchDay: async (input: Parameters<typeof switchDay>[0]) => {
          await setting.beforeSwitch();
          const result = await switchDay(input);
          await setting.afterSwitch();
          return result;
        },
      },
      categorize: createRelabelActivities({ store, labels, classifier }),
    });
    return setting;
  }

  collect(day: string, threads: LabelledThread[], runId: string, lake: Lake = this.rig.lake) {
    const plannedAt = threads[0]?.conversation.fetched_at ?? dayEnd(day);
    return collect(lake, { runId, day, batches: [threads], plannedAt });
  }

  start(scenario: string, overrides: Partial<RecategorizeInput> = {}) {
    const input: RecategorizeInput = {
      startDate: DAYS[0],
      endDate: '2026-01-05',
      mongodb: true,
      dryRun: false,
      modelDir: 'new',
      ...overrides,
    };
    const workflowId = `${recategorizeWorkflowId(input)}/${scenario}/${this.database}`;
    scenarios.set(`recategorize-${scenario}`, workflowId);
    return env.client.workflow.start<typeof recategorizeRange>('recategorizeRange', {
      args: [input],
      workflowId,
      taskQueue: QUEUES.main,
    });
  }

  async run(scenario: string, overrides: Partial<RecategorizeInput> = {}): Promise<RecategorizeSummary> {
    return (await this.start(scenario, overrides)).result();
  }

  /** Has a report made. Its id is of this setting alone: the server is that of all. */
  async build(report: ReportId): Promise<void> {
    await env.client.workflow.execute<typeof buildReport>('buildReport', {
      workflowId: `${reportWorkflowId(report)}/${this.database}`,
      taskQueue: QUEUES.main,
      args: [{ ...report, deliver: false }],
    });
  }

  async commits(): Promise<string[]> {
    return (await this.rig.reader.committedDays()).map(({ commit_id }) => commit_id);
  }

  topics() {
    return this.rig.reader.query<{ id: string; topic: string; model: string }>(
      'SELECT conversation_id AS id, topic, model_version AS model FROM conversations ORDER BY id',
    );
  }

  /** Conversations and labels in MongoDB, as the lake has them. */
  async expectMongoLikeLake(): Promise<void> {
    const db = this.client.db(this.database);
    const stored = await db
      .collection('conversation_analytics')
      .find({}, { projection: { conversation_id: 1, topic: 1, model_version: 1 } })
      .sort({ conversation_id: 1 })
      .toArray();
    expect(
      stored.map((d) => ({
        id: d['conversation_id'] as string,
        topic: d['topic'] as string,
        model: d['model_version'] as string,
      })),
    ).toEqual(await this.topics());
    const labels = await db.collection('conversation_categories').find().toArray();
    const inLake = await this.rig.reader.query<{ key: string; label: string }>(
      'SELECT category_key AS key, label FROM categories ORDER BY key',
    );
    expect(
      labels
        .map(({ category_key, label }) => ({ key: category_key as string, label: label as string }))
        .sort((x, y) => (x.key < y.key ? -1 : 1)),
    ).toEqual(inLake);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.client.db(this.database).dropDatabase();
    await Promise.all([
      this.client.close(),
      this.projection.close(),
      this.rebuild.close(),
      this.pool.close(),
    ]);
    await this.rig.close();
  }
}

const stores = [
  {
    name: 'a directory',
    open: async () => ({ rig: await openRig(), release: () => Promise.resolve() }),
  },
  {
    name: 'S3',
    open: async () => {
      process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
      const proxy = await atomicS3(s3().endpoint);
      const bucket = `relabel-${randomUUID().slice(0, 8)}`;
      const { accessKeyId, secretAccessKey } = s3();
      const credentials = { accessKeyId, secretAccessKey };
      const { endpoint } = proxy;
      const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      client.destroy();
      const cacheDir = await mkdtemp(join(tmpdir(), 'relabel-s3-'));
      return {
        rig: await openRig(createS3ObjectStore({ bucket, prefix: 'p', endpoint, ...credentials, cacheDir })),
        release: async () => {
          await rm(cacheDir, { recursive: true, force: true });
          await proxy.close();
        },
      };
    },
  },
];

describe.each(stores)('days stored in $name', ({ name, open }) => {
  let setting: Setting;
  let release: () => Promise<void>;
  beforeEach(async () => {
    const opened = await open();
    ({ release } = opened);
    setting = await Setting.open(opened.rig);
  });
  afterEach(async () => {
    await setting.close();
    await release();
  });

  it('are switched to another model, compared side by side; MongoDB follows; again changes nothing', async () => {
    const before = await setting.commits();
    const trial = await setting.run('dry-run', { dryRun: true });
    expect(trial).toMatchObject({ status: 'complete', days: { total: 2, switched: 2 } });
    expect(await setting.commits()).toEqual(before);

    const summary = await setting.run('switched');
    expect(summary).toMatchObject({
      status: 'complete',
      modelVersion: 'new',
      days: { total: 2, done: 2, switched: 2, unchanged: 0 },
      conversations: { read: 6, changed: 6 },
      touchedDays: DAYS,
      reports: [],
    });
    expect(summary.comparison.topic).toEqual({
      compared: 6,
      changed: 2,
      human: 0,
      moves: [{ from: 'order_management', to: 'shipping_delivery', count: 2 }],
    });
    expect(summary.comparison.message_intent.moves).toEqual([
      { from: 'cancel_order', to: 'track_order', count: 2 },
    ]);
    expect(trial.comparison).toEqual(summary.comparison);
    expect(await setting.topics()).toEqual(
      [0, 1]
        .flatMap((n) => [
          { id: `a${n}`, topic: 'shipping_delivery', model: 'new' },
          { id: `b${n}`, topic: 'returns_refunds', model: 'new' },
          { id: `c${n}`, topic: 'other', model: 'new' },
        ])
        .sort((x, y) => (x.id < y.id ? -1 : 1)),
    );
    await setting.expectMongoLikeLake();
    const texts = await setting.rig.reader.query('SELECT text FROM messages WHERE text IS NOT NULL');
    expect(texts).toHaveLength(12);

    const committed = await setting.commits();
    const again = await setting.run('unchanged');
    expect(again).toMatchObject({
      days: { switched: 0, unchanged: 2 },
      conversations: { changed: 0 },
      reports: [],
    });
    expect(await setting.commits()).toEqual(committed);
  });

  it('keep what people said, through a switch and a later collection', async () => {
    const labels = createHumanLabelStore(setting.rig.store);
    await labels.put([
      {
        conversationKey: 's:a0',
        messageId: null,
        task: 'topic',
        label: 'billing_payment',
        taxonomyVersion: '1',
        labelledAt: 1,
      },
      {
        conversationKey: 's:b1',
        messageId: '0',
        task: 'intent',
        label: 'complain',
        taxonomyVersion: '1',
        labelledAt: 1,
      },
    ]);
    const summary = await setting.run('human', { endDate: '2026-01-02' });
    expect(summary.comparison.topic.human).toBe(1);
    const rows = await setting.rig.reader.query(
      `SELECT conversation_id AS id, topic, topic_confidence AS sure, intent FROM conversations
       WHERE conversation_id IN ('a0', 'b1') ORDER BY id`,
    );
    expect(rows).toEqual([
      { id: 'a0', topic: 'billing_payment', sure: null, intent: 'track_order' },
      { id: 'b1', topic: 'returns_refunds', sure: expect.any(Number) as number, intent: 'complain' },
    ]);
    await setting.expectMongoLikeLake();
    expect(
      await setting.rig.reader.query(
        `SELECT label, confidence FROM categories WHERE origin = 'human' ORDER BY label`,
      ),
    ).toEqual([
      { label: 'billing_payment', confidence: null },
      { label: 'complain', confidence: null },
    ]);
  });

  if (name !== 'a directory') return;

  it('have the reports built again that were made from them, and say which', async () => {
    const report: ReportId = { kind: 'daily', period: '2026-01-02', appId: null };
    await setting.build(report);
    await setting.build({ kind: 'daily', period: '2026-01-04', appId: null });
    const trial = await setting.run('dry-run', { dryRun: true });
    expect(trial.reports).toEqual([report]);
    await expect(env.client.workflow.getHandle(reportWorkflowId(report)).describe()).rejects.toThrow();

    const summary = await setting.run('reports-follow');
    expect(summary.reports).toEqual([report]);
    const again = env.client.workflow.getHandle<typeof buildReport>(reportWorkflowId(report));
    expect(await again.result()).toMatchObject({ status: 'restated' });
    const revisions = (await setting.book.record(report, signal))?.revisions ?? [];
    expect(revisions.map(({ revision }) => revision)).toEqual([1, 2]);
    const { changes } = await setting.book.revision(revisions[1]!.reportKey, signal);
    expect(changes).toContainEqual(
      expect.objectContaining({ dimension: 'topic', dimensionValue: 'shipping_delivery', from: null, to: 1 }),
    );
    expect((await setting.book.record({ ...report, period: '2026-01-04' }, signal))?.revisions).toHaveLength(
      1,
    );
  });

  it('that another run commits meanwhile are labelled anew, over its rows', async () => {
    const fresh = await threadsOf(0, 'later', 1000);
    let raced = false;
    setting.beforeSwitch = async () => {
      if (raced) return;
      raced = true;
      await setting.collect(DAYS[0], fresh, 'later', setting.rig.another());
    };
    const summary = await setting.run('stale', { endDate: DAYS[0], mongodb: false });
    expect(summary.days).toMatchObject({ switched: 1 });
    expect(
      await setting.rig.reader.query(
        `SELECT DISTINCT run_id AS run, model_version AS model, dayofmonth(started_at) AS d FROM conversations
         WHERE started_at < '2026-01-02'`,
      ),
    ).toEqual([{ run: 'later', model: 'new', d: 1 }]);
  });

  it('are committed once where the worker dies after the commit', async () => {
    let died = false;
    setting.afterSwitch = () => {
      if (died) return Promise.resolve();
      died = true;
      return Promise.reject(
        ApplicationFailure.create({ type: 'LakeUnavailable', message: 'gone', nextRetryDelay: '10ms' }),
      );
    };
    let commits = 0;
    const { commitLabels } = setting.rig.lake;
    setting.rig.lake.commitLabels = async (...args) => {
      const result = await commitLabels.apply(setting.rig.lake, args);
      if (result === 'committed') commits++;
      return result;
    };
    const summary = await setting.run('crash', { endDate: DAYS[0] });
    expect(summary.days).toMatchObject({ done: 1, switched: 1 });
    expect(commits).toBe(1);
    await setting.expectMongoLikeLake();
  });

  it('go on in a new execution, and only of one app', async () => {
    const summary = await setting.run('continued', { daysAnExecution: 1 });
    expect(summary).toMatchObject({ status: 'complete', days: { total: 2, done: 2, switched: 2 } });
    const none = await setting.run('other-app', { appId: 'nobody', modelDir: 'old' });
    expect(none).toMatchObject({ conversations: { read: 0 }, days: { unchanged: 2 } });
  });

  it('stay as they are from the day on where the run is cancelled', async () => {
    let reached: () => void = () => undefined;
    const atSwitch = new Promise<void>((resolve) => (reached = resolve));
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    setting.beforeSwitch = () => {
      reached();
      return gate;
    };
    const handle = await setting.start('cancelled');
    await atSwitch;
    await handle.cancel();
    go();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const models = (await setting.topics()).map(({ id, model }) => `${id}:${model}`);
    expect(models).toEqual(['a0:new', 'a1:old', 'b0:new', 'b1:old', 'c0:new', 'c1:old']);
    await setting.expectMongoLikeLake();
  });

  it('without their texts are refused, in words', async () => {
    const threads = await threadsOf(2, 'silent');
    const day = dayOf(threads[0]!.conversation.started_at);
    const silent = threads.map((thread) => ({ ...thread, messages: withoutText(thread.messages) }));
    await setting.collect(day, silent, 'silent');
    const failure = await setting
      .run('without-text', { startDate: day, endDate: day })
      .catch((error: unknown) => error);
    expect(causes(failure)).toContainEqual(
      expect.objectContaining({
        type: 'InvalidInput',
        message: expect.stringContaining('STORE_TEXT=none') as string,
      }),
    );
  });
});
