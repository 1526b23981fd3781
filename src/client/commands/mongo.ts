import type { Command } from 'commander';

import type { Io } from '../globals.js';

interface Options {
  startDate?: string;
  endDate?: string;
  yes: boolean;
  json: boolean;
}

export function addMongo(program: Command, io: Io): void {
  const mongo = program
    .command('mongo')
    .summary('work on the MongoDB projection')
    .description('The collections in MongoDB are a copy of the lake, which is the truth.');
  mongo
    .command('rebuild')
    .summary('make the MongoDB projection anew from the lake')
    .description(
      'Writes the committed days of the lake to MongoDB, a day at a time, and removes the documents that the lake does ' +
        'not have. Runs in this command, needs no worker, and may run beside a collection. Safe to interrupt and repeat.',
    )
    .option('--start-date <day>', 'from this UTC day on, YYYY-MM-DD; default: the first')
    .option('--end-date <day>', 'up to this UTC day, inclusive; default: the last')
    .option('--yes', 'do not ask', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options) => {
      const { mongoRebuild } = await import('../mongo-rebuild.js');
      io.setExitCode(await mongoRebuild(options, io));
    });
}
