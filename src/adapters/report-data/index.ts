import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { dayStart } from '../../domain/period.js';
import { PipelineError } from '../../domain/errors.js';
import type { Facts } from '../../domain/metrics/metric.js';
import { metricNamed } from '../../domain/metrics/registry.js';
import { localDayStart, addDays, parsePeriod } from '../../domain/report/period.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type {
  ReportConversation,
  ReportData,
  ReportRequest,
  ReportStanding,
} from '../../ports/report-data.js';
import { DuckDb } from '../lake/duckdb.js';
import { Manifests } from '../lake/manifests.js';
import { listWatermarks } from '../watermarks/index.js';
import { commitsOf, coverageOfPeriod, knownDays, knownFrom } from './coverage.js';
import { documentOf, type Opened } from './document.js';
import { createFacts, createSessionFacts } from './facts.js';
import { horizonOf } from './horizon.js';
import { createLakeViews } from './lake-views.js';
import { FACT_TABLES } from './measure.js';
import type { ReportSettings } from './settings.js';
import { knownWindows } from './user-windows.js';

export type { ReportSettings } from './settings.js';

/** Reports may take so much memory; what does not fit is spilled. */
const MEMORY_MB = 640;
/** More would take memory and bring little: what is left to do then is small. */
const MAX_THREADS = 4;
const PAGE = 2_000;

/** Reports computed by DuckDB over the committed days, each in a database of its own. */
export function createReportData(store: ObjectStore, settings: ReportSettings): ReportData {
  return new LakeReportData(store, settings);
}

class LakeReportData implements ReportData {
  private readonly manifests: Manifests;

  constructor(
    private readonly store: ObjectStore,
    private readonly settings: ReportSettings,
  ) {
    this.manifests = new Manifests(store);
  }

  async computeReport(request: ReportRequest, signal: AbortSignal) {
    return this.open(request, signal, (opened) => documentOf(opened, this.settings, signal));
  }

  async standing(request: ReportRequest, signal: AbortSignal): Promise<ReportStanding> {
    const { period, manifests, coverage } = await this.look(request, signal);
    return { period, coverage, commits: commitsOf(manifests, period) };
  }

  async drillDown(request: ReportRequest, name: string, signal: AbortSignal): Promise<string[]> {
    const metric = metricNamed(name);
    if (metric === undefined) throw new PipelineError('LakeCorrupt', `There is no metric ${name}`);
    const { expression } = metric;
    const hits = expression.kind === 'rate' ? ` AND (${expression.hits})` : '';
    const rows = `SELECT * FROM ${FACT_TABLES[expression.over]} WHERE seq = 0 AND (${expression.rows})${hits}`;
    const chosen = conversationsOf(expression.over, rows);
    return this.open(request, signal, async ({ db }) => {
      const keys = await db.rows<{ key: string }>(
        `SELECT DISTINCT conversation_key AS key FROM history WHERE conversation_no IN (${chosen}) ORDER BY key`,
        signal,
      );
      return keys.map(({ key }) => key);
    });
  }

  async *conversations(request: ReportRequest, signal: AbortSignal): AsyncIterable<ReportConversation[]> {
    const { horizon, manifests, knownUntil } = await this.look(request, signal);
    const { own } = horizon;
    // Nothing of earlier periods is listed, and nothing is compared.
    const near = { ...horizon, periods: [own], baseline: [], from: own.start };
    const { folder, db } = await this.openDb();
    try {
      await createLakeViews(db, this.store, manifests, near, signal);
      // Without it no text is read.
      const settings = { ...this.settings, fallbackPattern: null };
      await createSessionFacts(db, { horizon: near, settings, appId: request.appId, knownUntil }, signal);
      await db.run(`CREATE TEMP TABLE listed AS ${LISTED}`, signal);
      for (let from = 0; ; from += PAGE) {
        const rows = await db.rows<ReportConversation>(
          `SELECT * EXCLUDE (place) FROM listed WHERE place > ${from} AND place <= ${from + PAGE} ORDER BY place`,
          signal,
        );
        if (rows.length > 0) yield rows;
        if (rows.length < PAGE) return;
      }
    } finally {
      await closeDb(folder, db);
    }
  }

  async apps(signal: AbortSignal): Promise<(string | null)[]> {
    const manifests = await this.manifests.all(signal);
    return this.withDb(async (db) => {
      const { timezone, weekStart } = this.settings;
      const period = parsePeriod('daily', '2000-01-01', { timezone, weekStart });
      await createLakeViews(db, this.store, manifests, horizonOf(period, this.settings), signal);
      const rows = await db.rows<{ app_id: string | null }>(
        'SELECT DISTINCT app_id FROM history_conversations WHERE deleted_at IS NULL ORDER BY app_id',
        signal,
      );
      return rows.map(({ app_id }) => app_id);
    });
  }

  /** Manifests that a report reads, and what they say. */
  private async look({ kind, period: name, appId }: ReportRequest, signal: AbortSignal) {
    const period = parsePeriod(kind, name, this.settings);
    const horizon = horizonOf(period, this.settings);
    const [all, watermarks] = await Promise.all([
      this.manifests.all(signal),
      listWatermarks(this.store, signal),
    ]);
    const manifests = all.filter(({ day }) => dayStart(day) < horizon.to);
    const known = knownDays(all, appId, watermarks);
    const coverage = coverageOfPeriod(known, period);
    const knownUntil = Math.max(coverage.watermark, knownFrom(known, period.start));
    return { period, horizon, manifests, known, coverage, knownUntil };
  }

  private async open<T>(
    request: ReportRequest,
    signal: AbortSignal,
    work: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    const { horizon, manifests, known, coverage, knownUntil } = await this.look(request, signal);
    return this.withDb(async (db) => {
      await createLakeViews(db, this.store, manifests, horizon, signal);
      const { settings } = this;
      const windows = knownWindows(horizon, known, settings.timezone);
      await createFacts(db, { horizon, settings, appId: request.appId, knownUntil, windows }, signal);
      const isDayComplete = (day: string): boolean => {
        const start = localDayStart(day, settings.timezone);
        const end = localDayStart(addDays(day, 1), settings.timezone);
        return coverageOfPeriod(known, { start, end }).complete;
      };
      const complete = new Map(
        horizon.periods.map((each) => [each.seq, coverageOfPeriod(known, each).complete]),
      );
      const { appId } = request;
      return work({ db, appId, horizon, manifests, coverage, complete, isDayComplete, knownUntil });
    });
  }

  private async withDb<T>(work: (db: DuckDb) => Promise<T>): Promise<T> {
    const { folder, db } = await this.openDb();
    try {
      return await work(db);
    } finally {
      await closeDb(folder, db);
    }
  }

  private async openDb(): Promise<{ folder: string; db: DuckDb }> {
    const folder = await mkdtemp(join(tmpdir(), 'reports-'));
    const db = await DuckDb.open(folder, MEMORY_MB, Math.min(availableParallelism(), MAX_THREADS));
    return { folder, db };
  }
}

/** SQL of the conversations that rows of facts are about; of users, those that they wrote in. */
function conversationsOf(facts: Facts, rows: string): string {
  switch (facts) {
    case 'user_periods':
    case 'user_days':
      return `SELECT conversation_no FROM message_facts JOIN (SELECT DISTINCT user_no FROM (${rows})) USING (user_no)
        WHERE seq = 0`;
    case 'user_windows':
      return `SELECT conversation_no FROM message_facts m JOIN (${rows}) u ON m.user_no = u.user_no
        AND m.day >= u.first_day AND m.day <= u.last_day WHERE m.actor = 'user' AND NOT m.is_private`;
    default:
      return `SELECT conversation_no FROM (${rows})`;
  }
}

async function closeDb(folder: string, db: DuckDb): Promise<void> {
  db.close();
  await rm(folder, { recursive: true, force: true });
}

/** The cohort as its CSV lists it, in order. */
const LISTED = `SELECT h.conversation_id, h.conversation_key, s.app AS app_id, p.user_key,
    strftime(s.moment AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') AS started_at,
    strftime(h.ended_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') AS ended_at,
    s.day::VARCHAR AS local_day, s.status, s.resolution_source, s.outcome, s.unanswered, s.engaged, s.bot_involved,
    s.topic, s.intent, s.intent_secondary, s.language, s.sentiment, s.sentiment_score::DOUBLE AS sentiment_score,
    s.sentiment_shift::DOUBLE AS sentiment_shift, s.n_user, s.n_bot, s.n_agent, s.turns, s.duration_s,
    s.first_response_s, s.first_bot_response_s, s.first_agent_response_s, s.first_agent_response_business_s,
    row_number() OVER (ORDER BY s.moment, h.conversation_key) AS place
  FROM session_facts s JOIN history h USING (conversation_no) LEFT JOIN people p USING (user_no)
  WHERE s.seq = 0`;
