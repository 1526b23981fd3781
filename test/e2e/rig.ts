import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { openLakeReader, type LakeReader } from '../../src/adapters/lake/index.js';
import { createFileObjectStore } from '../../src/adapters/object-store/index.js';
import type { CollectProgress, CollectSummary } from '../../src/domain/collection.js';
import { collectWorkflowId } from '../../src/names.js';
import { progressQuery } from '../../src/workflows/messages.js';
import { runCli, spawnCli } from '../support/cli.js';
import { startTemporal } from '../support/temporal.js';

export interface SourceSettings {
  url: string;
  token: string;
  baseId: string;
}

/** A Temporal server, a source, and as many lakes as a test wants; collections and workers run as users run them. */
export class Rig {
  private readonly root = mkdtempSync(join(tmpdir(), 'e2e-'));
  private readonly workers = new Map<ChildProcess, Promise<void>>();

  private constructor(
    readonly temporal: TestWorkflowEnvironment,
    private readonly source: SourceSettings,
  ) {}

  static async start(source: SourceSettings): Promise<Rig> {
    return new Rig(await startTemporal(), source);
  }

  /** Settings of one pipeline with a lake of its own. */
  settings(lake: string, more: Record<string, string> = {}): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: this.temporal.address,
      NOCODB_BASE_URL: this.source.url,
      NOCODB_API_TOKEN: this.source.token,
      NOCODB_PROJECT_ID: this.source.baseId,
      NOCODB_SOURCE: 'e2e',
      NOCODB_REQUESTS_PER_SECOND: '500',
      LAKE_DIR: this.lakeDir(lake),
      ...more,
    };
  }

  lakeDir(lake: string): string {
    return join(this.root, lake);
  }

  lake(name: string): LakeReader {
    return openLakeReader(createFileObjectStore(this.lakeDir(name)));
  }

  /** Starts `worker` and waits until it polls. */
  async worker(settings: Record<string, string>): Promise<ChildProcess> {
    const child = spawnCli(['worker'], settings);
    let output = '';
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.workers.set(child, ended);
    await new Promise<void>((resolve, reject) => {
      const listen = (data: Buffer) => {
        output += data.toString();
        if (/polling|running|ready/i.test(output)) resolve();
      };
      child.stdout?.on('data', listen);
      child.stderr?.on('data', listen);
      void ended.then(() => reject(new Error(`the worker ended:\n${output}`)));
    });
    return child;
  }

  async stop(worker: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    worker.kill(signal);
    await this.workers.get(worker);
    this.workers.delete(worker);
  }

  async stopAll(signal: NodeJS.Signals): Promise<void> {
    await Promise.all([...this.workers.keys()].map((worker) => this.stop(worker, signal)));
  }

  /** Runs `collect` to its end; exit codes other than those allowed are errors. */
  async collect(args: string[], settings: Record<string, string>, allowed = [0]): Promise<CollectSummary> {
    const { code, stdout, stderr } = await runCli(['collect', ...args, '--json'], settings);
    if (code === null || !allowed.includes(code)) {
      throw new Error(`collect ended with ${String(code)}:\n${stderr}\n${stdout}`);
    }
    const { summary } = JSON.parse(stdout) as { summary: CollectSummary };
    return summary;
  }

  /** Waits until the collection of a whole range has come so far. */
  async until(
    range: { startDate: string; endDate: string },
    condition: (progress: CollectProgress) => boolean,
  ): Promise<void> {
    const handle = this.temporal.client.workflow.getHandle(collectWorkflowId(range));
    for (;;) {
      // Queries fail while no worker runs and before the workflow exists.
      const progress = await handle.query(progressQuery).catch(() => null);
      if (progress !== null && condition(progress)) return;
      if (progress?.status === 'complete' || progress?.status === 'partial') {
        throw new Error('the collection ended before the condition came true');
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    await this.stopAll('SIGKILL');
    await this.temporal.teardown();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A database of the test's own. */
export function freshDatabase(): string {
  return `e2e_${randomUUID().slice(0, 8)}`;
}
