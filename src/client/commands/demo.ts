import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface Options {
  keep: boolean;
  json: boolean;
}

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .summary('run the whole pipeline on generated conversations, and show what comes of it')
    .description(
      'Starts a stack of its own, collects the generated sample source over its whole range, prints what was stored, how ' +
        'many labels are right, and where the data lie, and stops everything. Reads neither .env nor any variable that ' +
        'names your own NocoDB, MongoDB, S3 or Temporal.',
    )
    .option('--keep', 'leave the stack up at the end, until Ctrl-C', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options, command: Command) => {
      io.stderr.write('Demo: collecting generated conversations on a stack of its own …\n');
      const { demo } = await import('../demo.js');
      io.setExitCode(await demo(options, globalOptions(command), io));
    });
}
