import type { Command } from 'commander';

import type { Io } from '../globals.js';

interface Options {
  repair: boolean;
  json: boolean;
}

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .summary('check everything that a collection needs, and say how to put it right')
    .description(
      'Looks at Node, Temporal, NocoDB, MongoDB, the lake, the categorizer and the GPU, side by side, and prints a line ' +
        'each: ok, warning or broken, with what to do. Starts nothing. Exit code 1 where something needed is broken.',
    )
    .option('--repair', 'heal what can be healed: search attributes, indexes, fixed keys of the lake', false)
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: Options) => {
      const { doctor } = await import('../doctor/index.js');
      io.setExitCode(await doctor(options, io));
    });
}
