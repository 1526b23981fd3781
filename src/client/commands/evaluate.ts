import type { Command } from 'commander';

import { printJson, type Io } from '../globals.js';

interface Options {
  model: string;
  data: string;
  benchmarks: boolean;
  write?: string;
}

export function addEvaluate(program: Command, io: Io): void {
  program
    .command('evaluate')
    .summary('measure a model on texts that it was not trained on')
    .description(
      'Measures a model and prints its figures as JSON on stdout. What they mean: docs/categorizer.md.',
    )
    .requiredOption('--model <dir>', 'directory of the model')
    .requiredOption('--data <dir>', 'directory with one folder a data set')
    .option('--benchmarks', 'also train and measure the public benchmarks (some minutes)', false)
    .option('--write <file>', 'merge the figures into this JSON file')
    .action(async (options: Options) => {
      const { parseDirectory } = await import('../arguments.js');
      const datasetsDir = parseDirectory('--data', options.data, 'one folder a data set');
      const { evaluateModel } = await import('../../training/index.js');
      const figures = await evaluateModel({
        modelDir: options.model,
        datasetsDir,
        benchmarks: options.benchmarks,
        log: (line) => io.stderr.write(`${line}\n`),
        ...(options.write === undefined ? {} : { writeTo: options.write }),
      });
      printJson(io, figures);
    });
}
