import type { Command } from 'commander';

import type { Io } from '../globals.js';

interface Options {
  startDate?: string;
  endDate?: string;
  appId?: string;
  json: boolean;
}

export function addInspect(program: Command, io: Io): void {
  program
    .command('inspect')
    .summary('show what was found in NocoDB, what is missing and what that costs, and what a range holds')
    .description(
      'Shows the base, its tables, and which column stands for what and why; what no column serves, and which figures ' +
        'stay empty for it; and how many conversations there are: by day of a range, or first and last day. Only reads.',
    )
    .option('--start-date <day>', 'first UTC day to count, YYYY-MM-DD')
    .option('--end-date <day>', 'last UTC day to count, inclusive; default: today')
    .option('--app-id <id>', 'count only this app')
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: Options) => {
      const { inspect } = await import('../inspect.js');
      io.setExitCode(await inspect(options, io));
    });
}
