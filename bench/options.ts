import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ROWS } from './real/rows.js';

export interface BenchOptions {
  source: 'sample' | 'real';
  conversations: number;
  batchSize: number;
  startDate?: string;
  endDate?: string;
  /** JSON lines of dialogues to serve instead of generated ones. */
  dialogues?: string;
  /** Rows of the benchmark on a real NocoDB; default: all but those that must be asked for. */
  only?: string[];
  /** Measurements of each row. */
  runs: number;
  /** Folder for a CPU profile of the worker. */
  profile?: string;
  json: boolean;
}

export function readOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description('Measures messages a second end to end and by stage, and what the orchestration costs.')
    .addOption(
      new Option(
        '--source <kind>',
        'sample: generated conversations; real: a real NocoDB over PostgreSQL, seeded here, with peers beside; ' +
          'with --start-date the NocoDB of the environment',
      )
        .choices(['sample', 'real'])
        .default('sample'),
    )
    .option('--conversations <n>', 'conversations that are generated or seeded', wholeNumber, 2000)
    .option('--batch-size <n>', 'conversations a batch', wholeNumber, 100)
    .option('--start-date <day>', 'first UTC day, YYYY-MM-DD (with --source real)')
    .option('--end-date <day>', 'last UTC day, inclusive (with --source real)')
    .option(
      '--dialogues <file>',
      'serve these dialogues instead of generated ones: JSON lines {"turns":[{"s":"u|s","t":"text"}]}',
    )
    .option(
      '--only <rows>',
      `rows to measure (with --source real): ${ROWS.map(({ id }) => id).join(',')}`,
      rowIds,
    )
    .option(
      '--runs <n>',
      'measurements of each row, told as median and range (with --source real)',
      wholeNumber,
      1,
    )
    .option('--profile <folder>', "write the worker's CPU profile there (with --source real)", (path) =>
      resolve(path),
    )
    .option('--json', 'print one JSON document on stdout', false);
  const options = command.parse(argv).opts<BenchOptions>();
  if (options.source === 'real' && (options.startDate === undefined) !== (options.endDate === undefined)) {
    command.error('--start-date and --end-date are given together or not at all', { exitCode: 2 });
  }
  return options;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('a whole number from 1');
  return Number(value);
}

function rowIds(value: string): string[] {
  const ids = value.split(',');
  const unknown = ids.filter((id) => !ROWS.some((row) => row.id === id));
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no row ${unknown.join(', ')}`);
  return ids;
}
