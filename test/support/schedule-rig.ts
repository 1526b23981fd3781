import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { startTemporal, type TemporalServer } from '../../src/devstack/engines/temporal.js';
import { freePort } from '../../src/devstack/ports.js';
import { QUEUES, SCHEDULED_FOR, WORKFLOWS } from '../../src/names.js';
import { temporalBinary } from './engines.js';
import { quietRuntime, workflowBundle } from './temporal.js';

export interface Firing {
  workflowId: string;
  /** Epoch ms: what the Schedule says, and when it really began. */
  scheduledFor: number;
  startedAt: number;
  status: string;
}

/** A Temporal server of one's own that can be stopped and started again on its data, with a worker. */
export class ScheduleRig {
  client!: Client;
  private dir!: string;
  private ports!: { port: number; uiPort: number };
  private server!: TemporalServer;
  private connection!: Connection;
  private stopWorker: (() => Promise<void>) | null = null;

  /** @param activities of the main and the process queue; without them, the worker is somebody else's */
  constructor(private readonly activities: (() => { main: object; process: object }) | null) {}

  get address(): string {
    return this.server.address;
  }

  async start(): Promise<void> {
    quietRuntime();
    this.dir = await mkdtemp(join(tmpdir(), 'schedules-'));
    this.ports = { port: await freePort(), uiPort: await freePort() };
    await this.startServer();
    this.connection = await Connection.connect({ address: this.address });
    this.client = new Client({ connection: this.connection });
    await this.startWorker();
  }

  async startServer(): Promise<void> {
    this.server = await startTemporal({
      binary: temporalBinary(),
      databaseFile: join(this.dir, 'temporal.db'),
      logFile: join(this.dir, 'temporal.log'),
      ...this.ports,
    });
  }

  async stopServer(): Promise<void> {
    await this.server.process.stop();
  }

  async startWorker(): Promise<void> {
    if (this.activities === null) return;
    const connection = await NativeConnection.connect({ address: this.address });
    const { main, process } = this.activities();
    const options = { connection, maxHeartbeatThrottleInterval: '100ms' as const };
    const workers = await Promise.all([
      Worker.create({
        ...options,
        taskQueue: QUEUES.main,
        workflowBundle: await workflowBundle(),
        activities: main,
      }),
      Worker.create({ ...options, taskQueue: QUEUES.process, activities: process }),
    ]);
    const runs = workers.map((worker) => worker.run());
    this.stopWorker = async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
      await connection.close();
    };
  }

  async endWorker(): Promise<void> {
    await this.stopWorker?.();
    this.stopWorker = null;
  }

  async stop(): Promise<void> {
    await this.endWorker();
    await this.connection.close();
    await this.stopServer();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Firings of a Schedule so far, in the order of their scheduled times. */
  async firings(name: string): Promise<Firing[]> {
    const found: Firing[] = [];
    for await (const run of this.client.workflow.list({ query: `WorkflowType = '${WORKFLOWS.tick}'` })) {
      if (!run.workflowId.startsWith(`tick/${name}-`)) continue;
      const scheduledFor = run.typedSearchAttributes.get(SCHEDULED_FOR);
      if (scheduledFor === undefined) throw new Error(`${run.workflowId} was not scheduled`);
      found.push({
        workflowId: run.workflowId,
        scheduledFor: scheduledFor.getTime(),
        startedAt: run.startTime.getTime(),
        status: run.status.name,
      });
    }
    return found.sort((a, b) => a.scheduledFor - b.scheduledFor);
  }
}
