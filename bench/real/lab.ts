import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Product } from '../product.js';
import type { StageSettings } from '../stages.js';
import { openBase, seedKey, type Base } from './base.js';
import { loadDialogues, seedConversations, type SeedConversation, type Turn } from './conversations.js';
import type { Sample } from './measurement.js';
import { providePeers } from './peers.js';
import { runCommand } from './process.js';
import { UNLIMITED } from './product-run.js';
import type { StagesSpec, StagesWork } from './stages-process.js';

const STAGES = fileURLToPath(new URL('./stages-process.js', import.meta.url));
/** The product's defaults. */
const THREADS = { ioThreads: 4, processingThreads: 4, maxWorkers: 8 };

/** What the rows measure with; bases and peers are made when first asked for. */
export class Lab {
  private readonly bases = new Map<string, Promise<Base>>();
  private python: Promise<string> | undefined;
  private dialogues: { name: string; dialogues: Turn[][] } | undefined;

  constructor(
    readonly product: Product,
    readonly options: { conversations: number; dialogues?: string },
    readonly say: (line: string) => void,
  ) {}

  /** The main base. */
  base(): Promise<Base> {
    return this.baseOf(this.options.conversations);
  }

  baseOf(conversations: number): Promise<Base> {
    const { name, dialogues } = this.texts();
    const key = seedKey(`base-${conversations}`, [name, dialogues.length, this.options.dialogues]);
    return this.open(key, () => seedConversations(dialogues, conversations));
  }

  /** A base of other rows than the usual; it is opened once, and kept open. */
  open(key: string, conversations: () => Iterable<SeedConversation>): Promise<Base> {
    const known = this.bases.get(key);
    if (known !== undefined) return known;
    const base = openBase(this.product, { key, conversations }, this.say).then(async (opened) => {
      await warm(opened);
      return opened;
    });
    this.bases.set(key, base);
    return base;
  }

  texts(): { name: string; dialogues: Turn[][] } {
    return (this.dialogues ??= loadDialogues(this.product, this.options.dialogues));
  }

  peers(): Promise<string> {
    return (this.python ??= providePeers(
      this.product,
      this.product.devstack.paths.cacheDirectory(),
      this.say,
    ));
  }

  /** Runs work in a fresh folder, which is removed after it. */
  async scratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
    const dir = await mkdtemp(join(tmpdir(), 'bench-'));
    try {
      return await work(dir);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** Measures stages alone, in a process of their own. */
  stages(
    base: Base,
    work: StagesWork,
    {
      batchSize,
      cores,
      mongodbUri = null,
    }: { batchSize: number; cores?: number; mongodbUri?: string | null },
  ): Promise<Sample> {
    return this.scratch(async (dir) => {
      const settings: StageSettings = {
        nocodb: {
          baseUrl: base.url,
          apiToken: base.token,
          projectId: base.baseId,
          requestsPerSecond: Number(UNLIMITED),
        },
        days: daysBetween(base.startDate, base.endDate),
        batchSize,
        ...THREADS,
        mongodbUri,
        dir,
      };
      const spec: StagesSpec = { work, settings };
      const { stdout, commandWall } = await runCommand({
        command: process.execPath,
        args: [STAGES],
        cwd: dir,
        env: { ...this.product.devstack.supervisor.engineEnvironment(), BENCH_STAGES: JSON.stringify(spec) },
        ...(cores === undefined ? {} : { cores }),
      });
      const sample = { ...(JSON.parse(stdout) as Sample), commandWall };
      if (sample.messages !== base.rows.messages) {
        throw new Error(`${work}: ${sample.messages ?? 0} messages of ${base.rows.messages}`);
      }
      return sample;
    });
  }

  async close(): Promise<void> {
    for (const base of this.bases.values()) await base.then((open) => open.stop()).catch(() => undefined);
  }
}

/** Reads the tables once, so that the first row measured finds the database's memory as the others do. */
async function warm({ postgres, baseId }: Base): Promise<void> {
  for (const table of ['conversations', 'messages']) {
    await postgres.query(`SELECT count(*), max(id) FROM "${baseId}".${table} WHERE id > 0`);
  }
}

export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let time = Date.parse(first); time <= Date.parse(last); time += 86_400_000) {
    days.push(new Date(time).toISOString().slice(0, 10));
  }
  return days;
}
