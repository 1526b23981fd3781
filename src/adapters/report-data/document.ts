import { DEFINITION_VERSION } from '../../domain/metrics/registry.js';
import type { ReportCoverage, ReportDocument, ReportHead } from '../../domain/report/document.js';
import { dayStart } from '../../domain/period.js';
import type { DayManifest } from '../../ports/lake.js';
import type { DuckDb } from '../lake/duckdb.js';
import { commitsOf } from './coverage.js';
import { anomaliesOf } from './detect.js';
import { distributionsOf } from './distributions.js';
import { overlaps, type Horizon } from './horizon.js';
import { measure } from './measure.js';
import { dataQualityOf } from './quality.js';
import { availableMetrics, metricRows, type Completeness } from './rows.js';
import { headlinesOf, seriesOf } from './series.js';
import type { ReportSettings } from './settings.js';
import { tablesOf } from './tables.js';

/** A database that holds the facts of a report. */
export interface Opened {
  db: DuckDb;
  appId: string | null;
  horizon: Horizon;
  manifests: readonly DayManifest[];
  coverage: ReportCoverage;
  complete: Completeness;
  isDayComplete: (day: string) => boolean;
  knownUntil: number;
}

export async function documentOf(
  opened: Opened,
  settings: ReportSettings,
  signal: AbortSignal,
): Promise<ReportDocument> {
  const { db, appId, horizon, manifests, complete, isDayComplete } = opened;
  const { metrics, unavailable } = await availableMetrics(db, settings, signal);
  const names = new Set(metrics.map(({ name }) => name));
  const totals = await measure(db, metrics, null, `seq > ${horizon.before.seq}`, signal);
  const rows = await metricRows(db, metrics, totals, horizon, complete, signal);
  const hasAgents = names.has('first_agent_response_p50');
  const hasAgentIds = rows.some((row) => row.dimension === 'agent' && row.dimension_value !== null);
  return {
    head: await headOf(opened, settings, signal),
    headline: headlinesOf(metrics),
    rows,
    series: await seriesOf(db, metrics, totals, horizon, complete, isDayComplete, signal),
    tables: await tablesOf(
      db,
      rows,
      horizon,
      { isPreviousKnown: complete.get(-1) === true, allApps: appId === null, hasAgentIds },
      signal,
    ),
    distributions: await distributionsOf(db, horizon, settings, hasAgents, signal),
    anomalies: await anomaliesOf(db, rows, horizon, complete, isDayComplete, settings.timezone, signal),
    dataQuality: await dataQualityOf(db, manifests, rows, horizon, appId, signal),
    unavailable,
  };
}

async function headOf(
  { db, appId, horizon, manifests, coverage, complete, knownUntil }: Opened,
  { timezone, weekStart }: ReportSettings,
  signal: AbortSignal,
): Promise<ReportHead> {
  const { own, periods, baseline } = horizon;
  const apps = await db.rows<{ app: string | null }>(
    'SELECT DISTINCT app FROM session_facts WHERE seq = 0 ORDER BY app NULLS LAST',
    signal,
  );
  const [versions] = await db.rows<{ models: string[] | null; taxonomies: string[] | null }>(
    `SELECT list(DISTINCT model_version ORDER BY model_version) AS models,
       list(DISTINCT taxonomy_version ORDER BY taxonomy_version) AS taxonomies
     FROM conversations WHERE conversation_key IN (SELECT conversation_key FROM session_facts WHERE seq = 0)`,
    signal,
  );
  const taxonomies = (versions?.taxonomies ?? []).filter(isText);
  const spanOf = (seq: number) => {
    const { name, start, end } = periods.find((period) => period.seq === seq) ?? own;
    return { name, start, end, complete: complete.get(seq) === true };
  };
  const read = manifests.filter((manifest) => overlaps(manifest, 0, horizon.to));
  const first = manifests[0];
  return {
    kind: own.kind,
    period: own.name,
    appId,
    apps: apps.map(({ app }) => app),
    timezone,
    weekStart,
    periodStart: own.start,
    periodEnd: own.end,
    firstDay: own.firstDay,
    lastDay: own.lastDay,
    coverage,
    previous: spanOf(-1),
    baseline: baseline.map(spanOf),
    knownUntil,
    historyFrom: first === undefined ? null : dayStart(first.day),
    definitionVersion: DEFINITION_VERSION,
    taxonomyVersion: taxonomies.length === 0 ? null : taxonomies.join(','),
    modelVersions: (versions?.models ?? []).filter(isText),
    commits: commitsOf(read, own),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
