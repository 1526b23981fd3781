import { Option, type Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface Options {
  json: boolean;
}

const NAME = 'name of a report, such as daily/2024-01-31, monthly/2024-01/shop or daily/2024-01-31/_all/r2';

/** `report`: what is made of the committed days. */
export function addReport(program: Command, io: Io): void {
  const report = program
    .command('report')
    .summary('build, read and compare daily, weekly and monthly reports')
    .description(
      'Daily, weekly and monthly reports over the committed days of the lake. docs/reports.md explains them.',
    );
  addBuild(report, io);
  addList(report, io);
  addShow(report, io);
  addDiff(report, io);
  addApprove(report, io);
}

function kindOption(about: string): Option {
  return new Option('--kind <kind>', about).choices(['daily', 'weekly', 'monthly']);
}

interface BuildOptions extends Options {
  kind: string;
  period: string;
  appId?: string;
  open: boolean;
  deliver: boolean;
}

function addBuild(report: Command, io: Io): void {
  report
    .command('build')
    .summary('build a report of what has been collected')
    .description(
      'Builds a report in this command, from the committed days of the lake, and stores it where it says something new. ' +
        'It is provisional while days of its period are missing. It is sent to nobody, unless --deliver is given.',
    )
    .addOption(kindOption('what it is about').makeOptionMandatory())
    .requiredOption('--period <period>', '2024-01-31, 2024-W05 or 2024-01, in REPORT_TIMEZONE')
    .option('--app-id <id>', 'only this app; default: all')
    .option('--deliver', 'have a worker send it to the receivers that have not had it', false)
    .option('--open', 'open the page in a browser', false)
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: BuildOptions, command: Command) => {
      const { build } = await import('../reports/build.js');
      io.setExitCode(await build(options, globalOptions(command), io));
    });
}

function addList(report: Command, io: Io): void {
  report
    .command('list')
    .summary('the reports that are stored')
    .description('Lists the stored reports with their status, the newest period first.')
    .addOption(kindOption('only of this kind'))
    .option('--json', 'print all revisions as JSON on stdout', false)
    .action(async (options: Options & { kind?: string }) => {
      const { list } = await import('../reports/list.js');
      io.setExitCode(await list(options, io));
    });
}

function addShow(report: Command, io: Io): void {
  report
    .command('show')
    .summary('a report in the terminal')
    .description(
      'Shows what a stored report says: headlines, who waits, what changed, topics. Never any text.',
    )
    .argument('[report]', `${NAME}; default: the one built last`)
    .option('--open', 'open the page in a browser', false)
    .option('--json', 'print the whole report as JSON on stdout', false)
    .action(async (name: string | undefined, options: Options & { open: boolean }) => {
      const { show } = await import('../reports/show.js');
      io.setExitCode(await show({ ...options, name }, io));
    });
}

function addDiff(report: Command, io: Io): void {
  report
    .command('diff')
    .summary('what a later revision has changed')
    .description('Lists the figures that differ between two revisions of a report.')
    .argument('<report>', NAME)
    .option('--from <revision>', 'default: the one before')
    .option('--to <revision>', 'default: the one that the name says, else the newest')
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options & { from?: string; to?: string }) => {
      const { diff } = await import('../reports/diff.js');
      io.setExitCode(await diff({ ...options, name }, io));
    });
}

function addApprove(report: Command, io: Io): void {
  report
    .command('approve')
    .summary('let a report be sent')
    .description(
      'Approves a revision of a kind that REPORT_APPROVAL names, and has the worker send it. Once given, it stands.',
    )
    .argument('<report>', NAME)
    .option('--json', 'print JSON on stdout', false)
    .action(async (name: string, options: Options, command: Command) => {
      const { approve } = await import('../reports/approve.js');
      io.setExitCode(await approve({ ...options, name }, globalOptions(command), io));
    });
}
