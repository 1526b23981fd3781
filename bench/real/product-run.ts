import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CollectReport } from '../../src/client/report.js';
import type { TemporalConnection } from '../../src/client/connection.js';
import type { Stack } from '../../src/devstack/stack.js';
import type { Product } from '../product.js';
import type { Sample } from './measurement.js';
import { childrenOf, cpuSeconds, peakRssMb, pinned, runCommand } from './process.js';

const MAIN = fileURLToPath(new URL('../../../dist/client/main.js', import.meta.url));
/** Requests a second: no limit, so that what is measured is the product and not its courtesy. */
export const UNLIMITED = '1000';
const READY_MS = 120_000;

/** Where conversations are read. */
export interface SourceAddress {
  url: string;
  token: string;
  baseId: string;
}

export interface RunOptions {
  dir: string;
  source: SourceAddress;
  batchSize: number;
  mongodb?: boolean;
  requestsPerSecond?: string;
  /** For Node, as in `--cpu-prof`. */
  nodeArgs?: readonly string[];
}

export interface Worker {
  pid: number;
  stop(): Promise<void>;
}

/** The product as users run it: Temporal, one worker process on all queues, commands. All in a folder of its own. */
export class ProductRun {
  private constructor(
    private readonly product: Product,
    private readonly options: RunOptions,
    readonly stack: Stack,
    private readonly temporal: TemporalConnection,
    private readonly worker: Worker,
  ) {}

  static async open(product: Product, options: RunOptions, log: (line: string) => void): Promise<ProductRun> {
    const dir = join(options.dir, 'product');
    await mkdir(dir, { recursive: true });
    const stack = await product.devstack.stack.startStack({
      dataDir: join(dir, 'stack'),
      ...(options.mongodb === true ? {} : { mongodbUri: false as const }),
      log: () => undefined,
      onEngineExit: log,
    });
    try {
      const { address, namespace } = stack.temporal;
      const target = { address, namespace, connectionOptions: { address } };
      const temporal = await product.connection.connectTemporal(target);
      const worker = await startWorker(product, { ...options, dir }, stack);
      return new ProductRun(product, { ...options, dir }, stack, temporal, worker);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  get mongoEngine(): string {
    return this.stack.mongodb?.engine ?? 'none';
  }

  /** `collect` as a command, with the worker's CPU and memory. */
  async collect(args: readonly string[]): Promise<Sample & { report: CollectReport }> {
    const { pid } = this.worker;
    const before = cpuSeconds(pid);
    const started = Date.now();
    const { stdout, commandWall } = await this.command([
      'collect',
      ...args,
      ...(this.options.mongodb === true ? [] : ['--no-mongodb']),
      '--json',
    ]);
    const after = cpuSeconds(pid);
    const report = JSON.parse(stdout) as CollectReport | null;
    if (report === null) throw new Error('collect had nothing to do');
    if (report.status !== 'complete') throw new Error(`the collection ended as ${report.status}`);
    return {
      wall: (Date.parse(report.closedAt ?? '') - (await this.begunAt(report.workflowId, started))) / 1000,
      commandWall,
      cpu: before === null || after === null ? null : after - before,
      messages: report.summary?.messages.stored ?? 0,
      peakRssMb: peakRssMb(pid),
      report,
    };
  }

  command(args: readonly string[]): Promise<{ stdout: string; commandWall: number }> {
    const { dir } = this.options;
    const env = environment(this.product, this.options, this.stack);
    return runCommand({ command: process.execPath, args: [MAIN, ...args], env, cwd: dir });
  }

  /** Start of the first execution: a long run goes on as new, under the same id. */
  private async begunAt(workflowId: string, since: number): Promise<number> {
    let first = Infinity;
    for await (const run of this.temporal.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      const at = run.startTime.getTime();
      if (at >= since) first = Math.min(first, at);
    }
    return first;
  }

  /** Ends the worker first, so that what Node writes at the end (profiles) is there. */
  async close(): Promise<void> {
    await this.worker.stop();
    await this.temporal.close();
    await this.stack.stop();
  }
}

async function startWorker(product: Product, options: RunOptions, stack: Stack): Promise<Worker> {
  const { supervisor } = product.devstack;
  const logFile = join(options.dir, 'worker.log');
  const env = environment(product, options, stack);
  const command = { command: process.execPath, args: [...(options.nodeArgs ?? []), MAIN, 'worker'] };
  const running = await supervisor.startProcess({
    name: 'worker',
    ...pinned({ ...command, env, cwd: options.dir }),
    cwd: options.dir,
    env,
    logFile,
    graceSeconds: 40,
  });
  try {
    await supervisor.waitUntilReady(
      running,
      async () => (await readFile(logFile, 'utf8')).includes('Worker polls'),
      READY_MS,
    );
    const [pid] = childrenOf(running.groupId, MAIN);
    if (pid === undefined) throw new Error('the process of the worker is not found in /proc');
    return { pid, stop: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

function environment(
  { devstack }: Product,
  { source, batchSize, requestsPerSecond = UNLIMITED }: RunOptions,
  stack: Stack,
): Record<string, string> {
  return {
    ...(devstack.supervisor.engineEnvironment() as Record<string, string>),
    ...stack.env,
    NOCODB_BASE_URL: source.url,
    NOCODB_API_TOKEN: source.token,
    NOCODB_PROJECT_ID: source.baseId,
    NOCODB_REQUESTS_PER_SECOND: requestsPerSecond,
    BATCH_SIZE: String(batchSize),
  };
}
