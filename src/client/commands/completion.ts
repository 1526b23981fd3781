import { Argument, type Command } from 'commander';

import type { Io } from '../globals.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .summary('print a script that completes commands and options in your shell')
    .description('Prints the script on stdout, for the shell to read; docs/cli.md says where to put it.')
    .addArgument(new Argument('<shell>', 'shell that reads the script').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion.js');
      io.stdout.write(completionScript(program, shell));
    });
}
