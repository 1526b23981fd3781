import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface Options {
  json: boolean;
}

const NAME = 'name of a schedule, as `schedule list` shows it';

/** `schedule`: recurring collections and reports. */
export function addSchedule(program: Command, io: Io): void {
  const schedule = program
    .command('schedule')
    .summary('collect again and again, and build reports, on Temporal Schedules')
    .description(
      'Recurring collections, and daily, weekly and monthly reports. docs/schedules.md explains them.',
    );
  addApply(schedule, io);
  addList(schedule, io);
  addPauseAndResume(schedule, io);
  addTrigger(schedule, io);
  addBackfill(schedule, io);
  addDelete(schedule, io);
}

function addApply(schedule: Command, io: Io): void {
  schedule
    .command('apply')
    .summary('make the schedules those of a file, or of the flags')
    .description(
      'Creates, updates and removes schedules so that they are exactly those of the file, or those of the flags. The ' +
        'same again changes nothing. Whether a schedule is paused stays as it is.',
    )
    .option('--file <path>', 'YAML file; default: schedules.yaml, where no flag names a schedule')
    .option('--collect <when>', 'collect every so often (1h, 15m) or at a time of day (05:00)')
    .option('--daily <time>', 'daily report, at a time of day')
    .option('--weekly <time>', 'weekly report, on the first day of the next week')
    .option('--monthly <time>', 'monthly report, on the first of the next month')
    .option('--app-id <id>', 'only this app; with flags')
    .option('--dry-run', 'show what would change, and change nothing', false)
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: Options & { dryRun: boolean }, command: Command) => {
      const { apply } = await import('../schedules/apply.js');
      io.setExitCode(await apply(options, globalOptions(command), io));
    });
}

function addList(schedule: Command, io: Io): void {
  schedule
    .command('list')
    .summary('what is scheduled, when it fires next, and what happened last')
    .description('Lists the schedules: what each does, when it fires, and what came of it.')
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: Options, command: Command) => {
      const { list } = await import('../schedules/control.js');
      io.setExitCode(await list(options, globalOptions(command), io));
    });
}

function addPauseAndResume(schedule: Command, io: Io): void {
  schedule
    .command('pause')
    .summary('let a schedule fire no more')
    .description('Lets a schedule fire no more until `schedule resume`. What it has started goes on.')
    .argument('<name>', NAME)
    .option('--reason <text>', 'shown to everybody who looks', 'asked for on the command line')
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options & { reason: string }, command: Command) => {
      const { parseReason } = await import('../run-arguments.js');
      const reason = parseReason(options.reason);
      const { pause } = await import('../schedules/control.js');
      io.setExitCode(await pause({ ...options, name, reason }, globalOptions(command), io));
    });
  schedule
    .command('resume')
    .summary('let a paused schedule fire again')
    .description(
      'Lets a schedule fire again that a person has paused, or that was paused because a firing failed. What it missed ' +
        'meanwhile is made up for by `schedule backfill`.',
    )
    .argument('<name>', NAME)
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options, command: Command) => {
      const { resume } = await import('../schedules/control.js');
      io.setExitCode(await resume({ ...options, name }, globalOptions(command), io));
    });
}

function addTrigger(schedule: Command, io: Io): void {
  schedule
    .command('trigger')
    .summary('let a schedule fire now')
    .description('Lets a schedule fire now: a report is then about the last period that is over.')
    .argument('<name>', NAME)
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options, command: Command) => {
      const { trigger } = await import('../schedules/control.js');
      io.setExitCode(await trigger({ ...options, name }, globalOptions(command), io));
    });
}

function addBackfill(schedule: Command, io: Io): void {
  schedule
    .command('backfill')
    .summary('let a schedule fire for days that are past')
    .description(
      'Lets a schedule fire as if the days had come: a report for every period that ends on one of them, a collection ' +
        'for each of them. What was built before is built again, and not sent again.',
    )
    .argument('<name>', NAME)
    .requiredOption('--from <day>', 'first day, YYYY-MM-DD, in REPORT_TIMEZONE')
    .requiredOption('--to <day>', 'last day, inclusive, YYYY-MM-DD')
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options & { from: string; to: string }, command: Command) => {
      const { backfill } = await import('../schedules/control.js');
      io.setExitCode(await backfill({ ...options, name }, globalOptions(command), io));
    });
}

function addDelete(schedule: Command, io: Io): void {
  schedule
    .command('delete')
    .summary('remove a schedule')
    .description('Removes a schedule. What it has started goes on, what it has made stays.')
    .argument('<name>', NAME)
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options, command: Command) => {
      const { remove } = await import('../schedules/control.js');
      io.setExitCode(await remove({ ...options, name }, globalOptions(command), io));
    });
}
