import type { CollectProgress } from '../../domain/collection.js';

/** What the counters say about speed. null: not known yet. */
export interface Pace {
  messagesPerSecond: number | null;
  /** Milliseconds; an estimate, since days not yet planned may hold more or less than those planned. */
  timeLeftMs: number | null;
}

interface Sample {
  at: number;
  messages: number;
  conversations: number;
}

/** Speed over this time: long enough to even out batches, short enough to follow changes. */
const WINDOW_MS = 20_000;
const MIN_SPAN_MS = 1_000;

/** Turns a series of progress answers into a pace. Times are epoch milliseconds. */
export class PaceMeter {
  private samples: Sample[] = [];

  /** @param limit `--limit` of the run, where it has one */
  constructor(private readonly limit?: number) {}

  add(progress: CollectProgress, at: number): Pace {
    const sample = {
      at,
      messages: progress.messages.received,
      conversations: progress.conversations.received,
    };
    // Counters of another run (resumed elsewhere) would give a negative pace.
    if (this.samples.some((known) => known.messages > sample.messages)) this.samples = [];
    this.samples.push(sample);
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= WINDOW_MS) this.samples.shift();

    const first = this.samples[0] ?? sample;
    const span = at - first.at;
    if (span < MIN_SPAN_MS) return { messagesPerSecond: null, timeLeftMs: null };
    const perMs = (sample.conversations - first.conversations) / span;
    const left = estimatedConversations(progress, this.limit) - sample.conversations;
    return {
      messagesPerSecond: ((sample.messages - first.messages) / span) * 1000,
      timeLeftMs: perMs > 0 && left > 0 ? left / perMs : null,
    };
  }
}

/** Conversations of the whole range: those planned, and for days not yet planned the mean of the days done. */
export function estimatedConversations(progress: CollectProgress, limit?: number): number {
  const { days, conversations, plannedConversations } = progress;
  const perDay = days.done === 0 ? 0 : conversations.received / days.done;
  const estimate = Math.max(plannedConversations, perDay * days.total);
  return limit === undefined ? estimate : Math.min(limit, estimate);
}
