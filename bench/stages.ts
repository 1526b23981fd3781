import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { StagedLabels } from '../src/adapters/staging/threads.js';
import type { NocodbConfig } from '../src/config.js';
import type { BatchLabeller } from '../src/ports/batch-labeller.js';
import type { ConversationSource } from '../src/ports/conversation-source.js';
import type { CpuPool } from '../src/ports/cpu-pool.js';
import type { Lake } from '../src/ports/lake.js';
import type { Projection } from '../src/ports/projection.js';
import { createSlots, mapLimited, measure, type Cost } from './clock.js';
import type { Product } from './product.js';
import { Reading, type Batch, type RawBatch } from './reading.js';

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

interface Facts {
  facts: Uint8Array;
  messages: number;
}

/** What is staged of a batch for its storing. */
interface LabelledBatch extends StagedLabels {
  messages: number;
}

const RUN_ID = 'bench';

/** The stages over the product's own adapters, without Temporal: each alone, then all of them as one pipeline. */
export class Stages {
  private readonly signal = new AbortController().signal;
  private readonly pool: CpuPool;
  private readonly source: ConversationSource;
  private readonly rows: Reading;
  private readonly databases: Projection[] = [];

  private constructor(
    private readonly product: Product,
    private readonly settings: StageSettings,
    private readonly labeller: BatchLabeller,
    /** What labels, as the product chooses it. */
    readonly engine: string,
  ) {
    this.pool = product.pool.createCpuPool(settings.processingThreads, {
      roles: {},
      statuses: {},
      storeText: 'all',
    });
    this.source = product.nocodb.createNocoDbSource(settings.nocodb);
    const { days, batchSize, dir } = settings;
    const staging = product.objectStore.createFileObjectStore(join(dir, 'staging'));
    this.rows = new Reading(product, this.source, staging, { runId: RUN_ID, days, batchSize });
  }

  static async open(product: Product, settings: StageSettings, log: (line: string) => void): Promise<Stages> {
    const classifier = await product.classifier.createClassifier({
      gpu: { enabled: false, memoryLimitMb: 4096 },
      log,
    });
    const { engine } = classifier;
    const { inlineLabeller, threadedLabeller } = product.labeller;
    const isThreaded = engine === product.classifier.TYPED_ARRAYS;
    const labeller = isThreaded ? threadedLabeller({ modelDir: undefined }) : inlineLabeller(classifier);
    return new Stages(product, settings, labeller, engine);
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
    onStage('warming up');
    await this.warmUp(await this.plan());

    const { batches, raw } = await stage('plan and fetch', async () => {
      const planned = await this.plan();
      return { batches: planned, raw: await mapLimited(planned, ioThreads, (batch) => this.fetch(batch)) };
    });
    const facts = await stage('process', () =>
      mapLimited(raw, processingThreads, (batch) => this.process(batch)),
    );
    const labelled = await stage('categorize', () => mapLimited(facts, 1, (batch) => this.categorize(batch)));
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
        mapLimited(labelled, ioThreads, (rows) => this.writeMongo(mongo, rows)),
      );
    }
    const messages = add(labelled.map((rows) => rows.messages));
    return results.map((result) => ({ ...result, messages }));
  }

  /** All stages as one pipeline with the slots of the queues: what a run would cost if orchestrating it cost nothing. */
  async pipeline(): Promise<StageResult> {
    const mongo = await this.openMongo();
    const { value: messages, cost } = await measure(async () =>
      this.flow(await this.plan(), (batch) => this.fetch(batch), mongo),
    );
    return { name: 'all stages, no orchestration', messages, cost };
  }

  /** The same from rows that are read already, without MongoDB: the stages that need nothing but CPU. */
  async cpuPipeline(): Promise<StageResult> {
    const batches = await this.plan();
    const raw = new Map(await this.fetchAll(batches));
    const { value: messages, cost } = await measure(() =>
      this.flow(batches, async (batch) => raw.get(batch) ?? this.fetch(batch), null),
    );
    return { name: 'CPU stages', messages, cost };
  }

  /** Planning and reading alone. */
  async reading(): Promise<StageResult> {
    const { ioThreads } = this.settings;
    const { value: read, cost } = await measure(async () =>
      mapLimited(await this.plan(), ioThreads, (batch) => this.fetch(batch)),
    );
    return { name: 'plan and fetch', messages: add(read.map((batch) => this.rows.count(batch))), cost };
  }

  /** MongoDB's own bulk writes of all documents, which are made before. */
  async mongoWrite(): Promise<StageResult> {
    const mongo = await this.openMongo();
    if (mongo === null) throw new Error('there is no MongoDB to write to');
    const batches = await this.plan();
    const raw = await this.fetchAll(batches);
    const labelled = await mapLimited(raw, this.settings.processingThreads, async ([, batch]) =>
      this.categorize(await this.process(batch)),
    );
    const documents = labelled.map((rows) => [...this.product.threads.joinLabelled(rows, 'all')]);
    const { cost } = await measure(() =>
      mapLimited(documents, this.settings.ioThreads, (threads) => mongo.write(threads, this.signal)),
    );
    return { name: 'store mongo', messages: add(labelled.map(({ messages }) => messages)), cost };
  }

  /** @returns messages stored */
  private async flow(
    batches: readonly Batch[],
    fetch: (batch: Batch) => Promise<RawBatch>,
    mongo: Projection | null,
  ): Promise<number> {
    const { ioThreads, processingThreads, maxWorkers } = this.settings;
    const slots = {
      source: createSlots(ioThreads),
      process: createSlots(processingThreads),
      categorize: createSlots(1),
      main: createSlots(ioThreads),
    };
    const lake = this.openLake('pipeline');
    const counted = await mapLimited(batches, maxWorkers, async (batch) => {
      const raw = await slots.source(() => fetch(batch));
      const facts = await slots.process(() => this.process(raw));
      const labelled = await slots.categorize(() => this.categorize(facts));
      await Promise.all([
        slots.process(() => this.storeLake(lake, batch, labelled)),
        mongo === null ? null : slots.main(() => this.writeMongo(mongo, labelled)),
      ]);
      return labelled.messages;
    });
    await this.commit(lake, batches);
    return add(counted);
  }

  private fetchAll(batches: readonly Batch[]): Promise<[Batch, RawBatch][]> {
    return mapLimited(batches, this.settings.ioThreads, async (batch) => [batch, await this.fetch(batch)]);
  }

  async close(): Promise<void> {
    await Promise.allSettled([
      this.pool.close(),
      this.source.close(),
      this.labeller.close(),
      ...this.databases.map((database) => database.close()),
    ]);
  }

  private plan(): Promise<Batch[]> {
    return this.rows.plan(this.signal);
  }

  /** Starts the threads and lets the engine compile the hot paths: a worker pays for both once, not once a run. */
  private async warmUp(batches: readonly Batch[]): Promise<void> {
    const first = batches[0];
    if (first === undefined) throw new Error('the source has no conversations in this range');
    const raw = await this.fetch(first);
    const { processingThreads } = this.settings;
    const warm = Array.from({ length: processingThreads * 2 }, () => raw);
    const [facts] = await mapLimited(warm, processingThreads, (batch) => this.process(batch));
    if (facts !== undefined) await this.categorize(facts);
  }

  private fetch(batch: Batch): Promise<RawBatch> {
    return this.rows.read(batch, this.signal);
  }

  private async process(batch: RawBatch): Promise<Facts> {
    const context = { source: 'bench', runId: RUN_ID };
    const { facts, messages } =
      'raw' in batch
        ? await this.pool.process(batch.raw, context, this.signal)
        : await this.pool.processSwept(batch.swept, context, this.signal);
    return { facts, messages: messages.stored };
  }

  private async categorize({ facts, messages }: Facts): Promise<LabelledBatch> {
    return { facts, labelled: await this.labeller.label(facts, new Map(), this.signal), messages };
  }

  private writeMongo(mongo: Projection, rows: LabelledBatch): Promise<void> {
    return mongo.write([...this.product.threads.joinLabelled(rows, 'all')], this.signal);
  }

  private async storeLake(lake: Lake, { ref }: Batch, staged: LabelledBatch): Promise<void> {
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

function add(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
