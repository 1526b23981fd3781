import type { DeliverySettings } from '../activities/report-delivery.js';
import { createRecipients } from '../adapters/delivery/index.js';
import { createMongoReports } from '../adapters/mongo/reports.js';
import { createMongoUsers } from '../adapters/mongo/users.js';
import { createReportBook } from '../adapters/report-book/index.js';
import { createReportData } from '../adapters/report-data/index.js';
import { parcelOf, renderPage } from '../adapters/report-page/index.js';
import { createUserAnalytics } from '../adapters/user-analytics/index.js';
import type { Config } from '../config.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { ReportBook } from '../ports/report-book.js';
import type { ReportData } from '../ports/report-data.js';
import type { ReportParcel } from '../ports/report-delivery.js';
import type { UserAnalytics, UserProjection } from '../ports/user-analytics.js';

/** Everything that reports need, as the configuration has it. */
export interface Reports {
  data: ReportData;
  users: UserAnalytics;
  /** null: no MongoDB. */
  userProjection: UserProjection | null;
  book: ReportBook;
  delivery: DeliverySettings;
  /** Makes of a stored revision what is sent. */
  parcel: (reportKey: string, signal: AbortSignal) => Promise<ReportParcel>;
  close(): Promise<void>;
}

/** @param store the lake's; not closed here */
export function createReports(config: Config, store: ObjectStore): Reports {
  const { delivery, mongodb, reports } = config;
  const { timezone, weekStart, businessHours, responseTargetMs, fallbackPattern, userScope } = reports;
  const projection = mongodb === null ? null : createMongoReports(mongodb);
  const userProjection = mongodb === null ? null : createMongoUsers(mongodb);
  const book = createReportBook({
    store,
    projection,
    renderPage: (revision) => renderPage(revision, { conversationUrl: delivery.conversationUrl }),
  });
  return {
    data: createReportData(store, {
      timezone,
      weekStart,
      userScope,
      businessHours: businessHours?.hours ?? null,
      fallbackPattern,
      responseTargetMs,
    }),
    users: createUserAnalytics(store, { timezone, userScope }),
    userProjection,
    book,
    delivery: {
      recipients: createRecipients(delivery),
      thresholds: delivery.resend,
      approval: delivery.approval,
    },
    parcel: async (reportKey, signal) => {
      const [revision, page] = await Promise.all([
        book.revision(reportKey, signal),
        book.page(reportKey, signal),
      ]);
      return parcelOf(revision, page, { reportUrl: delivery.reportUrl });
    },
    close: async () => {
      await Promise.all([projection?.close(), userProjection?.close()]);
    },
  };
}
