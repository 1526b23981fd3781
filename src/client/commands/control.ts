import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface Options {
  json: boolean;
}

const RUN = 'id of a run, such as collect/_all/2026-08-01..2026-08-07; default: the one that is running';

/** `pause`, `resume`, `set-concurrency` and `cancel`: what a running run can be told. */
export function addControl(program: Command, io: Io): void {
  addPause(program, io);
  addResume(program, io);
  addSetConcurrency(program, io);
  addCancel(program, io);
}

function addPause(program: Command, io: Io): void {
  program
    .command('pause')
    .summary('let a run start no further batch')
    .description('Lets what is under way come to its end, and starts nothing more until `resume`.')
    .argument('[run]', RUN)
    .option('--reason <text>', 'shown to everybody who looks at the run', 'asked for on the command line')
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string | undefined, options: Options & { reason: string }, command: Command) => {
      const { parseReason } = await import('../run-arguments.js');
      const reason = parseReason(options.reason);
      const { pause } = await import('../control.js');
      io.setExitCode(await pause({ ...options, run, reason }, globalOptions(command), io));
    });
}

function addResume(program: Command, io: Io): void {
  program
    .command('resume')
    .summary('let a paused run go on')
    .description(
      'Goes on with a run that a person has paused, or that has paused itself because nothing more could succeed; the ' +
        'batches that failed around such a pause run again.',
    )
    .argument('[run]', RUN)
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string | undefined, options: Options, command: Command) => {
      const { resume } = await import('../control.js');
      io.setExitCode(await resume({ ...options, run }, globalOptions(command), io));
    });
}

function addSetConcurrency(program: Command, io: Io): void {
  program
    .command('set-concurrency')
    .summary('change how many batches of a run are in flight')
    .description(
      'Changes how many batches a running run keeps in flight; the setting MAX_WORKERS is for new runs.',
    )
    .argument('<run>', 'id of a run, such as collect/_all/2026-08-01..2026-08-07')
    .argument('<n>', 'batches in flight, 1 to 500')
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string, n: string, options: Options, command: Command) => {
      const { parseCount } = await import('../arguments.js');
      const { MAX_CONCURRENCY } = await import('../../domain/collection.js');
      const request = { ...options, run, n: parseCount('<n>', n, MAX_CONCURRENCY) };
      const { setConcurrency } = await import('../control.js');
      io.setExitCode(await setConcurrency(request, globalOptions(command), io));
    });
}

function addCancel(program: Command, io: Io): void {
  program
    .command('cancel')
    .summary('end a run early')
    .description('Ends a run early. Days that are committed stay; the same range can be collected again.')
    .argument('[run]', RUN)
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string | undefined, options: Options, command: Command) => {
      const { cancel } = await import('../control.js');
      io.setExitCode(await cancel({ ...options, run }, globalOptions(command), io));
    });
}
