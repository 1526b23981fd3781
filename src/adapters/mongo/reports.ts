import { MongoClient, MongoServerError, type Document } from 'mongodb';
import { REPORT_SCHEMA_VERSION, REPORTS } from '../../domain/report/rows.js';
import type { StoredRevision } from '../../ports/report-book.js';
import type { ReportProjection } from '../../ports/report-projection.js';
import { toPipelineError } from './failures.js';
import type { MongoConfig } from './index.js';
import { INDEXES } from './indexes.js';

const DUPLICATE_KEY = 11_000;

/** Stored reports in MongoDB: one document a revision. Connects at first use. */
export function createMongoReports({ uri, database }: MongoConfig): ReportProjection {
  const client = new MongoClient(uri, { ignoreUndefined: true });
  const where = `${client.options.hosts.map(String).join(',')}, database ${database}`;
  const reports = client.db(database).collection<{ _id: string } & Document>(REPORTS.collection);
  return {
    writeReport: async (revision, builtAt, signal) => {
      try {
        signal.throwIfAborted();
        await reports.createIndexes(INDEXES[REPORTS.collection] ?? []);
        const document = reportDocument(revision, builtAt);
        try {
          await reports.insertOne(document);
        } catch (err) {
          if (!(err instanceof MongoServerError && err.code === DUPLICATE_KEY)) throw err;
          await reports.replaceOne({ _id: document._id }, document);
        }
      } catch (err) {
        throw toPipelineError(err, where);
      }
    },
    close: () => client.close(),
  };
}

/** A revision as a document: the columns that all rows share, then its rows and tables. */
export function reportDocument(
  { reportKey, revision, status, changes, document }: StoredRevision,
  builtAt: number,
): { _id: string } & Document {
  const { head, headline, rows, tables, distributions, series, anomalies, dataQuality, unavailable } =
    document;
  return {
    _id: reportKey,
    report_key: reportKey,
    kind: head.kind,
    period: head.period,
    app_id: head.appId,
    revision,
    status,
    period_start: new Date(head.periodStart),
    period_end: new Date(head.periodEnd),
    watermark: new Date(head.coverage.watermark),
    missing: head.coverage.missing,
    tz: head.timezone,
    week_start: head.weekStart,
    definition_version: head.definitionVersion,
    taxonomy_version: head.taxonomyVersion,
    schema_version: REPORT_SCHEMA_VERSION,
    built_at: new Date(builtAt),
    commits: Object.entries(head.commits.period).map(([day, commit]) => ({ day, commit })),
    changes,
    headline,
    rows,
    tables,
    distributions,
    series,
    anomalies,
    data_quality: dataQuality,
    unavailable,
  };
}
