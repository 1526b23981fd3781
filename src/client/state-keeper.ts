import { readFailures } from '../adapters/run-records/index.js';
import type { Config } from '../config.js';
import type { CollectInput, CollectProgress } from '../domain/collection.js';
import type { ObjectStore } from '../ports/object-store.js';
import { coverageOf } from '../adapters/lake/covered-days.js';
import { describeError, UsageError } from './errors.js';
import { parseState, stateOf, type ProcessingState, type StateDetails } from './state-file.js';
import { fileState, objectState, type StatePlace } from './state-places.js';

/** Counters change by the second; a state that is a little older serves as well. */
const WRITE_EVERY_MS = 2_000;

export interface StateOptions {
  /** Path of a file. */
  stateFile?: string | undefined;
  /** Keep it in the lake's store. */
  s3State?: boolean | undefined;
}

/** What a run is to the state. */
export interface StateRun {
  workflowId: string;
  /** First execution of its chain. */
  runId: string;
  input: CollectInput;
}

/** Refuses a file that is not ours before anything is started. @throws UsageError */
export async function checkStateFile({ stateFile }: StateOptions): Promise<void> {
  if (stateFile === undefined) return;
  const place = fileState(stateFile);
  parseState(await place.read(), null, place);
}

/**
 * Opens the place that was asked for; null where none was. What lies there and cannot be used is kept under another name
 * and told, so that nothing is lost in silence.
 */
export async function openState(
  options: StateOptions,
  config: Config,
  tell: (line: string) => void,
): Promise<StateKeeper | null> {
  const { stateFile, s3State } = options;
  if (stateFile === undefined && s3State !== true) return null;
  if (s3State === true && config.lake.s3 === null) {
    throw new UsageError(
      '--use-s3-state keeps the state in the bucket of the lake, and the lake is in a directory here.\n' +
        'Set S3_ENABLED=true and S3_BUCKET, or keep it in a file: --state-file processing_state.json',
    );
  }
  const { createFileObjectStore, createS3ObjectStore } = await import('../adapters/object-store/index.js');
  const { dir, s3 } = config.lake;
  const store = s3 === null ? createFileObjectStore(dir) : createS3ObjectStore({ ...s3, cacheDir: dir });
  try {
    const place = stateFile === undefined ? objectState(store) : fileState(stateFile);
    const source = config.nocodb?.source ?? config.nocodb?.projectId ?? null;
    const found = parseState(await place.read(), source, place);
    if (found.kind === 'unusable') {
      tell(
        `The state at ${place.name} cannot be used: ${found.why}. It is kept as ${await place.keepAside()}.`,
      );
    }
    return new StateKeeper(place, store, source, found.kind === 'ours' ? found.state : null, tell);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Writes the state of one run as it goes on. A state that cannot be written is told, and never ends a run. */
export class StateKeeper {
  private run: StateRun | null = null;
  private progress: CollectProgress | null = null;
  private details: StateDetails = { committed: null, failedBatches: null };
  private detailsOf = '';
  private writing: Promise<void> = Promise.resolve();
  private isWriting = false;
  private writtenAt = Number.NEGATIVE_INFINITY;
  private hasComplained = false;

  constructor(
    private readonly place: StatePlace,
    private readonly store: ObjectStore,
    private readonly source: string | null,
    /** What lay there before. */
    readonly previous: ProcessingState | null,
    private readonly tell: (line: string) => void,
  ) {}

  /** From now on the state is that of this run. */
  async begin(run: StateRun): Promise<void> {
    this.run = run;
    await this.write('running');
  }

  /** Takes note of the counters; writes now and then. */
  update(progress: CollectProgress): void {
    this.progress = progress;
    if (this.isWriting || Date.now() - this.writtenAt < WRITE_EVERY_MS) return;
    this.isWriting = true;
    this.writing = this.write(progress.status).finally(() => {
      this.isWriting = false;
    });
  }

  /** Writes how it stands at the end of the command, or of the run. */
  async end(status: CollectProgress['status'], progress: CollectProgress | null): Promise<void> {
    await this.writing;
    this.progress = progress ?? this.progress;
    if (this.run !== null) await this.write(status);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.store.close();
  }

  private async write(status: CollectProgress['status']): Promise<void> {
    try {
      await this.readDetails();
      await this.place.write(this.text(status));
    } catch (error) {
      if (!this.hasComplained) {
        this.tell(
          `The state cannot be written to ${this.place.name}: ${describeError(error).lines[0] ?? ''}. The run goes on.`,
        );
      }
      this.hasComplained = true;
    }
    this.writtenAt = Date.now();
  }

  private text(status: CollectProgress['status']): string {
    const { run, progress, details, source } = this;
    if (run === null) throw new Error('the state has no run yet');
    return `${JSON.stringify(stateOf({ source, run, status, progress, details, now: Date.now() }), null, 2)}\n`;
  }

  /** Asks the lake again where the counters say that there is something new. */
  private async readDetails(): Promise<void> {
    const { run, progress } = this;
    if (run === null || progress === null) return;
    const version = `${progress.days.done}/${progress.batches.failed}`;
    if (version === this.detailsOf) return;
    const { startDate, endDate, appId } = run.input;
    try {
      const { openLakeReader } = await import('../adapters/lake/index.js');
      const manifests = await openLakeReader(this.store).committedDays({ start: startDate, end: endDate });
      const own = coverageOf(manifests, appId ?? null).filter((day) => day.runId === run.runId);
      this.details = {
        committed: Object.fromEntries(own.map(({ day, state }) => [day, state])),
        failedBatches: await readFailures(this.store, run.runId),
      };
      this.detailsOf = version;
    } catch {
      // The lake is not readable from here, as may be where workers run elsewhere: the state says so by null.
    }
  }
}
