import type { Command } from 'commander';

import type { Io } from '../globals.js';

const MAX_LIMIT = 1_000_000;

interface Options {
  reason?: string;
  appId?: string;
  startDate?: string;
  endDate?: string;
  limit: string;
  json: boolean;
}

export function addRejects(program: Command, io: Io): void {
  program
    .command('rejects')
    .summary('list the rows that were received and not stored, and why')
    .description(
      'Counts the rejects of the committed days of the lake by reason and lists them by table, row id and field; never ' +
        'their text. With the id of a run: those of its days and app.',
    )
    .argument('[run]', 'id of a run, such as collect/_all/2026-08-01..2026-08-07')
    .option('--reason <reason>', 'only this reason, such as invalid_row')
    .option('--app-id <id>', 'only this app')
    .option('--start-date <day>', 'from this UTC day on, YYYY-MM-DD')
    .option('--end-date <day>', 'up to this UTC day, inclusive')
    .option('--limit <n>', 'at most so many rows are listed; all are counted', '50')
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string | undefined, options: Options) => {
      const { parseCount } = await import('../arguments.js');
      const limit = parseCount('--limit', options.limit, MAX_LIMIT);
      const { rejects } = await import('../rejects.js');
      io.setExitCode(await rejects({ ...options, run, limit }, io));
    });
}
