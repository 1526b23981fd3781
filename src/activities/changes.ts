import { Context } from '@temporalio/activity';
import { readChangedDays, readChangedRows, writeChangedRows } from '../adapters/staging/changed-rows.js';
import { beginWatermark, noteChecked, readWatermark } from '../adapters/watermarks/index.js';
import type { ChangedDays, ChangePlan, Watermark, WatermarkMove } from '../domain/changes.js';
import type { BatchInput, BatchRange, DayPart } from '../domain/collection.js';
import { PipelineError } from '../domain/errors.js';
import { dayOf } from '../domain/period.js';
import type { ChangedConversations, ConversationSource } from '../ports/conversation-source.js';
import type { ObjectStore } from '../ports/object-store.js';
import { runActivity } from './failures.js';

interface ChangeDeps {
  source: ConversationSource;
  /** Prefix of every key. */
  sourceName: string;
  store: ObjectStore;
  /** A reading begins so long before the end of the last one. */
  overlapMs: number;
}

/** One page of a changed day's plan. */
export interface ChangedDayPage {
  batches: BatchRange[];
  cursor: string | null;
  /** Conversation rows of the day that are read. */
  sourceCount: number;
  part: DayPart;
  /** The next day that has changed; null: this is the last. */
  nextDay: string | null;
}

const SECOND_MS = 1000;

/** Finding what has changed: which days, and which conversations of them. The lists are staged objects. */
export function createChangeActivities({ source, sourceName, store, overlapMs }: ChangeDeps) {
  const windowNow = () => {
    const until = Math.floor(Date.now() / SECOND_MS) * SECOND_MS;
    return { since: until - overlapMs, until };
  };
  return {
    /**
     * What to read: nothing, the conversations that have changed since the watermark, or whole days where nothing says
     * what has changed.
     */
    planChanges: async (input: { runId: string; appId?: string }): Promise<ChangePlan & { ms: number }> =>
      runActivity(async (signal, heartbeat): Promise<ChangePlan> => {
        const { runId, appId } = input;
        const watermark = await readWatermark(store, sourceName, appId ?? null, signal);
        const window = windowNow();
        if (watermark === null) {
          const notice = 'no watermark is set yet, so that every day is read';
          const first = await source.firstDay(appId, signal);
          const plan = await wholeDays(first, { window, appId, notice }, signal);
          return { ...plan, move: await beginWatermark(store, plan.move, runId, signal) };
        }
        if (watermark.mark !== null && (await source.looksAs(watermark.mark, signal))) {
          await noteChecked(store, watermark, window.until, signal);
          return { kind: 'nothing', since: watermark.until };
        }
        const since = watermark.until - overlapMs;
        const found = await source.changes({ appId, since, window }, signal, heartbeat);
        if (found === null) {
          const notice =
            'the tables do not say when rows were made (CreatedAt), so that days are read whole, and changes in earlier days are not noticed';
          return wholeDays(dayOf(since), { window, appId, notice, watermark }, signal);
        }
        const move = moveOf(window, appId, { watermark, mark: found.mark });
        const changed = await stageChanges(store, runId, found, watermark.from, signal);
        return { kind: 'changes', since, changed, move, notice: noticeOf(found) };
      }),

    /** One page of the plan of a changed day, from its list. */
    planChangedDay: async (input: {
      indexKey: string;
      day: string;
      batchSize: number;
      maxBatches: number;
      cursor: string | null;
    }): Promise<ChangedDayPage & { ms: number }> =>
      runActivity(async (signal) => {
        const index = await readChangedDays(store, input.indexKey, signal);
        const at = index.findIndex(({ day }) => day === input.day);
        const day = index[at];
        if (day === undefined)
          throw new PipelineError('InvalidInput', `${input.day} is not among the changed days`);
        const rows = await readChangedRows(store, day.key, signal);
        const from = input.cursor === null ? 0 : Number(input.cursor);
        const to = Math.min(rows.length, from + input.batchSize * input.maxBatches);
        const batches: BatchRange[] = [];
        for (let first = from; first < to; first += input.batchSize) {
          const part = rows.slice(first, Math.min(to, first + input.batchSize));
          const [idFrom, idTo] = [part[0]?.rowId, part.at(-1)?.rowId];
          if (idFrom !== undefined && idTo !== undefined) batches.push({ idFrom, idTo, count: part.length });
        }
        return {
          batches,
          cursor: to < rows.length ? String(to) : null,
          sourceCount: rows.length,
          part: { key: day.key, covers: day.covers, dayCount: day.dayCount },
          nextDay: index[at + 1]?.day ?? null,
        };
      }),

    /** Taken before the first day of a range is planned: the watermark that stands when all of it is committed. */
    openWatermark: async (input: {
      runId: string;
      appId?: string;
      startDate: string;
    }): Promise<WatermarkMove> => {
      const { move } = await runActivity(async (signal) => {
        const window = windowNow();
        const mark = await source.mark(window, signal);
        const begun = { ...moveOf(window, input.appId, { mark }), from: input.startDate };
        return { move: await beginWatermark(store, begun, input.runId, signal) };
      });
      return move;
    },
  };

  async function wholeDays(
    firstDay: string | null,
    options: {
      window: { since: number; until: number };
      appId: string | undefined;
      notice: string;
      watermark?: Watermark;
    },
    signal: AbortSignal,
  ): Promise<ChangePlan & { kind: 'range' }> {
    const { window, appId, notice, watermark } = options;
    const endDate = dayOf(window.until);
    const startDate = firstDay ?? endDate;
    const mark = await source.mark(window, signal);
    const move = { ...moveOf(window, appId, { watermark, mark }), from: watermark?.from ?? startDate };
    return { kind: 'range', startDate, endDate, move, notice };
  }

  function moveOf(
    { until }: { until: number },
    appId: string | undefined,
    { watermark, mark }: { watermark?: Watermark | undefined; mark: Watermark['mark'] },
  ): WatermarkMove {
    return {
      source: sourceName,
      appId: appId ?? null,
      from: watermark?.from ?? dayOf(until),
      until,
      mark,
    };
  }
}

export type ChangeActivities = ReturnType<typeof createChangeActivities>;

/** The rows of a batch that reads only what has changed; undefined for one that reads its whole range. */
export async function rowIdsOf(
  store: ObjectStore,
  { rowsKey, idFrom, idTo }: Pick<BatchInput, 'rowsKey' | 'idFrom' | 'idTo'>,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  if (rowsKey === undefined) return undefined;
  const ids = (await readChangedRows(store, rowsKey, signal)).map(({ rowId }) => rowId);
  return ids.slice(ids.indexOf(idFrom), ids.indexOf(idTo) + 1);
}

/** Lists what was found. Each attempt writes lists of its own: one that was given up cannot change them. */
export async function stageChanges(
  store: ObjectStore,
  runId: string,
  { days, undated }: Pick<ChangedConversations, 'days' | 'undated'>,
  /** First day of which every row is known, once these are; null: none. */
  coveredFrom: string | null,
  signal: AbortSignal,
): Promise<ChangedDays> {
  const { attempt } = Context.current().info;
  const { indexKey, index } = await writeChangedRows(
    store,
    `_staging/${runId}/changes/${attempt}-`,
    days.map(({ day, rows, dayCount }) => ({
      day,
      rows,
      dayCount,
      conversations: rows.length,
      covers: coveredFrom !== null && day >= coveredFrom,
    })),
    signal,
  );
  return {
    indexKey,
    days: index.length,
    firstDay: index[0]?.day ?? null,
    lastDay: index.at(-1)?.day ?? null,
    conversations: index.reduce((sum, { conversations }) => sum + conversations, 0),
    undated,
  };
}

function noticeOf({ orphanMessages, undated }: ChangedConversations): string | null {
  const found = [
    ...(undated === 0 ? [] : [`${undated} changed conversations without a usable start`]),
    ...(orphanMessages === 0 ? [] : [`${orphanMessages} changed messages without their conversation`]),
  ];
  return found.length === 0 ? null : `${found.join(' and ')} match no day: reconcile names them`;
}
