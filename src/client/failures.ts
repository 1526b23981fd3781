import type { WorkflowFailedError } from '@temporalio/client';

import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';

/**
 * How a run ended that returned no result: cancelled (null), or failed, with the innermost named reason. Compared by
 * name: errors cross module registries, where `instanceof` says nothing.
 */
export function endOfRun(error: WorkflowFailedError): 'cancelled' | CliError {
  const chain = causes(error);
  if (chain[1]?.name === 'CancelledFailure') return 'cancelled';
  if (chain[1]?.name === 'TerminatedFailure') {
    return new CliError(
      EXIT.failed,
      'The run was terminated from outside.\nCollect the range again: what is committed stays, the rest is read anew.',
      { cause: error },
    );
  }
  const reason =
    [...chain].reverse().find(({ name }) => name === 'ApplicationFailure') ?? chain.at(-1) ?? error;
  const type = 'type' in reason && typeof reason.type === 'string' ? reason.type : null;
  const usage = type === 'UnknownApp' || type === 'InvalidInput';
  return new CliError(
    usage ? EXIT.usage : EXIT.failed,
    `The run failed${type === null ? '' : ` (${type})`}: ${reason.message}` +
      (usage ? '' : '\nOnce that is put right, run the same command again: days that are committed stay.'),
    { cause: error },
  );
}

function causes(error: Error): Error[] {
  const chain: Error[] = [];
  for (let next: unknown = error; next instanceof Error; next = next.cause) chain.push(next);
  return chain;
}
