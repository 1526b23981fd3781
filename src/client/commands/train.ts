import type { Command } from 'commander';

import type { TrainRequest } from '../train.js';
import type { Io } from '../globals.js';

export function addTrain(program: Command, io: Io): void {
  program
    .command('train')
    .summary('train a model that categorizes')
    .description(
      'Trains from labelled texts of your own (--train: lines of label, TAB and text; CSV with a header; JSON lines), or ' +
        'the shipped model from the public data sets (--data), and writes a model directory for MODEL_DIR. The same ' +
        'texts and seed give the same bytes.',
    )
    .option('--train <file>', 'labelled texts')
    .option('--dev <file>', 'held-out texts that confidences are fitted to; default: a tenth of the others')
    .option('--data <dir>', 'public data sets instead: a directory with one folder a set')
    .requiredOption('--out <dir>', 'directory that the model is written to')
    .option(
      '--taxonomy <path>',
      'taxonomy.yaml, or its directory; default: made of the labels (with --data: that of --out)',
    )
    .option('--base <dir>', 'model whose sentiment is taken over; default: the shipped one')
    .option('--keep <share>', 'share of held-out texts that stay in scope, 0..1', '0.95')
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: TrainRequest) => {
      const { train } = await import('../train.js');
      io.setExitCode(await train(options, io));
    });
}
