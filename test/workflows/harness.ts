import { jest } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { CollectInput, CollectSummary } from '../../src/domain/collection.js';
import type { ReconcileInput, ReconcileProgress } from '../../src/domain/reconcile.js';
import { collectWorkflowId, QUEUES, reconcileWorkflowId } from '../../src/names.js';
import type { collectConversations, reconcile } from '../../src/workflows/index.js';
import { FakePipeline } from '../support/fake-activities.js';
import { allActivities, FakeReports, STARTING } from '../support/fake-reports.js';
import { recordHistories } from '../support/histories.js';
import { replayAll, startTemporal, startWorkersOn } from '../support/temporal.js';

/** What a worker starts scheduled work with. */
/**
 * A Temporal server for a test file and workers with made-up activities for each test. At the end every execution,
 * continued ones and batches included, replays with the code as it is.
 */
export class WorkflowTests {
  env!: TestWorkflowEnvironment;
  fake!: FakePipeline;
  reports!: FakeReports;
  private stop!: () => Promise<void>;
  /** Scenario → workflow id, for the recorded histories that later releases must replay. */
  private readonly scenarios = new Map<string, string>();

  constructor({ executions }: { executions: number }) {
    jest.setTimeout(180_000);
    beforeAll(async () => {
      this.env = await startTemporal();
    });
    beforeEach(async () => {
      this.fake = new FakePipeline();
      this.reports = new FakeReports();
      this.stop = await startWorkersOn(this.env, allActivities(this.fake, this.reports));
    });
    afterEach(async () => {
      await this.stop();
    });
    afterAll(async () => {
      const replayed = await replayAll(this.env);
      await recordHistories(this.env, this.scenarios);
      await this.env.teardown();
      expect(replayed).toBeGreaterThan(executions);
    });
  }

  /** Has the history of a workflow recorded as a scenario of its own. */
  note(scenario: string, workflowId: string): void {
    this.scenarios.set(scenario, workflowId);
  }

  /** @param range a day, or `first..last` */
  async start(
    scenario: string,
    range: string,
    overrides: Partial<CollectInput> = {},
  ): Promise<WorkflowHandle<typeof collectConversations> & { firstExecutionRunId: string }> {
    const [startDate = '', endDate = startDate] = range.split('..');
    const input: CollectInput = { startDate, endDate, ...STARTING.collect, ...overrides };
    this.note(scenario, collectWorkflowId(input));
    return this.env.client.workflow.start<typeof collectConversations>('collectConversations', {
      args: [input],
      workflowId: collectWorkflowId(input),
      taskQueue: QUEUES.main,
    });
  }

  async reconcile(scenario: string, overrides: Partial<ReconcileInput> = {}): Promise<ReconcileProgress> {
    const input: ReconcileInput = {
      startDate: '2025-05-01',
      endDate: '2025-05-31',
      gone: 'mark',
      dryRun: false,
      ...STARTING.collect,
      ...overrides,
    };
    const workflowId = reconcileWorkflowId(input);
    this.scenarios.set(scenario, workflowId);
    return this.env.client.workflow.execute<typeof reconcile>('reconcile', {
      args: [input],
      workflowId,
      taskQueue: QUEUES.main,
    });
  }

  async collect(
    scenario: string,
    range: string,
    overrides: Partial<CollectInput> = {},
  ): Promise<CollectSummary> {
    return (await this.start(scenario, range, overrides)).result();
  }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the condition did not come true');
}

export function causes(err: unknown): { name: string; type?: string; message: string }[] {
  const chain = [];
  for (let e = err; e instanceof Error; e = e.cause) {
    chain.push({ name: e.name, message: e.message, ...('type' in e ? { type: String(e.type) } : {}) });
  }
  return chain;
}
