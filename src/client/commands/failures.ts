import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface FailuresOptions {
  json: boolean;
}
interface RetryOptions extends FailuresOptions {
  batch: string[];
  watch: boolean;
}

const RUN = 'id of a run, such as collect/_all/2026-08-01..2026-08-07; default: the newest';

/** `failures` and `retry`: the batches of a run that failed. */
export function addFailures(program: Command, io: Io): void {
  program
    .command('failures')
    .summary('list the batches of a run that failed, and what to do')
    .description(
      'Lists the failed batches of a run that is running or has ended: which, in which stage, why, after how many ' +
        'attempts, and what to do about it. Reads them in the lake.',
    )
    .argument('[run]', RUN)
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string | undefined, options: FailuresOptions, command: Command) => {
      const { failures } = await import('../failed-batches.js');
      io.setExitCode(await failures({ ...options, run }, globalOptions(command), io));
    });
  program
    .command('retry')
    .summary('run the failed batches of a run again')
    .description(
      'Runs just the failed batches of a run again and commits their days: as part of the run where it is running, ' +
        'else as a new execution under the same id. Without a worker at hand it starts what it needs, and follows ' +
        'the run to its end.',
    )
    .argument('[run]', RUN)
    .option('--batch <day/n>', 'only this batch; may be given several times; default: all', collectNames, [])
    .option('--watch', 'follow the run to its end', false)
    .option('--json', 'print JSON on stdout', false)
    .action(async (run: string | undefined, options: RetryOptions, command: Command) => {
      const { parseBatchName } = await import('../run-arguments.js');
      const batches = options.batch.length === 0 ? undefined : options.batch.map(parseBatchName);
      const { watch, json } = options;
      const { retry } = await import('../retry.js');
      io.setExitCode(await retry({ run, batches, watch, json }, globalOptions(command), io));
    });
}

function collectNames(value: string, before: string[]): string[] {
  return [...before, ...value.split(',').map((name) => name.trim())];
}
