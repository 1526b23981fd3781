import { findCollection, listCollections, type CollectHandle, type RunListing } from './collection.js';
import { UsageError } from './errors.js';
import type { Session } from './session.js';

const RUNS_READ = 50;

/** What a command may be told to work on. */
type Wanted = 'any' | 'running';

/**
 * The run that a command is about: the one named, else the newest where no other could be meant.
 * @throws UsageError naming the ids that could be
 */
export async function findRun(
  { temporal }: Pick<Session, 'temporal'>,
  id: string | undefined,
  wanted: Wanted,
): Promise<CollectHandle> {
  const workflowId = id ?? newest(await listCollections(temporal, RUNS_READ), wanted, temporal.where);
  const handle = await findCollection(temporal, workflowId);
  if (handle === null) {
    throw new UsageError(
      `No run ${JSON.stringify(workflowId)} is known at ${temporal.where}.\n` +
        'Ids look like collect/_all/2026-08-01..2026-08-07.\n' +
        'List the last runs: conversation-analytics status',
    );
  }
  if (wanted === 'running') await requireRunning(handle);
  return handle;
}

function newest(runs: readonly RunListing[], wanted: Wanted, where: string): string {
  const running = runs.filter(({ state }) => state === 'RUNNING');
  if (running.length > 1) {
    throw new UsageError(
      `${running.length} runs are running at ${where}: which one is meant?\n` +
        `Name one, such as ${running
          .slice(0, 3)
          .map(({ workflowId }) => `'${workflowId}'`)
          .join(' or ')}.\n` +
        'List them: conversation-analytics status',
    );
  }
  const [found] = wanted === 'running' || running.length === 1 ? running : runs;
  if (found !== undefined) return found.workflowId;
  throw new UsageError(
    wanted === 'running'
      ? `No collection is running at ${where}.\nList the last runs: conversation-analytics status`
      : `No collection has run at ${where} yet.\nStart one: conversation-analytics collect --help`,
  );
}

/** @throws UsageError where the run has ended */
export async function requireRunning(handle: CollectHandle): Promise<void> {
  const { status } = await handle.describe();
  if (status.name !== 'RUNNING') throw hasEnded(handle.workflowId);
}

export function hasEnded(workflowId: string): UsageError {
  return new UsageError(
    `${workflowId} has ended: only a run that is running or paused can be told anything.\n` +
      `What it came to: conversation-analytics status '${workflowId}'\n` +
      `Its failed batches, if any, run again by: conversation-analytics retry '${workflowId}'`,
  );
}
