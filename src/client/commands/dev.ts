import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

export function addDev(program: Command, io: Io): void {
  program
    .command('dev')
    .summary('start what the environment does not name, and a worker, and keep them up')
    .description(
      'Starts Temporal with its Web UI, MongoDB and the sample source, each only where the environment names none, runs ' +
        'a worker, and says where everything is. Data outlive a restart. Ctrl-C lets running work end and stops all.',
    )
    .option('--reset', 'first remove the data that earlier starts have left', false)
    .action(async (options: { reset: boolean }, command: Command) => {
      const { dev } = await import('../dev.js');
      io.setExitCode(await dev(options, globalOptions(command), io));
    });
}
