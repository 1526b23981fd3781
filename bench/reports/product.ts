import type * as Lake from '../../src/adapters/lake/index.js';
import type * as ObjectStore from '../../src/adapters/object-store/index.js';
import type * as ReportData from '../../src/adapters/report-data/index.js';
import type * as Staging from '../../src/adapters/staging/ndjson.js';
import type * as Process from '../../src/domain/process/index.js';
import type * as Random from '../../src/training/random.js';
import { load } from '../product.js';

/** What the benchmark of reports needs of the compiled product. */
export async function loadReportsProduct() {
  return {
    lake: await load<typeof Lake>('adapters/lake/index.js'),
    objectStore: await load<typeof ObjectStore>('adapters/object-store/index.js'),
    reportData: await load<typeof ReportData>('adapters/report-data/index.js'),
    staging: await load<typeof Staging>('adapters/staging/ndjson.js'),
    process: await load<typeof Process>('domain/process/index.js'),
    random: await load<typeof Random>('training/random.js'),
  };
}
export type ReportsProduct = Awaited<ReturnType<typeof loadReportsProduct>>;
