import type { RunListing } from '../collection.js';
import type { Colors } from './colors.js';
import { duration } from './format.js';
import { textTable } from './table.js';

/** The last runs as a table: id, status, start, time taken. */
export function runTable(runs: readonly RunListing[], colors: Colors, now = Date.now()): string[] {
  const cells = runs.map((run) => [
    run.workflowId,
    statusOf(run),
    run.startedAt.replace('T', ' ').slice(0, 19),
    duration((run.closedAt === null ? now : Date.parse(run.closedAt)) - Date.parse(run.startedAt)),
  ]);
  return textTable(['RUN', 'STATUS', 'STARTED (UTC)', 'TOOK'], cells, colors);
}

/** What the run says of itself; where it was ended from outside, what Temporal says. */
function statusOf({ state, status }: RunListing): string {
  const running = state === 'RUNNING' || state === 'CONTINUED_AS_NEW';
  if (running || state === 'COMPLETED') return status ?? state.toLowerCase();
  return state.toLowerCase();
}
