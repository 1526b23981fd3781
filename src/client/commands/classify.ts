import type { Command } from 'commander';

import type { Io } from '../globals.js';

interface Options {
  file?: string;
  model?: string;
  json: boolean;
}

export function addClassify(program: Command, io: Io): void {
  program
    .command('classify')
    .summary('label texts, to see what the model makes of them')
    .description(
      'Gives each text a topic, an intent and a sentiment with their confidences, by the rules of the pipeline, as if it ' +
        'were the one message of a conversation. Texts come from the arguments, a file or standard input, a text a line. ' +
        'Nothing is stored, and nothing else is needed.',
    )
    .argument('[text...]', 'texts')
    .option('--file <file>', 'a file with a text a line')
    .option('--model <dir>', 'directory of the model; default: MODEL_DIR, else the shipped one')
    .option('--json', 'print a JSON object a line on stdout', false)
    .action(async (texts: string[], options: Options) => {
      const { classify } = await import('../classify.js');
      io.setExitCode(await classify({ texts, ...options }, io));
    });
}
