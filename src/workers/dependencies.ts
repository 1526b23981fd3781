import { readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createClassifier, TYPED_ARRAYS } from '../adapters/classifier/index.js';
import { createHumanLabelStore } from '../adapters/human-labels/index.js';
import { createLake } from '../adapters/lake/index.js';
import { createMongoProjection } from '../adapters/mongo/index.js';
import { createProjectionRebuild, type ProjectionRebuild } from '../adapters/mongo/rebuild.js';
import { createNocoDbSource, parseMapping } from '../adapters/nocodb/index.js';
import { requireNocodb, type Config } from '../config.js';
import type { ReportCalendar } from '../domain/report/period.js';
import type { BatchLabeller } from '../ports/batch-labeller.js';
import type { ConversationSource } from '../ports/conversation-source.js';
import type { CpuPool } from '../ports/cpu-pool.js';
import type { HumanLabelStore } from '../ports/human-labels.js';
import type { Lake } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { Projection } from '../ports/projection.js';
import type { TextClassifier } from '../ports/text-classifier.js';
import { collectSettings, type CollectSettings } from '../starting.js';
import { createObjectStore } from './object-store.js';
import { createReports, type Reports } from './reports.js';
import { inlineLabeller, threadedLabeller } from './threads/labeller.js';
import { createCpuPool } from './threads/pool.js';

/** Adapters, each made when first asked for: a worker that polls one queue opens only what that queue needs. */
export class Dependencies {
  private readonly closers: (() => Promise<void>)[] = [];
  private readonly made = new Map<string, unknown>();
  private readonly classifiers = new Map<string, Promise<TextClassifier>>();

  constructor(
    private readonly config: Config,
    private readonly log: Logger,
  ) {}

  get store(): ObjectStore {
    return this.once('store', () => createObjectStore(this.config));
  }

  get lake(): Lake {
    return this.once('lake', () =>
      createLake({ store: this.store, tempDir: join(tmpdir(), 'conversation-analytics') }),
    );
  }

  get source(): ConversationSource {
    return this.once('source', () =>
      createNocoDbSource(requireNocodb(this.config), { onNotice: (line) => this.log.info(line) }),
    );
  }

  /** Prefix of every key. */
  get sourceName(): string {
    const nocodb = requireNocodb(this.config);
    return nocodb.source ?? nocodb.projectId;
  }

  /** A reading of changes begins so long before the end of the last one. */
  get overlapMs(): number {
    return this.config.overlapSeconds * 1000;
  }

  get projection(): Projection | null {
    const { mongodb } = this.config;
    return mongodb === null ? null : this.once('projection', () => createMongoProjection(mongodb));
  }

  get pool(): CpuPool {
    const { multithreading } = this.config.concurrency;
    const threads = multithreading ? cpuThreads(this.config) : 0;
    return this.once('pool', () =>
      createCpuPool(threads, { ...this.extensions(), storeText: this.storeText }),
    );
  }

  /** Reports: their numbers, where they are stored, and who gets them. */
  get reports(): Reports {
    return this.once('reports', () => createReports(this.config, this.store));
  }

  /** What scheduled work is started with. */
  get starting(): { collect: CollectSettings; calendar: ReportCalendar; settleMs: number; waitMs: number } {
    const { timezone, weekStart, settleMs, waitMs } = this.config.reports;
    return { collect: collectSettings(this.config), calendar: { timezone, weekStart }, settleMs, waitMs };
  }

  get storeText(): Config['storeText'] {
    return this.config.storeText;
  }

  get labels(): HumanLabelStore {
    return this.once('labels', () => createHumanLabelStore(this.store));
  }

  /** For the labels of days that are labelled again. */
  get projectionRebuild(): ProjectionRebuild | null {
    const { mongodb } = this.config;
    return mongodb === null ? null : this.once('projectionRebuild', () => createProjectionRebuild(mongodb));
  }

  /** @param modelDir default: the model that is configured; each directory is loaded once */
  classifier(modelDir: string | undefined = this.config.modelDir): Promise<TextClassifier> {
    const key = modelDir ?? '';
    const known = this.classifiers.get(key);
    if (known !== undefined) return known;
    const made = this.createClassifier(modelDir);
    this.classifiers.set(key, made);
    // Files that are put right are read again.
    made.catch(() => this.classifiers.delete(key));
    return made;
  }

  /** Labels batches with the configured model: typed arrays in a thread, a native engine here. */
  async labeller(): Promise<BatchLabeller> {
    const { modelDir, concurrency } = this.config;
    const classifier = await this.chooseEngine(modelDir);
    const isThreaded = classifier.engine === TYPED_ARRAYS && concurrency.multithreading;
    const labeller = isThreaded ? threadedLabeller({ modelDir }) : inlineLabeller(classifier);
    this.closers.push(() => labeller.close());
    return labeller;
  }

  private async createClassifier(modelDir: string | undefined): Promise<TextClassifier> {
    const classifier = await this.chooseEngine(modelDir);
    this.closers.push(() => classifier.close());
    return classifier;
  }

  private chooseEngine(modelDir: string | undefined): Promise<TextClassifier> {
    const { gpu } = this.config;
    return createClassifier({ modelDir, gpu, log: (line) => this.log.info(line) });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.closers.reverse().map((close) => close()));
  }

  /** Roles and statuses that the mapping file adds. */
  private extensions() {
    const path = this.config.nocodb?.mapping;
    const { roles, statuses } =
      path === undefined ? { roles: {}, statuses: {} } : parseMapping(readFileSync(path, 'utf8'));
    return { roles, statuses };
  }

  private once<T extends object>(name: string, make: () => T): T {
    const known = this.made.get(name);
    if (known !== undefined) return known as T;
    const value = make();
    this.made.set(name, value);
    if ('close' in value) this.closers.push(() => (value as { close(): Promise<void> }).close());
    return value;
  }
}

/** More at a time than cores would hold more batches, and load more code and models, only to wait for each other. */
export function cpuThreads({ concurrency }: Config): number {
  return Math.min(concurrency.processingThreads, availableParallelism());
}
