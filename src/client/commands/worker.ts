import type { Command } from 'commander';

import { QUEUE_ROLES } from '../../names.js';
import { parseQueues } from '../arguments.js';
import { globalOptions, type Io } from '../globals.js';

export function addWorker(program: Command, io: Io): void {
  program
    .command('worker')
    .summary('run a worker until it is told to stop')
    .description(
      'Polls the task queues and does the work of runs. More workers on more machines mean more throughput; those that ' +
        'poll `source` share NocoDB, each with its own NOCODB_REQUESTS_PER_SECOND. Logs JSON lines on stderr.',
    )
    .option('--queues <names>', `queues to poll, of ${QUEUE_ROLES.join(',')}; default: all`)
    .action(async (options: { queues?: string }, command: Command) => {
      const roles = options.queues === undefined ? QUEUE_ROLES : parseQueues(options.queues);
      const { runWorker } = await import('../worker.js');
      io.setExitCode(await runWorker(roles, globalOptions(command), io));
    });
}
