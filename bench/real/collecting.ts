import type { Base } from './base.js';
import type { Lab } from './lab.js';
import type { Sample } from './measurement.js';
import { ProductRun } from './product-run.js';
import { verify } from './verify.js';

export interface Collecting {
  batchSize: number;
  mongodb?: boolean;
  /** Where the worker's CPU profile is put. */
  profileDir?: string | undefined;
}

/** One `collect` of all that the base holds; what the lake holds then must be what the base holds. */
export function collectAll(
  lab: Lab,
  base: Base,
  { batchSize, mongodb = false, profileDir }: Collecting,
): Promise<Sample> {
  return lab.scratch(async (dir) => {
    const nodeArgs = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
    const run = await ProductRun.open(
      lab.product,
      { dir, source: base, batchSize, mongodb, nodeArgs },
      lab.say,
    );
    try {
      const { report, ...sample } = await run.collect(rangeOf(base));
      await verify(lab.product, base, run.stack.lakeDir);
      const stageMs = report.summary?.stageMs;
      return {
        ...sample,
        more: {
          batches: report.summary?.batches.done ?? 0,
          ...(mongodb ? { engine: run.mongoEngine } : {}),
          ...Object.fromEntries(
            Object.entries(stageMs ?? {}).map(([stage, ms]) => [`${stage} s`, Math.round(ms / 100) / 10]),
          ),
        },
      };
    } finally {
      await run.close();
    }
  });
}

export function rangeOf({ startDate, endDate }: Pick<Base, 'startDate' | 'endDate'>): string[] {
  return ['--start-date', startDate, '--end-date', endDate];
}

/** MongoDB as the product starts it, and nothing but the writes. */
export function mongoWriteAlone(lab: Lab, base: Base): Promise<Sample> {
  return lab.scratch(async (dir) => {
    const stack = await lab.product.devstack.stack.startStack({ dataDir: dir, log: () => undefined });
    try {
      const mongodbUri = stack.mongodb?.uri ?? null;
      return await lab.stages(base, 'mongodb', { batchSize: 1000, mongodbUri });
    } finally {
      await stack.stop();
    }
  });
}
