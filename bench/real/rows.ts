import type { Lab } from './lab.js';
import type { Sample } from './measurement.js';
import { runPeer } from './peers.js';
import { collectAll, mongoWriteAlone } from './collecting.js';
import { extremes, growth, incremental, limiter } from './scenarios.js';

export interface Row {
  id: string;
  title: string;
  /** Needs more than is measured without being asked for. */
  onlyWhenAsked?: true;
  measure(lab: Lab): Promise<Sample>;
}

const peer = (id: string, script: string, title: string): Row => ({
  id,
  title,
  measure: async (lab) => {
    const [python, base] = [await lab.peers(), await lab.base()];
    return lab.scratch((dir) => runPeer(python, script, base, dir));
  },
});

const collect = (batchSize: number): Row => ({
  id: `collect-${batchSize}`,
  title: `collect → lake, no MongoDB, batches of ${batchSize}`,
  measure: async (lab) => collectAll(lab, await lab.base(), { batchSize }),
});

const direct = (batchSize: number): Row => ({
  id: `direct-${batchSize}`,
  title: `the same stages called directly, batches of ${batchSize}`,
  measure: async (lab) => lab.stages(await lab.base(), 'pipeline', { batchSize }),
});

const cores = (count: number): Row => ({
  id: `cores-${count}`,
  title: `CPU stages, pinned to ${count} ${count === 1 ? 'core' : 'cores'}`,
  measure: async (lab) => lab.stages(await lab.base(), 'cpu', { batchSize: 1000, cores: count }),
});

/** All that is measured, peers first, in the order of the report. */
export const ROWS: readonly Row[] = [
  peer('bulk', 'bulk_windows.py', 'bulk/datalist, 10 windows a request (reading only)'),
  peer('windows', 'bounded_windows.py', 'bounded windows of 1,000 (reading only)'),
  peer('dlt-windows', 'dlt_windows.py', 'dlt with bounded windows → Parquet'),
  peer('dlt-rest', 'dlt_rest.py', 'dlt REST source as documented → Parquet'),
  peer('script', 'one_page_script.py', 'one-page script: offset paging, pandas, VADER, Parquet by day'),
  {
    id: 'reading',
    title: 'reading stage alone: plan and fetch, batches of 1,000',
    measure: async (lab) => lab.stages(await lab.base(), 'reading', { batchSize: 1000 }),
  },
  ...[1000, 100, 25, 500].map(collect),
  ...[1000, 500, 100, 25].map(direct),
  {
    id: 'mongodb',
    title: 'collect → lake and MongoDB, batches of 1,000',
    measure: async (lab) => collectAll(lab, await lab.base(), { batchSize: 1000, mongodb: true }),
  },
  {
    id: 'mongodb-alone',
    title: "the store's own bulkWrite of the same documents",
    measure: async (lab) => mongoWriteAlone(lab, await lab.base()),
  },
  cores(1),
  cores(2),
  {
    id: 'incremental',
    title: 'collect without dates, nothing new in a month',
    measure: incremental,
  },
  { id: 'limiter', title: 'limiter of 5 requests/s with a block of 30 s (sample source)', measure: limiter },
  { id: 'extremes', title: 'a message of 100 kB, a conversation of 20,000 messages', measure: extremes },
  {
    id: 'growth',
    title: 'ten times the conversations, batches of 1,000',
    onlyWhenAsked: true,
    measure: growth,
  },
];
