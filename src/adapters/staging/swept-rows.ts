import type { BatchRange } from '../../domain/collection.js';
import type { PlanPage } from '../../ports/conversation-source.js';
import type { SweptBytes } from '../../ports/cpu-pool.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { dayKey, daysKey, getJson, Recent, SHARED, type SweptDay, type SweptDays } from './sweep-records.js';
import { readMembers, SweptRowsGone } from './slices.js';

/** Days whose list of slices is kept: those that batches are read of at a time. */
const RECENT_DAYS = 8;

/** What a sweep has staged, for those who read it: plans of days, and the rows of batches. */
export class SweptRows {
  private readonly days = new Recent<SweptDay>(RECENT_DAYS);

  constructor(private readonly store: ObjectStore) {}

  /** A page of a day's plan, from what the sweep found. @throws SweptRowsGone */
  async planDay(
    prefix: string,
    { day, maxBatches, cursor }: { day: string; maxBatches: number; cursor: string | null },
    signal: AbortSignal,
  ): Promise<PlanPage> {
    const days = new Map(await getJson<SweptDays>(this.store, daysKey(prefix), signal));
    const sourceCount = days.get(day);
    if (sourceCount === undefined) return { batches: [], cursor: null, sourceCount: 0 };
    const { batches } = await this.day(prefix, day);
    const from = cursor === null ? 0 : Number(cursor);
    const page = batches.slice(from, from + maxBatches);
    return {
      batches: page.map(({ idFrom, idTo, count }) => ({ idFrom, idTo, count })),
      cursor: from + page.length < batches.length ? String(from + page.length) : null,
      sourceCount,
    };
  }

  /** The bytes of a batch; null where they are gone, or its day has no such batch: its rows have to be asked for. */
  async batch(
    prefix: string,
    { day, idFrom, idTo }: Pick<BatchRange, 'idFrom' | 'idTo'> & { day: string },
    signal: AbortSignal,
  ): Promise<SweptBytes | null> {
    try {
      const { startedAt, losers, versions = [], batches } = await this.day(prefix, day);
      const batch = batches.find((other) => other.idFrom === idFrom && other.idTo === idTo);
      if (batch === undefined) return null;
      const [conversations, messages] = await Promise.all([
        readMembers(this.store, batch.conversations, signal),
        readMembers(this.store, batch.messages, signal),
      ]);
      return { startedAt, losers, versions, idFrom, idTo, conversations, messages };
    } catch (error) {
      if (error instanceof SweptRowsGone) return null;
      throw error;
    }
  }

  private day(prefix: string, day: string): Promise<SweptDay> {
    const key = dayKey(prefix, day);
    return this.days.get(key, () => getJson<SweptDay>(this.store, key, SHARED));
  }
}
