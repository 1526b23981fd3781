import { generateSample, type SampleData, type SampleOptions } from './generator/generate.js';
import { startSampleServer, type SampleServer, type SampleServerOptions } from './server.js';

export { generateSample, SAMPLE_DEFAULTS } from './generator/generate.js';
export type { SampleData, SampleOptions, Truth } from './generator/generate.js';
export { startSampleServer } from './server.js';
export type { SampleServer, SampleServerOptions } from './server.js';
export type { SampleColumn, SampleRow, SampleTable } from './table.js';

export type SampleSourceOptions = SampleOptions & Omit<SampleServerOptions, 'tables'>;

export interface SampleSource extends SampleServer {
  /** What was generated, with the true labels. */
  data: SampleData;
}

/** Generates the sample and serves it as a NocoDB on 127.0.0.1. */
export async function startSampleSource(options: SampleSourceOptions): Promise<SampleSource> {
  const data = generateSample(options);
  const server = await startSampleServer({ ...options, tables: data.tables });
  return { ...server, data };
}
