import { resolve } from 'node:path';
import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

interface Options {
  startDate: string;
  endDate: string;
  appId?: string;
  model?: string;
  mongodb: boolean;
  dryRun: boolean;
  json: boolean;
}

export function addRecategorize(program: Command, io: Io): void {
  program
    .command('recategorize')
    .summary('label stored days again, with another model or with labels of people')
    .description(
      'Reads the stored days of a range from the lake, labels them again, shows how old and new labels compare, and ' +
        'switches a day at a time by the same commit as a collection; MongoDB follows. Labels of people stand. A range ' +
        'that is labelled so already is left as it is. Reads no NocoDB, and needs the texts (STORE_TEXT=all).',
    )
    .requiredOption('--start-date <day>', 'first UTC day, YYYY-MM-DD')
    .requiredOption('--end-date <day>', 'last UTC day, inclusive, YYYY-MM-DD')
    .option(
      '--model <dir>',
      'directory of the model on the categorize workers; default: the one that they use',
    )
    .option('--app-id <id>', 'only this app; default: all')
    .option('--no-mongodb', 'write to the lake only')
    .option('--dry-run', 'compare, and switch nothing', false)
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options, command: Command) => {
      const { parseAppId, parseDirectory, parseRange } = await import('../arguments.js');
      const range = parseRange(options.startDate, options.endDate, Date.now());
      const request = {
        ...options,
        ...range,
        appId: options.appId === undefined ? undefined : parseAppId(options.appId),
        model:
          options.model === undefined
            ? undefined
            : resolve(parseDirectory('--model', options.model, 'a trained model (model.json)')),
      };
      const { recategorize } = await import('../recategorize.js');
      io.setExitCode(await recategorize(request, globalOptions(command), io));
    });
}
