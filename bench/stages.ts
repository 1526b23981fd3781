import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { StagedLabels } from '../src/adapters/staging/threads.js';
import type { NocodbConfig } from '../src/config.js';
import type { BatchRange } from '../src/domain/collection.js';
import type { RawThread, Reject } from '../src/domain/records.js';
import type { LabelledThread } from '../src/domain/thread.js';
import type { ConversationSource } from '../src/ports/conversation-source.js';
import type { CpuPool } from '../src/ports/cpu-pool.js';
import type { BatchRef, Lake } from '../src/ports/lake.js';
import type { Projection } from '../src/ports/projection.js';
import type { TextClassifier } from '../src/ports/text-classifier.js';
import { createSlots, mapLimited, measure, type Cost } from './clock.js';
import type { Product } from './product.js';

export interface StageSettings {
  nocodb: NocodbConfig;
  /** Inclusive UTC days, `YYYY-MM-DD`. */
  days: readonly string[];
  batchSize: number;
  ioThreads: number;
  processingThreads: number;
  /** Batches in flight of the direct pipeline. */
  maxWorkers: number;
  mongodbUri: string | null;
  /** Scratch directory. */
  dir: string;
}

export interface StageResult {
  name: string;
  messages: number;
  cost: Cost;
}

interface Batch {
  ref: BatchRef;
  range: BatchRange;
}

/** Rows of a batch, as they are and as they are staged. */
interface LabelledBatch {
  threads: LabelledThread[];
  staged: StagedLabels;
}

const RUN_ID = 'bench';
const MAX_BATCHES = 500;

/** The stages over the product's own adapters, without Temporal: each alone, then all of them as one pipeline. */
export class Stages {
  private readonly signal = new AbortController().signal;
  private readonly pool: CpuPool;
  private readonly source: ConversationSource;
  private readonly databases: Projection[] = [];

  private constructor(
    private readonly product: Product,
    private readonly settings: StageSettings,
    private readonly classifier: TextClassifier,
  ) {
    this.pool = product.pool.createCpuPool(settings.processingThreads, {
      roles: {},
      statuses: {},
      storeText: 'all',
    });
    this.source = product.nocodb.createNocoDbSource(settings.nocodb);
  }

  static async open(product: Product, settings: StageSettings, log: (line: string) => void): Promise<Stages> {
    const classifier = await product.classifier.createClassifier({
      gpuEnabled: false,
      gpuMemoryLimitMb: 4096,
      log,
    });
    return new Stages(product, settings, classifier);
  }

  get engine(): string {
    return this.classifier.engine;
  }

  /** Each stage alone, over all batches, with the slots that its queue has. */
  async each(onStage: (name: string) => void): Promise<StageResult[]> {
    const { ioThreads, processingThreads } = this.settings;
    const results: StageResult[] = [];
    const stage = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      onStage(name);
      const { value, cost } = await measure(work);
      results.push({ name, messages: 0, cost });
      return value;
    };
    onStage('plan');
    const batches = await this.plan();
    await this.warmUp(batches);

    const raw = await stage('fetch', () => mapLimited(batches, ioThreads, (batch) => this.fetch(batch)));
    const facts = await stage('process', () =>
      mapLimited(raw, processingThreads, ({ threads }) => this.process(threads)),
    );
    const labelled = await stage('categorize', () => mapLimited(facts, 1, (bytes) => this.categorize(bytes)));
    const lake = this.openLake('each');
    const pairs = batches.flatMap((batch, index) => {
      const rows = labelled[index];
      return rows === undefined ? [] : [{ batch, rows }];
    });
    await stage('store lake', () =>
      mapLimited(pairs, processingThreads, ({ batch, rows }) => this.storeLake(lake, batch, rows)),
    );
    await stage('commit days', () => this.commit(lake, batches));
    const mongo = await this.openMongo();
    if (mongo !== null) {
      await stage('store mongo', () =>
        mapLimited(labelled, ioThreads, ({ threads }) => mongo.write(threads, this.signal)),
      );
    }
    const messages = labelled.reduce((sum, { threads }) => sum + countMessages(threads), 0);
    return results.map((result) => ({ ...result, messages }));
  }

  /** All stages as one pipeline with the slots of the queues: what a run would cost if orchestrating it cost nothing. */
  async pipeline(): Promise<StageResult> {
    const { ioThreads, processingThreads, maxWorkers } = this.settings;
    const slots = {
      source: createSlots(ioThreads),
      process: createSlots(processingThreads),
      categorize: createSlots(1),
      main: createSlots(ioThreads),
    };
    const lake = this.openLake('pipeline');
    const mongo = await this.openMongo();
    const { value: counts, cost } = await measure(async () => {
      const batches = await this.plan();
      const counted = await mapLimited(batches, maxWorkers, async (batch) => {
        const { threads } = await slots.source(() => this.fetch(batch));
        const facts = await slots.process(() => this.process(threads));
        const labelled = await slots.categorize(() => this.categorize(facts));
        await Promise.all([
          slots.process(() => this.storeLake(lake, batch, labelled)),
          mongo === null ? null : slots.main(() => mongo.write(labelled.threads, this.signal)),
        ]);
        return countMessages(labelled.threads);
      });
      await this.commit(lake, batches);
      return counted;
    });
    return { name: 'all stages, no orchestration', messages: counts.reduce((a, b) => a + b, 0), cost };
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      this.pool.close(),
      this.source.close(),
      this.classifier.close(),
      ...this.databases.map((database) => database.close()),
    ]);
  }

  private async plan(): Promise<Batch[]> {
    await this.source.survey(undefined, this.signal);
    const batches: Batch[] = [];
    for (const day of this.settings.days) {
      let cursor: string | null = null;
      let batch = 0;
      do {
        const page = await this.source.planDay(
          { day },
          { batchSize: this.settings.batchSize, maxBatches: MAX_BATCHES, cursor },
          this.signal,
        );
        for (const range of page.batches) {
          batches.push({ ref: { runId: RUN_ID, day, batch: batch++ }, range });
        }
        ({ cursor } = page);
      } while (cursor !== null);
    }
    return batches;
  }

  /** Starts the threads and lets the engine compile the hot paths: a worker pays for both once, not once a run. */
  private async warmUp(batches: readonly Batch[]): Promise<void> {
    const first = batches[0];
    if (first === undefined) throw new Error('the source has no conversations in this range');
    const { threads } = await this.fetch(first);
    const { processingThreads } = this.settings;
    const warm = Array.from({ length: processingThreads * 2 }, () => threads);
    const [facts] = await mapLimited(warm, processingThreads, (rows) => this.process(rows));
    if (facts !== undefined) await this.categorize(facts);
  }

  private fetch({ ref, range }: Batch): Promise<{ threads: RawThread[]; rejects: Reject[] }> {
    return this.source.readBatch({ day: ref.day, ...range, runId: RUN_ID }, this.signal);
  }

  private async process(threads: readonly RawThread[]): Promise<Uint8Array> {
    const raw = this.product.staging.encodeNdjson(threads);
    const { facts } = await this.pool.process(raw, { source: 'bench', runId: RUN_ID }, this.signal);
    return facts;
  }

  private async categorize(facts: Uint8Array): Promise<LabelledBatch> {
    const threads = [...this.product.threads.iterateFacts(facts)];
    const labelled = await this.product.categorize.categorizeThreads(threads, this.classifier, this.signal);
    return { threads: labelled, staged: { facts, labelled: this.product.threads.encodeLabelled(labelled) } };
  }

  private async storeLake(lake: Lake, { ref }: Batch, { staged }: LabelledBatch): Promise<void> {
    const parts = await this.pool.encodeParts(staged, this.signal);
    await lake.putParts(ref, parts, [], this.signal);
  }

  private async commit(lake: Lake, batches: readonly Batch[]): Promise<void> {
    const days = [...new Set(batches.map(({ ref }) => ref.day))];
    await mapLimited(days, this.settings.processingThreads, async (day) => {
      const own = batches.filter(({ ref }) => ref.day === day);
      const now = Date.now();
      await lake.commitDay(
        {
          runId: RUN_ID,
          day,
          appId: null,
          plannedBatches: own.length,
          plannedAt: now,
          sourceCount: own.reduce((sum, { range }) => sum + range.count, 0),
          complete: true,
          coveredUntil: now,
        },
        this.signal,
      );
    });
  }

  private openLake(name: string): Lake {
    const store = this.product.objectStore.createFileObjectStore(join(this.settings.dir, `lake-${name}`));
    return this.product.lake.createLake({ store, tempDir: join(this.settings.dir, `tmp-${name}`) });
  }

  private async openMongo(): Promise<Projection | null> {
    const { mongodbUri: uri } = this.settings;
    if (uri === null) return null;
    const database = `bench_${randomUUID().slice(0, 8)}`;
    const projection = this.product.mongo.createMongoProjection({ uri, database });
    this.databases.push(projection);
    await projection.prepare(this.signal);
    return projection;
  }
}

function countMessages(threads: readonly LabelledThread[]): number {
  return threads.reduce((sum, thread) => sum + thread.messages.length, 0);
}
