import { PipelineError } from '../../domain/errors.js';
import type { Reject } from '../../domain/records.js';
import { CONVERSATIONS, DAY_TABLES } from '../../domain/schema.js';
import type { EncodedPart } from '../../ports/cpu-pool.js';
import type {
  BatchRef,
  CommitDayInput,
  CommitDayResult,
  DayManifest,
  DropGoneInput,
  Lake,
} from '../../ports/lake.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { readChangedRows } from '../staging/changed-rows.js';
import { mergeCoverage } from './coverage.js';
import { commitChange, tidyAfterCommit, type CommitDeps } from './day-commit.js';
import { DuckDb, literal } from './duckdb.js';
import { manifestKey } from './layout.js';
import { Manifests } from './manifests.js';
import { findElsewhere, finishMoves, splitMoves } from './moves.js';
import {
  closeStagedDay,
  fetchParts,
  putBatch,
  readRejects,
  readStagedDay,
  sweepStaging,
  type StagedDay,
} from './staged-batches.js';

export interface LakeOptions {
  store: ObjectStore;
  /** For merges: results before they are uploaded, and what does not fit in memory. */
  tempDir: string;
  /** One line a notable event; never text of conversations. */
  log?: (line: string) => void;
}

/** The lake on an object store; docs/lake.md describes its layout and its commit. */
export function createLake(options: LakeOptions): Lake {
  return new ParquetLake(options);
}

class ParquetLake implements Lake {
  private readonly store: ObjectStore;
  private readonly manifests: Manifests;
  private sweptStaging = false;

  constructor(private readonly options: LakeOptions) {
    this.store = options.store;
    this.manifests = new Manifests(options.store);
  }

  async putParts(ref: BatchRef, parts: EncodedPart[], rejects: Reject[], signal: AbortSignal): Promise<void> {
    await putBatch(this.store, ref, parts, rejects, signal);
  }

  async commitDay(
    input: CommitDayInput,
    signal: AbortSignal,
    onProgress: () => void = () => undefined,
  ): Promise<CommitDayResult> {
    const staged = await readStagedDay(this.store, input, signal);
    const { receipt } = staged;
    if (receipt !== null && staged.batches.length === 0 && sameInput(receipt.input, input)) {
      await closeStagedDay(this.store, receipt, signal);
      return receipt.result;
    }
    const applied = appliedAttempts(staged);
    const complete = input.complete && isWhole(input, applied);
    const elsewhere = await listedElsewhere(this.store, input, signal);
    const deps = this.deps(onProgress);
    const pending = await this.manifests.read(input.day, signal);
    if (pending !== null) await finishMoves(deps, pending.manifest, signal);

    const committed = await commitChange(
      deps,
      {
        day: input.day,
        runId: input.runId,
        load: async (merge, folder) => {
          for (const table of DAY_TABLES) {
            await merge.addParts(
              table,
              await fetchParts(this.store, staged, table.file, folder, signal),
              signal,
            );
            onProgress();
          }
          merge.addRejects(await readRejects(this.store, staged, signal));
        },
        plan: async (before, merge) => {
          const arrived = await merge.possiblyMovedHere(elsewhere, signal);
          const found = await findElsewhere(merge.db, this.store, this.manifests, input.day, arrived, signal);
          const { movedIn, movedOut } = splitMoves(arrived, found);
          return {
            full: complete && input.rowsKey === undefined ? input : null,
            movedIn,
            movedOut: [...(before?.moved_out ?? []), ...movedOut],
            coverage: mergeCoverage(before?.coverage ?? {}, input, complete),
          };
        },
      },
      signal,
    );
    if (committed === null) throw new PipelineError('LakeConflict', `${input.day}: nothing was committed`);
    const { manifest, deleted } = committed;
    onProgress();
    await finishMoves(deps, manifest, signal);
    await tidyAfterCommit(deps, input.day, signal);
    const result = commitResult(manifest, deleted);
    await closeStagedDay(this.store, { input, result, applied }, signal);
    await this.sweepStagingOnce(signal);
    this.options.log?.(
      `committed ${input.day}: ${result.rows.conversations} conversations, ${result.rows.messages} messages, ` +
        `${result.rejected} rejects${complete ? '' : ', incomplete'}`,
    );
    return result;
  }

  async dropGone(
    { runId, day, versions, rule, at }: DropGoneInput,
    signal: AbortSignal,
    onProgress: () => void = () => undefined,
  ): Promise<number> {
    const deps = this.deps(onProgress);
    const committed = await commitChange(
      deps,
      {
        day,
        runId,
        load: async (merge) => merge.addNothing(signal),
        plan: async (before, merge) => {
          if (before === null || !(await merge.hasOlder(versions, signal))) return null;
          const { moved_in = [], moved_out = [], coverage } = before;
          const gone = rule === 'mark' ? { versions, at } : null;
          const movedOut = rule === 'mark' ? moved_out : [...moved_out, ...versions];
          return { full: null, gone, movedIn: moved_in, movedOut, coverage };
        },
      },
      signal,
    );
    if (committed === null) return 0;
    await tidyAfterCommit(deps, day, signal);
    this.options.log?.(`${rule === 'mark' ? 'marked' : 'removed'} conversations of ${day} that are gone`);
    return versions.length;
  }

  async readManifest(day: string, signal?: AbortSignal): Promise<DayManifest | null> {
    return (await this.manifests.read(day, signal))?.manifest ?? null;
  }

  async deletedConversations(
    day: string,
    signal?: AbortSignal,
  ): Promise<{ conversation_key: string; fetched_at: number; deleted_at: number }[]> {
    const file = (await this.readManifest(day, signal))?.files[CONVERSATIONS.file];
    const path = file === undefined ? null : await this.store.localPath(file.key, signal);
    if (path === null) return [];
    const db = await DuckDb.open(this.options.tempDir);
    try {
      return await db.rows(
        `SELECT conversation_key, epoch_ms(fetched_at) AS fetched_at, epoch_ms(deleted_at) AS deleted_at
         FROM read_parquet(${literal(path)}) WHERE deleted_at IS NOT NULL ORDER BY conversation_key`,
        signal,
      );
    } finally {
      db.close();
    }
  }

  private async sweepStagingOnce(signal: AbortSignal): Promise<void> {
    if (this.sweptStaging) return;
    this.sweptStaging = true;
    const removed = await sweepStaging(this.store, Date.now(), signal);
    if (removed > 0) this.options.log?.(`removed ${removed} staged objects that abandoned runs had left`);
  }

  private deps(onProgress: () => void): CommitDeps {
    return { store: this.store, manifests: this.manifests, tempDir: this.options.tempDir, onProgress };
  }
}

/** Keys of conversations that a list of changed ones says rows of other days have, or had. */
async function listedElsewhere(
  store: ObjectStore,
  { rowsKey }: CommitDayInput,
  signal: AbortSignal,
): Promise<string[]> {
  if (rowsKey === undefined) return [];
  return (await readChangedRows(store, rowsKey, signal)).flatMap(({ elsewhere }) => elsewhere ?? []);
}

/** Attempts of batches that this commit and the run's earlier ones of the day cover. */
function appliedAttempts({ receipt, batches }: StagedDay): Record<string, string> {
  return {
    ...receipt?.applied,
    ...Object.fromEntries(batches.map(({ batch, marker }) => [batch, marker.attempt])),
  };
}

/** True where every batch of the plan has left its marker. */
function isWhole({ day, plannedBatches }: CommitDayInput, applied: Record<string, string>): boolean {
  const done = Object.keys(applied).length;
  if (done > plannedBatches) {
    throw new PipelineError(
      'LakeCorrupt',
      `${day}: ${done} batches have written their rows, but only ${plannedBatches} were planned; collect the day again`,
    );
  }
  return done === plannedBatches;
}

function sameInput(a: CommitDayInput, b: CommitDayInput): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof CommitDayInput)[];
  return keys.every((key) => a[key] === b[key]);
}

function commitResult(manifest: DayManifest, deleted: number): CommitDayResult {
  const rows = (file: string): number => manifest.files[file]?.rows ?? 0;
  return {
    manifestKey: manifestKey(manifest.day),
    generation: manifest.generation,
    rows: {
      conversations: rows('conversations'),
      messages: rows('messages'),
      categories: rows('categories'),
    },
    rejected: manifest.rejects?.rows ?? 0,
    deleted,
  };
}
