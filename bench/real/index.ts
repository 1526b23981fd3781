import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import type { BenchOptions } from '../options.js';
import type { Product } from '../product.js';
import { collectAll } from './collecting.js';
import { judge } from './goals.js';
import { Lab } from './lab.js';
import type { Result } from './measurement.js';
import { machine, renderReal, type RealReport } from './report.js';
import { ROWS, type Row } from './rows.js';

/** Peers and product side by side, on a real NocoDB over PostgreSQL that is seeded here. */
export async function benchReal(
  product: Product,
  options: BenchOptions,
  say: (line: string) => void,
): Promise<RealReport> {
  const load = loadavg()[0] ?? 0;
  const rows = chosen(options.only);
  const lab = new Lab(product, options, say);
  try {
    const base = await lab.base();
    if (options.profile !== undefined) {
      await mkdir(options.profile, { recursive: true });
      say(`A profile of the worker, apart from the measurements, into ${options.profile} …`);
      await collectAll(lab, base, { batchSize: 1000, profileDir: options.profile });
    }
    const results = rows.map(({ id, title }): Result => ({ id, title, samples: [], skipped: null }));
    // Run after run and not row after row: what changes on the machine meanwhile falls on all rows.
    for (let run = 1; run <= options.runs; run++) {
      for (const [index, row] of rows.entries()) {
        const result = results[index];
        if (result === undefined || result.skipped !== null) continue;
        say(`Run ${run} of ${options.runs}, ${index + 1} of ${rows.length}: ${row.title} …`);
        await measureInto(result, row, lab, say);
      }
    }
    return {
      machine: machine(load),
      source: {
        name: lab.texts().name,
        nocodb: product.devstack.realNocodb.NOCODB_VERSION,
        postgres: base.postgres.version.replace(/^initdb \(PostgreSQL\)/, 'PostgreSQL'),
        rows: base.rows,
        days: `${base.startDate} to ${base.endDate}`,
      },
      runs: options.runs,
      results,
      goals: judge(results),
    };
  } finally {
    await lab.close();
  }
}

export { renderReal };

async function measureInto(result: Result, row: Row, lab: Lab, say: (line: string) => void): Promise<void> {
  try {
    const sample = await row.measure(lab);
    result.samples.push(sample);
    say(`  ${sample.wall.toFixed(1)} s`);
  } catch (error) {
    result.skipped = error instanceof Error ? error.message : String(error);
    say(`  NOT MEASURED: ${result.skipped}`);
  }
}

function chosen(only: readonly string[] | undefined): readonly Row[] {
  return ROWS.filter(({ id, onlyWhenAsked }) =>
    only === undefined ? onlyWhenAsked !== true : only.includes(id),
  );
}
