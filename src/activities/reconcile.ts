import { Context } from '@temporalio/activity';
import { openLakeReader } from '../adapters/lake/index.js';
import { writeFindings } from '../adapters/run-records/index.js';
import { decodeNdjson, encodeNdjson } from '../adapters/staging/ndjson.js';
import type { ChangedDays } from '../domain/changes.js';
import { compareSides, type StoredConversation } from '../domain/compare.js';
import { PipelineError } from '../domain/errors.js';
import type {
  Differences,
  GoneDay,
  GoneRule,
  ReconcileInput,
  StoredVersion,
  SweptConversation,
} from '../domain/reconcile.js';
import type { ConversationSource, SourceSweep } from '../ports/conversation-source.js';
import type { Lake } from '../ports/lake.js';
import type { ObjectStore } from '../ports/object-store.js';
import type { Projection } from '../ports/projection.js';
import { stageChanges } from './changes.js';
import { runActivity } from './failures.js';
import { readStaged, readStagedItems } from './staging.js';

/** What a sweep found, but for the list of conversations, which is staged. */
export interface SweepResult extends Pick<SourceSweep, 'rows' | 'requests' | 'orphanMessages' | 'sweptAt'> {
  undated: number;
  sweepKey: string;
}

export interface Comparison {
  compared: { source: number; lake: number };
  differences: Differences;
  /** To be read again; null: none. */
  changed: ChangedDays | null;
  goneDays: GoneDay[];
  findingsKey: string | null;
}

/** First line of a staged sweep; the conversations follow. */
type SweepHead = Pick<SourceSweep, 'undatedRows' | 'orphanRows'>;

/** Reading the source for a reconciliation. */
export function createSweepActivities({ source, store }: { source: ConversationSource; store: ObjectStore }) {
  return {
    /** Reads keys and stamps of whole tables into staging. */
    sweepSource: async (input: { runId: string }): Promise<SweepResult & { ms: number }> =>
      runActivity(async (signal, heartbeat) => {
        const { conversations, undatedRows, orphanRows, ...told } = await source.sweep(signal, heartbeat);
        const head: SweepHead = { undatedRows, orphanRows };
        const sweepKey = reconcileKey(input.runId, 'sweep');
        await store.put(sweepKey, encodeNdjson([head, ...conversations]), { signal });
        return { ...told, undated: undatedRows.length, sweepKey };
      }),
  };
}

export type SweepActivities = ReturnType<typeof createSweepActivities>;

/** Comparing with the lake, and putting right what is gone. */
export function createReconcileActivities({
  sourceName,
  store,
  lake,
}: {
  sourceName: string;
  store: ObjectStore;
  lake: Lake;
}) {
  return {
    compareWithLake: async (input: {
      runId: string;
      range: Pick<ReconcileInput, 'startDate' | 'endDate' | 'appId'>;
      sweepKey: string;
      sweptAt: number;
    }): Promise<Comparison & { ms: number }> =>
      runActivity(async (signal) => {
        const { runId, range, sweepKey, sweptAt } = input;
        const [head, ...swept] = decodeNdjson<SweepHead | SweptConversation>(
          await readStaged(store, sweepKey, signal),
        );
        const { undatedRows, orphanRows } = head as SweepHead;
        const stored = await storedConversations(store, sourceName, range, signal);
        const found = compareSides(swept as SweptConversation[], stored, {
          ...range,
          source: sourceName,
          sweptAt,
        });
        const changed =
          found.changed.length === 0
            ? null
            : await stageChanges(store, runId, { days: found.changed, undated: 0 }, null, signal);
        const goneDays: GoneDay[] = [];
        for (const [day, versions] of found.gone) {
          const key = reconcileKey(runId, `gone-${day}`);
          await store.put(key, encodeNdjson(versions), { signal });
          goneDays.push({ day, key, conversations: versions.length });
        }
        const rows = [
          ...found.findings,
          ...undatedRows.map((row) => unmatched('undated_conversation', row)),
          ...orphanRows.map((row) => unmatched('orphan_message', row)),
        ];
        const findingsKey = await writeFindings(store, runId, rows, signal);
        const { compared, differences } = found;
        return { compared, differences, changed, goneDays, findingsKey };
      }),

    /** Marks or removes conversations of a day that are gone; those that have been read anew meanwhile stay. */
    dropGone: async (input: {
      runId: string;
      day: string;
      key: string;
      gone: GoneRule;
      at: number;
    }): Promise<{ gone: number; ms: number }> =>
      runActivity(async (signal, heartbeat) => {
        const { runId, day, key, gone: rule, at } = input;
        const versions = await readStagedItems<StoredVersion>(store, key, signal);
        return { gone: await lake.dropGone({ runId, day, versions, rule, at }, signal, heartbeat) };
      }),
  };
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

/** Removing from MongoDB what has been removed from the lake. */
export function createRemovalActivities({
  store,
  projection,
}: {
  store: ObjectStore;
  projection: Projection | null;
}) {
  return {
    projectRemovals: async (input: { key: string }) =>
      runActivity(async (signal) => {
        const versions = await readStagedItems<StoredVersion>(store, input.key, signal);
        if (projection === null)
          throw new PipelineError(
            'InvalidInput',
            'the run writes to MongoDB, but this worker has no MONGODB_URI: set it, or reconcile with --no-mongodb',
          );
        await projection.remove(versions, signal);
        return {};
      }),
  };
}

export type RemovalActivities = ReturnType<typeof createRemovalActivities>;

function unmatched(kind: 'undated_conversation' | 'orphan_message', row: string) {
  return { kind, day: null, conversation_id: null, source_row_id: row };
}

function reconcileKey(runId: string, what: string): string {
  return `_staging/${runId}/reconcile/${Context.current().info.attempt}-${what}.ndjson.gz`;
}

/** What the lake holds of a range, with the messages that were received for each conversation: stored or rejected. */
async function storedConversations(
  store: ObjectStore,
  source: string,
  { startDate, endDate, appId }: Pick<ReconcileInput, 'startDate' | 'endDate' | 'appId'>,
  signal: AbortSignal,
): Promise<{ conversations: StoredConversation[]; rejectedRows: string[] }> {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const app = appId === undefined ? '' : ` AND c.app_id = ${quoted(appId)}`;
  const reader = openLakeReader(store);
  const range = { start: startDate, end: endDate };
  const conversations = await reader.query<StoredConversation>(
    `SELECT c.conversation_key, c.conversation_id, c.source_row_id, c.run_id,
       epoch_ms(c.fetched_at)::DOUBLE AS fetched_at,
       strftime(c.started_at AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
       epoch_ms(c.source_updated_at)::DOUBLE AS updated_at,
       c.deleted_at IS NOT NULL AS deleted,
       (coalesce(m.n, 0) + coalesce(r.n, 0))::INTEGER AS messages
     FROM conversations c
     LEFT JOIN (SELECT conversation_key, count(*) AS n FROM messages GROUP BY 1) m USING (conversation_key)
     LEFT JOIN (SELECT conversation_key, count(*) AS n FROM rejects WHERE "table" = 'messages' GROUP BY 1) r
       USING (conversation_key)
     WHERE c.source = ${quoted(source)}${app}`,
    range,
    signal,
  );
  const rejects = await reader.query<{ id: string }>(
    `SELECT source_row_id AS id FROM rejects WHERE "table" = 'conversations' AND source = ${quoted(source)}`,
    range,
    signal,
  );
  return { conversations, rejectedRows: rejects.map(({ id }) => id) };
}
