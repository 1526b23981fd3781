import { Command, InvalidArgumentError, Option } from 'commander';

export interface BenchOptions {
  source: 'sample' | 'real';
  conversations: number;
  batchSize: number;
  startDate?: string;
  endDate?: string;
  /** JSON lines of dialogues to serve instead of generated ones. */
  dialogues?: string;
  json: boolean;
}

export function readOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description('Measures messages a second end to end and by stage, and what the orchestration costs.')
    .addOption(
      new Option('--source <kind>', 'sample: generated conversations; real: the NocoDB of the environment')
        .choices(['sample', 'real'])
        .default('sample'),
    )
    .option('--conversations <n>', 'conversations of the sample', wholeNumber, 2000)
    .option('--batch-size <n>', 'conversations a batch', wholeNumber, 100)
    .option('--start-date <day>', 'first UTC day, YYYY-MM-DD (with --source real)')
    .option('--end-date <day>', 'last UTC day, inclusive (with --source real)')
    .option(
      '--dialogues <file>',
      'serve these dialogues instead of generated ones: JSON lines {"turns":[{"s":"u|s","t":"text"}]}',
    )
    .option('--json', 'print one JSON document on stdout', false);
  const options = command.parse(argv).opts<BenchOptions>();
  if (options.source === 'real' && (options.startDate === undefined || options.endDate === undefined)) {
    command.error('--source real needs --start-date and --end-date', { exitCode: 2 });
  }
  return options;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('a whole number from 1');
  return Number(value);
}
