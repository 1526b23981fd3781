import { encodeFacts, encodeLabelled } from '../adapters/staging/threads.js';
import { openLakeReader, type DayPage } from '../adapters/lake/index.js';
import { toJson } from '../adapters/run-records/index.js';
import type { ProjectionRebuild } from '../adapters/mongo/rebuild.js';
import {
  addComparisons,
  COMPARED,
  compareLabels,
  emptyComparison,
  isSameThread,
  lacksText,
  type Comparison,
} from '../domain/categorize/compare.js';
import { categorizeThreads } from '../domain/categorize/threads.js';
import { PipelineError } from '../domain/errors.js';
import {
  comparisonKey,
  comparisonPrefix,
  summaryKey,
  type RecategorizeProgress,
  type RecategorizeSummary,
  type RelabelledDay,
} from '../domain/recategorization.js';
import { CATEGORIES, CONVERSATIONS, MESSAGES } from '../domain/schema.js';
import type { LabelledThread } from '../domain/thread.js';
import type { CpuPool } from '../ports/cpu-pool.js';
import type { HumanLabelStore } from '../ports/human-labels.js';
import { labelStagingId, type CommitLabelsInput, type CommitLabelsResult, type Lake } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { ReportBook } from '../ports/report-book.js';
import type { TextClassifier } from '../ports/text-classifier.js';
import { runActivity } from './failures.js';
import { reportsOf } from './report-staleness.js';
import { readStaged, stagingKey, writeStaged } from './staging.js';

/** Conversations read and labelled at a time: their texts are one device batch after another. */
const PAGE = 500;
/** Moves of a task that are told in the run's result; its object holds all. */
const MOVES_TOLD = 50;

interface RelabelDeps {
  store: ObjectStore;
  labels: HumanLabelStore;
  /** @param modelDir absent: the worker's own model */
  classifier: (modelDir: string | undefined) => Promise<TextClassifier>;
}

export interface RelabelInput {
  runId: string;
  day: string;
  appId?: string;
  modelDir?: string;
  dryRun: boolean;
}

/** Labels stored days again, on the GPU-pinned queue. */
export function createRelabelActivities({ store, labels, classifier }: RelabelDeps) {
  const reader = openLakeReader(store);
  return {
    /**
     * Labels a committed day again, keeps how old and new labels compare, and stages the conversations of which
     * anything differs.
     */
    relabelDay: async (input: RelabelInput): Promise<RelabelledDay & { ms: number }> =>
      runActivity(async (signal) => {
        const { runId, day, appId } = input;
        const model = await classifier(input.modelDir);
        const { modelVersion, taxonomyVersion } = model;
        const result: RelabelledDay = {
          basis: null,
          modelVersion,
          taxonomyVersion,
          read: 0,
          changed: 0,
          pages: [],
        };
        const [manifest] = await reader.committedDays({ start: day, end: day }, signal);
        if (manifest === undefined) return result;
        const { commit_id: commitId, generation } = manifest;
        result.basis = { commitId, generation };
        let comparison = emptyComparison();
        for await (const page of reader.dayRows(manifest, PAGE, signal)) {
          const stored = threadsOf(page).filter(
            ({ conversation }) => appId === undefined || conversation.app_id === appId,
          );
          if (stored.some(lacksText)) throw withoutTexts(day);
          const human = await labels.of(
            () => stored.map(({ conversation }) => conversation.conversation_key),
            signal,
          );
          const fresh = await categorizeThreads(stored, model, signal, human);
          const pairs = stored.flatMap((before, n) => {
            const after = fresh[n];
            return after === undefined ? [] : [{ before, after }];
          });
          comparison = addComparisons(comparison, compareLabels(pairs));
          const changed = pairs.flatMap(({ before, after }) => (isSameThread(before, after) ? [] : [after]));
          result.read += stored.length;
          result.changed += changed.length;
          if (changed.length === 0 || input.dryRun) continue;
          const ref = { runId: labelStagingId(runId, generation), day, batch: result.pages.length };
          // The messages stay as they are.
          const facts = encodeFacts(changed.map(({ conversation }) => ({ conversation, messages: [] })));
          result.pages.push({
            batch: ref.batch,
            factsKey: await writeStaged(store, stagingKey(ref, 'facts'), facts, signal),
            labelledKey: await writeStaged(
              store,
              stagingKey(ref, 'labelled'),
              encodeLabelled(changed),
              signal,
            ),
          });
        }
        await store.put(
          comparisonKey(runId, day),
          toJson({ day, modelVersion, taxonomyVersion, comparison }),
          {
            signal,
          },
        );
        return result;
      }),
  };
}

/** Encodes the staged labels and commits them: CPU work. */
export function createSwitchActivities({
  store,
  pool,
  lake,
}: {
  store: ObjectStore;
  pool: CpuPool;
  lake: Lake;
}) {
  return {
    switchDay: async (
      input: CommitLabelsInput & Pick<RelabelledDay, 'pages'>,
    ): Promise<{ result: CommitLabelsResult; ms: number }> =>
      runActivity(async (signal, heartbeat) => {
        const { runId, day, basis, pages } = input;
        const committed = (await lake.readManifest(day, signal))?.commit_id;
        // Otherwise there is nothing to encode: the staging may be gone already.
        if (committed === basis.commitId) {
          for (const { batch, factsKey, labelledKey } of pages) {
            const [facts, labelled] = await Promise.all([
              readStaged(store, factsKey, signal),
              readStaged(store, labelledKey, signal),
            ]);
            const parts = await pool.encodeParts({ facts, labelled }, signal);
            const ref = { runId: labelStagingId(runId, basis.generation), day, batch };
            await lake.putParts(ref, parts, [], signal);
          }
        }
        return { result: await lake.commitLabels({ runId, day, basis }, signal, heartbeat) };
      }),
  };
}

interface BooksDeps {
  store: ObjectStore;
  /** null: this worker knows no MongoDB. */
  projection: Pick<ProjectionRebuild, 'prepare' | 'restore' | 'settle'> | null;
  book: Pick<ReportBook, 'records'>;
}

/** Light I/O: which days there are, MongoDB, and what a run came to. */
export function createRecategorizeBooks({ store, projection, book }: BooksDeps) {
  const reader = openLakeReader(store);
  return {
    committedDays: async (input: {
      startDate: string;
      endDate: string;
    }): Promise<{ days: string[]; ms: number }> =>
      runActivity(async (signal) => {
        const range = { start: input.startDate, end: input.endDate };
        return { days: (await reader.committedDays(range, signal)).map(({ day }) => day) };
      }),

    /**
     * Brings the labels of a day to MongoDB: conversations and categories as the lake has them. A document of a newer
     * reading is left alone.
     */
    projectLabels: async (input: { day: string }) =>
      runActivity(async (signal, heartbeat) => {
        if (projection === null) {
          throw new PipelineError(
            'InvalidInput',
            'the run writes to MongoDB, but this worker has no MONGODB_URI: set it, or recategorize with --no-mongodb',
          );
        }
        await projection.prepare(signal);
        const [manifest] = await reader.committedDays({ start: input.day, end: input.day }, signal);
        if (manifest === undefined) return {};
        for await (const page of reader.dayRows(manifest, PAGE, signal)) {
          const tables = page.tables.filter(({ table }) => table === CONVERSATIONS || table === CATEGORIES);
          const versions = new Map(
            tables.flatMap(({ table, rows }) =>
              table === CONVERSATIONS ? rows.map((row) => [row['conversation_key'], row['fetched_at']]) : [],
            ),
          );
          const { strays } = await projection.restore(page.conversationKeys, tables, signal);
          // Labels that the lake does not have any more, of the very version that it has.
          const gone = strays.filter(
            (stray) =>
              stray.replacement === undefined && versions.get(stray.conversationKey) === stray.version,
          );
          await projection.settle(gone, signal);
          heartbeat();
        }
        return {};
      }),

    /** Adds up the days, lists the stored reports that they are part of, and keeps the result. */
    closeRecategorization: async (input: {
      progress: RecategorizeProgress;
      touched: string[];
    }): Promise<RecategorizeSummary & { ms: number }> =>
      runActivity(async (signal) => {
        const { progress, touched } = input;
        const { runId } = progress;
        let comparison = emptyComparison();
        for await (const { key } of store.list(comparisonPrefix(runId), signal)) {
          const object = key === summaryKey(runId) ? null : await store.get(key, signal);
          if (object === null) continue;
          const stored = JSON.parse(Buffer.from(object.body).toString('utf8')) as { comparison: Comparison };
          comparison = addComparisons(comparison, stored.comparison);
        }
        const summary: RecategorizeSummary = {
          ...progress,
          comparison,
          touchedDays: touched,
          reports: await reportsOf(book, touched, progress.appId, signal),
          summaryKey: summaryKey(runId),
        };
        await store.put(summary.summaryKey, toJson(summary), { signal });
        const told = structuredClone(comparison);
        for (const what of COMPARED) told[what].moves = told[what].moves.slice(0, MOVES_TOLD);
        return { ...summary, comparison: told };
      }),
  };
}

function threadsOf({ conversationKeys, tables }: DayPage): LabelledThread[] {
  const rowsOf = <T>(of: unknown): T[] =>
    (tables.find(({ table }) => table === of)?.rows ?? []) as unknown as T[];
  const threads = new Map<string, LabelledThread>();
  for (const conversation of rowsOf<LabelledThread['conversation']>(CONVERSATIONS)) {
    threads.set(conversation.conversation_key, { conversation, messages: [], categories: [] });
  }
  for (const message of rowsOf<LabelledThread['messages'][number]>(MESSAGES)) {
    threads.get(message.conversation_key)?.messages.push(message);
  }
  for (const category of rowsOf<LabelledThread['categories'][number]>(CATEGORIES)) {
    threads.get(category.conversation_key)?.categories.push(category);
  }
  return conversationKeys.flatMap((key) => threads.get(key) ?? []);
}

function withoutTexts(day: string): PipelineError {
  return new PipelineError(
    'InvalidInput',
    `${day} was stored without its texts (STORE_TEXT=none), and a model can only label what it can read.\n` +
      'Allowed are days that were collected with STORE_TEXT=all.\n' +
      `Collect the day again instead: conversation-analytics collect --start-date ${day} --end-date ${day}`,
  );
}

export type RelabelActivities = ReturnType<typeof createRelabelActivities>;
export type SwitchActivities = ReturnType<typeof createSwitchActivities>;
export type RecategorizeBooks = ReturnType<typeof createRecategorizeBooks>;
