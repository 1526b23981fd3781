import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

/** Highest number of conversations that a run may be limited to. */
const MAX_LIMIT = 1_000_000_000;
const MAX_BATCH = 1_000;

interface Options {
  startDate: string;
  endDate: string;
  appId?: string;
  batchSize?: string;
  mongodb: boolean;
  limit?: string;
  detach: boolean;
  json: boolean;
}

export function addCollect(program: Command, io: Io): void {
  program
    .command('collect')
    .summary('collect, categorize and store the conversations of a date range')
    .description(
      'Collects every conversation that started in a range of UTC days, measures and categorizes it, and writes it to ' +
        'the Parquet lake and to MongoDB. The same range again replaces and never adds. Without a Temporal address it ' +
        'uses a running `dev`, or starts what it needs until it is done.',
    )
    .requiredOption('--start-date <day>', 'first UTC day, YYYY-MM-DD')
    .requiredOption('--end-date <day>', 'last UTC day, inclusive, YYYY-MM-DD')
    .option('--app-id <id>', 'only this app; default: all')
    .option('--batch-size <n>', 'conversations a batch, 1 to 1000; default: BATCH_SIZE')
    .option('--no-mongodb', 'write to the lake only')
    .option('--limit <n>', 'at most so many conversations; days cut by it are marked incomplete')
    .option('--detach', 'start the run on a Temporal that has workers of its own, and end', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options, command: Command) => {
      const { describeRange, parseAppId, parseCount, parseRange } = await import('../arguments.js');
      const range = parseRange(options.startDate, options.endDate, Date.now());
      const request = {
        ...range,
        ...(options.appId === undefined ? {} : { appId: parseAppId(options.appId) }),
        ...(options.limit === undefined ? {} : { limit: parseCount('--limit', options.limit, MAX_LIMIT) }),
        ...(options.batchSize === undefined
          ? {}
          : { batchSize: parseCount('--batch-size', options.batchSize, MAX_BATCH) }),
        mongodb: options.mongodb,
        detach: options.detach,
        json: options.json,
      };
      // The first word comes before anything heavy is loaded.
      const apps = request.appId === undefined ? 'all apps' : `app ${request.appId}`;
      io.stderr.write(`Collecting ${describeRange(range)}, ${apps} …\n`);
      const { collect } = await import('../collect.js');
      io.setExitCode(await collect(request, globalOptions(command), io));
    });
}
