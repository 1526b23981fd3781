import { loadProduct } from '../product.js';
import { Stages, type StageSettings } from '../stages.js';
import type { Sample } from './measurement.js';

/** What of the stages is measured; this module is the program of a process of its own. */
export type StagesWork = 'reading' | 'pipeline' | 'cpu' | 'mongodb';

export interface StagesSpec {
  work: StagesWork;
  settings: StageSettings;
}

async function main(): Promise<void> {
  const { work, settings } = JSON.parse(process.env['BENCH_STAGES'] ?? '') as StagesSpec;
  const product = await loadProduct();
  const stages = await Stages.open(product, settings, () => undefined);
  try {
    const { messages, cost } = await stages[WORKS[work]]();
    const sample: Sample = { ...cost, messages, peakRssMb: process.resourceUsage().maxRSS / 1024 };
    process.stdout.write(`${JSON.stringify(sample)}\n`);
  } finally {
    await stages.close();
  }
}

const WORKS = {
  reading: 'reading',
  pipeline: 'pipeline',
  cpu: 'cpuPipeline',
  mongodb: 'mongoWrite',
} as const;

await main();
