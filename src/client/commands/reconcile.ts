import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';
import type { ReconcileArguments } from '../reconcile-options.js';

interface Options extends ReconcileArguments {
  json: boolean;
}

export function addReconcile(program: Command, io: Io): void {
  program
    .command('reconcile')
    .summary('compare the lake with NocoDB, and put right what differs')
    .description(
      'Reads keys and counts of the whole tables and compares them with the days of a range: conversations and ' +
        'messages that NocoDB no longer has, that never came, or that changed without a stamp. What differs is read ' +
        'again; what is gone is marked (deleted_at) or removed. Rows that match no day are named.',
    )
    .requiredOption('--start-date <day>', 'first UTC day, YYYY-MM-DD')
    .requiredOption('--end-date <day>', 'last UTC day, inclusive, YYYY-MM-DD')
    .option('--app-id <id>', 'only this app; default: all')
    .option('--mark', 'keep conversations that are gone, with deleted_at (default)')
    .option('--remove', 'remove conversations that are gone, with all their rows')
    .option('--no-mongodb', 'put right the lake only')
    .option('--dry-run', 'say what differs, and change nothing', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options, command: Command) => {
      const { parseReconcileArguments } = await import('../reconcile-options.js');
      const request = { ...parseReconcileArguments(options, Date.now()), json: options.json };
      io.stderr.write(`Comparing ${request.startDate} to ${request.endDate} …\n`);
      const { reconcile } = await import('../reconcile.js');
      io.setExitCode(await reconcile(request, globalOptions(command), io));
    });
}
