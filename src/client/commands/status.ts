import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface Options {
  watch: boolean;
  json: boolean;
}

export function addStatus(program: Command, io: Io): void {
  program
    .command('status')
    .summary('show runs, coverage, failures and the next schedule, or how one run stands')
    .description(
      'Without an id: the last collections, which days are collected, what failed, and the next schedule. With the id of a run, such as collect/_all/2026-08-01..2026-08-07: how it ' +
        'stands, or what it came to.',
    )
    .argument('[id]', 'workflow id of a run')
    .option('--watch', 'follow the run to its end; without an id, the newest', false)
    .option('--json', 'print JSON on stdout', false)
    .action(async (id: string | undefined, options: Options, command: Command) => {
      const { status } = await import('../status.js');
      io.setExitCode(await status({ id, ...options }, globalOptions(command), io));
    });
}
