import type { Command } from 'commander';

import type { Io } from '../globals.js';

export function addConfig(program: Command, io: Io): void {
  const config = program
    .command('config')
    .summary('show the settings')
    .description('What the program is set to.');
  config
    .command('show')
    .summary('every setting, its value and where it comes from')
    .description(
      'Prints every setting with its value and where that comes from: environment, .env, profile of the Temporal CLI, a ' +
        'running `dev`, or default. Secrets are hidden. A value that cannot be used is marked, and the exit code is 2.',
    )
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: { json: boolean }) => {
      const { configShow } = await import('../config-show.js');
      io.setExitCode(await configShow(options, io));
    });
}
