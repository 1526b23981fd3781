import type { Config } from '../../config.js';
import type { Reports } from '../../workers/reports.js';
import type { Io } from '../globals.js';
import { onInterrupt } from '../interrupt.js';
import { withLakeStore } from '../lake-store.js';
import { findSurroundings } from '../surroundings.js';

export interface OpenReports {
  config: Config;
  reports: Reports;
  /** Local path, or `s3://` address, of an object of the lake. */
  placeOf: (key: string) => Promise<string>;
  signal: AbortSignal;
}

/** Opens the stored reports of the lake that is named, or of a running `dev`, for a piece of work. Ctrl-C ends it. */
export async function withReports<T>(io: Io, work: (opened: OpenReports) => Promise<T>): Promise<T> {
  const { config } = await findSurroundings(io);
  const { createReports } = await import('../../workers/reports.js');
  const interrupted = new AbortController();
  const stop = onInterrupt(() => interrupted.abort());
  try {
    return await withLakeStore(config, async (store) => {
      const reports = createReports(config, store);
      const placeOf = async (key: string): Promise<string> =>
        config.lake.s3 === null
          ? ((await store.localPath(key)) ?? `${store.location}/${key}`)
          : `${store.location}/${key}`;
      try {
        return await work({ config, reports, placeOf, signal: interrupted.signal });
      } finally {
        await reports.close();
      }
    });
  } finally {
    stop();
  }
}
