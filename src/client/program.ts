import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { addCollect } from './commands/collect.js';
import { addDemo } from './commands/demo.js';
import { addDev } from './commands/dev.js';
import { addEvaluate } from './commands/evaluate.js';
import { addStatus } from './commands/status.js';
import { addTrain } from './commands/train.js';
import { addWorker } from './commands/worker.js';
import type { Io } from './globals.js';
import { parseLogLevel } from './log-level.js';

/** The command line as a whole. Commands are only described here; each loads its work when it is run. */
export function buildProgram(io: Io): Command {
  const program = new Command('conversation-analytics')
    .description(
      'Collects conversations from NocoDB, measures and categorizes them, and stores them for analysis.',
    )
    .version(packageVersion())
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', parseLogLevel, 'info')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 complete, 1 unexpected, 2 usage, 3 partial, 4 cancelled, 5 unreachable, 6 failed, 130 interrupted.',
    );
  for (const add of [addCollect, addStatus, addWorker, addDev, addDemo, addTrain, addEvaluate])
    add(program, io);
  return program;
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
