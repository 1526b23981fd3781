import type { Command } from 'commander';

import type { CollectArguments } from '../collect-options.js';
import { globalOptions, type Io } from '../globals.js';

interface Options extends CollectArguments {
  detach: boolean;
  dryRun: boolean;
  json: boolean;
}

export function addCollect(program: Command, io: Io): void {
  program
    .command('collect')
    .summary('collect, categorize and store the conversations of a date range')
    .description(
      'Collects every conversation that started in a range of UTC days, measures and categorizes it, and writes it to ' +
        'the Parquet lake and to MongoDB. The same range again replaces and never adds. Without days it reads what is new ' +
        'or has changed since the last time. Without a Temporal address it uses a running `dev`, or starts what it needs until it is done.',
    )
    .option('--start-date <day>', 'first UTC day, YYYY-MM-DD; default: what has changed since the last time')
    .option('--end-date <day>', 'last UTC day, inclusive, YYYY-MM-DD; default: today')
    .option('--app-id <id>', 'only this app; default: all')
    .option('--resume', 'go on with the running run, or with the last unfinished one', false)
    .option('--batch-size <n>', 'conversations a batch, 1 to 1000; default: BATCH_SIZE')
    .option('--no-mongodb', 'write to the lake only')
    .option('--limit <n>', 'at most so many conversations; days cut by it are marked incomplete')
    .option('--state-file <path>', 'keep run, days, failed batches and counts in this JSON file')
    .option('--use-s3-state', 'the same as an object in the bucket of the lake', false)
    .option('--detach', 'start the run on a Temporal that has workers of its own, and end', false)
    .option('--dry-run', 'say what it would take, from NocoDB alone, and start nothing', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options, command: Command) => {
      const { describeRequest, parseCollectArguments } = await import('../collect-options.js');
      const request = { ...parseCollectArguments(options, Date.now()), json: options.json };
      if (options.dryRun) {
        const { dryRun } = await import('../dry-run.js');
        io.setExitCode(await dryRun(request, io));
        return;
      }
      // The first word comes before anything heavy is loaded.
      io.stderr.write(`${describeRequest(request)} …\n`);
      const { collect } = await import('../collect.js');
      io.setExitCode(await collect(request, globalOptions(command), io));
    });
}
