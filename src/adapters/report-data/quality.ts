import { dayEnd, dayStart } from '../../domain/period.js';
import type { DataQuality, MetricRow } from '../../domain/report/document.js';
import { utcDays } from '../../domain/report/period.js';
import type { DayManifest } from '../../ports/lake.js';
import { coverageOf } from '../lake/covered-days.js';
import { instant, literal, type DuckDb } from '../lake/duckdb.js';
import type { Horizon } from './horizon.js';

/** How far the figures can be trusted: what was received, left out, flagged and understood. */
export async function dataQualityOf(
  db: DuckDb,
  manifests: readonly DayManifest[],
  rows: readonly MetricRow[],
  { own }: Horizon,
  appId: string | null,
  signal: AbortSignal,
): Promise<DataQuality> {
  const { startDate, endDate } = utcDays(own);
  const days = manifests.filter(({ day }) => day >= startDate && day <= endDate);
  const app = appId === null ? '' : ` AND app_id = ${literal(appId)}`;
  const [counted] = await db.rows<{ conversations: number; deleted: number; messages: number }>(
    `SELECT count(*) FILTER (deleted_at IS NULL AND started_at >= ${instant(dayStart(startDate))}
         AND started_at < ${instant(dayEnd(endDate))}) AS conversations,
       count(*) FILTER (deleted_at IS NOT NULL AND coalesce(first_user_message_at, started_at) >= ${instant(own.start)}
         AND coalesce(first_user_message_at, started_at) < ${instant(own.end)}) AS deleted,
       (SELECT count(*) FROM message_facts WHERE seq = 0) AS messages
     FROM conversations WHERE true${app}`,
    signal,
  );
  const flags = await db.rows<{ flag: string; n: number }>(
    `SELECT flag, count(*) AS n FROM (SELECT unnest(quality_flags) AS flag FROM session_facts WHERE seq = 0)
     GROUP BY flag ORDER BY flag`,
    signal,
  );
  const rejected: Record<string, number> = {};
  for (const { rejects } of days)
    for (const [reason, count] of Object.entries(rejects?.by_reason ?? {}))
      if (count > 0) rejected[reason] = (rejected[reason] ?? 0) + count;
  const total = (metric: string) =>
    rows.find((row) => row.metric === metric && row.dimension === null)?.value ?? null;
  return {
    conversations: counted?.conversations ?? 0,
    messages: counted?.messages ?? 0,
    rejected: Object.values(rejected).reduce((sum, count) => sum + count, 0),
    rejectedByReason: Object.fromEntries(Object.entries(rejected).sort(([a], [b]) => (a < b ? -1 : 1))),
    sourceConversations: sourceCount(days, startDate, endDate, appId),
    flags: Object.fromEntries(flags.map(({ flag, n }) => [flag, n])),
    classifiedShare: total('classified_rate'),
    otherShare: total('other_topic_rate'),
    deleted: counted?.deleted ?? 0,
  };
}

function sourceCount(
  days: readonly DayManifest[],
  startDate: string,
  endDate: string,
  appId: string | null,
): number | null {
  const covered = coverageOf(days, appId).filter(({ whole }) => whole);
  const wanted = (dayEnd(endDate) - dayStart(startDate)) / (dayEnd(startDate) - dayStart(startDate));
  return covered.length === wanted ? covered.reduce((sum, { sourceCount: n }) => sum + n, 0) : null;
}
