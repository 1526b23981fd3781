import type { Command } from 'commander';

import type { EvaluateRequest } from '../evaluate.js';
import type { Io } from '../globals.js';

export function addEvaluate(program: Command, io: Io): void {
  program
    .command('evaluate')
    .summary('measure a model on texts that it was not trained on')
    .description(
      'Measures a model on labelled texts of your own (--test), on the public data sets (--data), or on whole ' +
        'conversations (--conversations): accuracy, macro F1, calibration, out of scope, confusion. What the figures ' +
        'mean: docs/categorizer.md.',
    )
    .requiredOption('--model <dir>', 'directory of the model')
    .option('--test <file>', 'labelled texts: lines of label, TAB and text; CSV with a header; JSON lines')
    .option('--task <task>', 'with --test: intent or topic', 'intent')
    .option('--html <file>', 'with --test: write a page with the confusion matrix as a picture')
    .option('--data <dir>', 'public data sets: a directory with one folder a set')
    .option('--benchmarks', 'with --data: also train and measure the public benchmarks (some minutes)', false)
    .option('--conversations <dir>', 'whole conversations with labels, YAML')
    .option('--write <file>', 'merge the figures of --data or --conversations into this JSON file')
    .option('--json', 'print the figures as JSON on stdout', false)
    .action(async (options: EvaluateRequest) => {
      const { evaluate } = await import('../evaluate.js');
      io.setExitCode(await evaluate(options, io));
    });
}
