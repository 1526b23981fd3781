import type { Command } from 'commander';

import { printJson, printLines, type Io } from '../globals.js';
import { count } from '../render/format.js';

interface Options {
  data: string;
  out: string;
  taxonomy?: string;
  seed: string;
  json: boolean;
}

const MAX_SEED = 2 ** 31 - 1;

export function addTrain(program: Command, io: Io): void {
  program
    .command('train')
    .summary('train the model that categorizes')
    .description(
      'Trains topic, intent and sentiment from public labelled data sets and writes a model directory. The same data ' +
        'and seed give the same bytes. Where the data sets come from: docs/categorizer.md.',
    )
    .requiredOption('--data <dir>', 'directory with one folder a data set')
    .requiredOption('--out <dir>', 'directory that the model is written to')
    .option('--taxonomy <dir>', 'directory with taxonomy.yaml and mapping.yaml; default: that of --out')
    .option('--seed <n>', 'seed of every random choice', '1')
    .option('--json', 'print the result as JSON on stdout', false)
    .action(async (options: Options) => {
      const { parseCount, parseDirectory } = await import('../arguments.js');
      const seed = parseCount('--seed', options.seed, MAX_SEED);
      const datasetsDir = parseDirectory('--data', options.data, 'one folder a data set');
      const { trainModel } = await import('../../training/index.js');
      const result = await trainModel({
        datasetsDir,
        outDir: options.out,
        seed,
        log: (line) => io.stderr.write(`${line}\n`),
        ...(options.taxonomy === undefined ? {} : { taxonomyDir: options.taxonomy }),
      });
      if (options.json) printJson(io, result);
      else {
        printLines(io.stdout, [
          `Model ${result.modelVersion} (taxonomy ${result.taxonomyVersion}) in ${options.out}: ` +
            `${count(result.bytes)} bytes, ${result.topics.length} topics, ${result.intents.length} intents, ${Math.round(result.seconds)} s`,
        ]);
      }
    });
}
