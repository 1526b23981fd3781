import { batchName, type FailedBatch } from '../../domain/collection.js';
import { remedyOf } from '../../domain/errors.js';
import type { Colors } from './colors.js';
import { batches as batchCount, count, plural } from './format.js';

/** Cut here, a message is still one line of a terminal or two. */
const MAX_CAUSE = 300;

/** The failed batches of a run: which, where, why, and what to do, three lines each. */
export function failureLines(workflowId: string, batches: readonly FailedBatch[], colors: Colors): string[] {
  if (batches.length === 0) return [`No batch of ${workflowId} has failed.`];
  return [
    colors.bold(`${batchCount(batches.length)} of ${workflowId} failed`),
    ...batches.flatMap((batch) => [
      `${colors.bold(batchName(batch))}  ${plural(batch.count, 'conversation')}, ids ${batch.idFrom} to ${batch.idTo}`,
      `  ${colors.red(`${where(batch)}: ${batch.type}`)}: ${causeOf(batch)}`,
      `  → ${remedyOf(batch.type)}`,
    ]),
    '',
    `Run them again: conversation-analytics retry '${workflowId}'`,
  ];
}

/** `fetch, 10 attempts`; what is not known is left out. */
function where({ stage, activity, attempts }: FailedBatch): string {
  const place = stage ?? activity ?? 'batch';
  return attempts === null ? place : `${place}, ${count(attempts)} attempt${attempts === 1 ? '' : 's'}`;
}

function causeOf({ message }: FailedBatch): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.length > MAX_CAUSE ? `${line.slice(0, MAX_CAUSE)}…` : line;
}
