import type { Command } from 'commander';

import type { Io } from '../globals.js';

const MAX_LIMIT = 1_000_000;

export function addLabels(program: Command, io: Io): void {
  const labels = program
    .command('labels')
    .summary('labels that people gave: they stand, whatever a model says')
    .description(
      'Keeps labels of people by conversation and message in the object store. Every later collection gives them in ' +
        "place of the model's; stored days take them over by `recategorize`.",
    );
  labels
    .command('import')
    .summary('read labels from a file')
    .description(
      'Reads labels: CSV with the columns conversation_id, task (topic, intent or sentiment), label, and if need be ' +
        'message_id and source; or JSON lines in a file named .jsonl. Labels must be of the taxonomy. Lines that cannot ' +
        'be used are written to <file>.rejects.jsonl. The same file again changes nothing.',
    )
    .argument('<file>', 'CSV, or JSON lines')
    .option('--source <name>', 'source of lines that name none; default: NOCODB_SOURCE, else the base id')
    .option('--json', 'print the counts as JSON on stdout', false)
    .action(async (file: string, options: { source?: string; json: boolean }) => {
      const { importLabels } = await import('../human-labels/index.js');
      io.setExitCode(await importLabels({ file, ...options }, io));
    });
  labels
    .command('list')
    .summary('list the labels of people')
    .description('Lists the labels that people gave, by conversation and message.')
    .option('--task <task>', 'only topic, intent or sentiment')
    .option('--limit <n>', 'at most so many are listed', '50')
    .option('--json', 'print JSON on stdout', false)
    .action(async (options: { task?: string; limit: string; json: boolean }) => {
      const { parseCount } = await import('../arguments.js');
      const limit = parseCount('--limit', options.limit, MAX_LIMIT);
      const { listLabels } = await import('../human-labels/index.js');
      io.setExitCode(await listLabels({ ...options, limit }, io));
    });
  labels
    .command('export')
    .summary('print the labels of people as a file that `labels import` reads')
    .description('Prints all labels that people gave as CSV on stdout, or as JSON lines.')
    .option('--json', 'print a JSON object a line on stdout', false)
    .action(async (options: { json: boolean }) => {
      const { exportLabels } = await import('../human-labels/index.js');
      io.setExitCode(await exportLabels(options, io));
    });
}
