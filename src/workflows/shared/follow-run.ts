import { isCancellation, log } from '@temporalio/workflow';
import { refreshUsers, staleReports, startReports } from './activity-options.js';
import { describeFailure } from './failures.js';

/** Days and app that a run has committed. */
interface Committed {
  startDate: string;
  endDate: string;
  /** null: all apps. */
  appId: string | null;
  /** Whether the run writes to MongoDB. */
  mongodb: boolean;
}

/**
 * What a collection entails: the rows of its users are computed again; reports that were made from other commits of its days are built again, and those that wait
 * for data look for them. The run itself is done: what fails here is made up for by the next run.
 */
export async function followRun({ startDate, endDate, appId, mongodb }: Committed): Promise<void> {
  await goodToHave('users', () => refreshUsers({ mongodb }));
  await goodToHave('reports', async () => {
    const { reports } = await staleReports({ startDate, endDate, appId });
    await startReports({ reports });
  });
}

async function goodToHave(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (err) {
    if (isCancellation(err)) throw err;
    const { type, message } = describeFailure(err);
    log.warn(`${what} could not be brought up to date`, { type, message });
  }
}
