import { Option, type Command } from 'commander';

import type { Io } from '../globals.js';
import type { QueryArguments } from '../query.js';

export function addQuery(program: Command, io: Io): void {
  program
    .command('query')
    .summary('run SQL over the lake')
    .description(
      'Runs one SELECT of DuckDB SQL over the committed days. Views: conversations, messages, categories, translations, ' +
        'users, reports. Only reads, and only the lake; at most --timeout seconds and --memory MB. Shows what it is asked ' +
        'for, texts included.',
    )
    .argument('<sql>', 'one SELECT; - reads it from stdin')
    .option('--start-date <day>', 'only days from this UTC day on, YYYY-MM-DD')
    .option('--end-date <day>', 'only days up to this UTC day, inclusive')
    .addOption(
      new Option('--format <format>', 'how it is printed').choices(['table', 'csv', 'json']).default('table'),
    )
    .option('--json', 'the same as --format json', false)
    .option('--limit <n>', 'at most so many rows; default: 100 in a table, else all')
    .option('--timeout <seconds>', 'at most so long', '60')
    .option('--memory <MB>', 'at most so much memory', '1024')
    .action(async (sql: string, options: Omit<QueryArguments, 'sql'>) => {
      const { query } = await import('../query.js');
      io.setExitCode(await query({ ...options, sql }, io));
    });
}
