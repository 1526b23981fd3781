import type { Command } from 'commander';

import { globalOptions, type Io } from '../globals.js';

export function addWorker(program: Command, io: Io): void {
  program
    .command('worker')
    .summary('run a worker until it is told to stop')
    .description(
      'Polls the task queues and does the work of runs. More workers on more machines mean more throughput; those that ' +
        'poll `source` share NocoDB, each with its own NOCODB_REQUESTS_PER_SECOND. Logs JSON lines on stderr.',
    )
    .option('--queues <names>', 'queues to poll: main,source,process,categorize (default: all)')
    .action(async (options: { queues?: string }, command: Command) => {
      const { parseQueues } = await import('../arguments.js');
      const roles = options.queues === undefined ? undefined : parseQueues(options.queues);
      const { runWorker } = await import('../worker.js');
      io.setExitCode(await runWorker(roles, globalOptions(command), io));
    });
}
