import { Argument, type Command } from 'commander';

import type { Io } from '../globals.js';

export const PLACES = ['ui', 'lake', 'report'] as const;
export type Place = (typeof PLACES)[number];

export function addOpen(program: Command, io: Io): void {
  program
    .command('open')
    .summary("open Temporal's Web UI, the lake or the newest report")
    .description('Opens a place in the browser or file manager, and prints its address on stdout.')
    .addArgument(new Argument('<what>', 'what to open').choices(PLACES))
    .option('--print', 'only print the address or path', false)
    .action(async (what: Place, options: { print: boolean }) => {
      const { openPlace } = await import('../open.js');
      io.setExitCode(await openPlace(what, options, io));
    });
}
