import { CommanderError, type Command } from 'commander';

import { CliCommand } from './cli-command.js';
import { addClassify } from './commands/classify.js';
import { addCollect } from './commands/collect.js';
import { addCompletion } from './commands/completion.js';
import { addConfig } from './commands/config.js';
import { addControl } from './commands/control.js';
import { addDemo } from './commands/demo.js';
import { addDev } from './commands/dev.js';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addFailures } from './commands/failures.js';
import { addInit } from './commands/init.js';
import { addInspect } from './commands/inspect.js';
import { addLabels } from './commands/labels.js';
import { addMongo } from './commands/mongo.js';
import { addOpen } from './commands/open.js';
import { addReconcile } from './commands/reconcile.js';
import { addRecategorize } from './commands/recategorize.js';
import { addQuery } from './commands/query.js';
import { addRejects } from './commands/rejects.js';
import { addReport } from './commands/report.js';
import { addSchedule } from './commands/schedule.js';
import { addStatus } from './commands/status.js';
import { addTrain } from './commands/train.js';
import { addWorker } from './commands/worker.js';
import { addExamples } from './examples.js';
import { printLines, type Io } from './globals.js';
import { parseLogLevel } from './log-level.js';
import { versionLines } from './version.js';

/** The command line as a whole. Commands are only described here; each loads its work when it is run. */
export function buildProgram(io: Io): Command {
  const program = new CliCommand('conversation-analytics')
    .description(
      'Collects conversations from NocoDB, measures and categorizes them, and stores them for analysis.',
    )
    .option('-V, --version', 'print the version, and those of what it runs on')
    .on('option:version', () => {
      printLines(io.stdout, versionLines());
      throw new CommanderError(0, 'commander.version', '');
    })
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent', parseLogLevel, 'info')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 complete, 1 unexpected, 2 usage, 3 partial, 4 cancelled, 5 unreachable, 6 failed, 130 interrupted.',
    );
  for (const add of [
    addInit,
    addInspect,
    addCollect,
    addReconcile,
    addStatus,
    addFailures,
    addControl,
    addRejects,
    addLabels,
    addRecategorize,
    addClassify,
    addReport,
    addQuery,
    addSchedule,
    addOpen,
    addDoctor,
    addConfig,
    addMongo,
    addWorker,
    addDev,
    addDemo,
    addTrain,
    addEvaluate,
    addCompletion,
  ])
    add(program, io);
  addExamples(program);
  return program;
}
