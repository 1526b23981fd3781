import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON, historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';

/** Committed replay histories: `test/replay/histories/<release>/<scenario>.json`, each a list of executions. */
const ROOT = fileURLToPath(new URL('../replay/histories/', import.meta.url));

export interface RecordedHistory {
  release: string;
  scenario: string;
  workflowId: string;
  history: History;
}

export function readHistories(): RecordedHistory[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((release) =>
      readdirSync(join(ROOT, release.name)).flatMap((file) => {
        const executions = JSON.parse(readFileSync(join(ROOT, release.name, file), 'utf8')) as {
          workflowId: string;
          history: unknown;
        }[];
        return executions.map(({ workflowId, history }) => ({
          release: release.name,
          scenario: basename(file, '.json'),
          workflowId,
          history: historyFromJSON(history),
        }));
      }),
    );
}

/**
 * Writes the executions of each scenario (collections with all their continuations, and the first batch) where
 * RECORD_HISTORIES names a release. Histories hold no rows: activities exchange keys and counts.
 * @param scenarios scenario → id of its collection
 */
export async function recordHistories(
  env: TestWorkflowEnvironment,
  scenarios: ReadonlyMap<string, string>,
): Promise<void> {
  const release = process.env.RECORD_HISTORIES;
  if (release === undefined || release === '') return;
  const executions: { workflowId: string; runId: string }[] = [];
  for await (const { workflowId, runId } of env.client.workflow.list())
    executions.push({ workflowId, runId });
  mkdirSync(join(ROOT, release), { recursive: true });
  for (const [scenario, collection] of scenarios) {
    const own = executions.filter(({ workflowId }) => workflowId === collection);
    const batch = executions.find(({ workflowId }) => workflowId.startsWith(`${collection}/`));
    const recorded = [];
    for (const { workflowId, runId } of batch === undefined ? own : [...own, batch]) {
      const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
      recorded.push({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown });
    }
    // Stack traces name folders of the machine that recorded them, and replay does not look at them.
    const text = JSON.stringify(recorded, (key, value: unknown) => (key === 'stackTrace' ? '' : value));
    writeFileSync(join(ROOT, release, `${scenario}.json`), `${text}\n`);
  }
}
