import { setTimeout as sleep } from 'node:timers/promises';

/** How often a waiting reader reports that it is alive. */
const HEARTBEAT_MS = 5_000;

/**
 * One token bucket for all readers of this process on one server: slots are evenly spaced (a burst could cross the
 * server's own limit, and crossing it costs 30 s), and a pause moves every slot that is not yet taken.
 */
export class RequestBudget {
  private nextSlot = 0;
  private pausedUntil = 0;
  private readonly rates = new Map<symbol, number>();

  /** A user of the budget; the slowest of the present users sets the pace. Call the result to leave. */
  join(requestsPerSecond: number): () => void {
    const user = Symbol('reader');
    this.rates.set(user, requestsPerSecond);
    return () => void this.rates.delete(user);
  }

  /** Milliseconds between two requests. */
  get intervalMs(): number {
    return this.rates.size === 0 ? 0 : 1000 / Math.min(...this.rates.values());
  }

  /** No reader starts a request for `ms` from now; a longer pause that is already set stays. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, Date.now() + ms);
  }

  /** Resolves when a request may be sent. `onWaiting` is called every few seconds, for heartbeats. */
  async slot(signal: AbortSignal, onWaiting?: () => void): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = Date.now();
      const at = Math.max(now, this.nextSlot, this.pausedUntil);
      if (at <= now) {
        this.nextSlot = now + this.intervalMs;
        return;
      }
      // Wakes at the earliest possible slot and looks again: a pause may have come, or another reader was first.
      await sleep(Math.min(at - now, HEARTBEAT_MS), undefined, { signal });
      if (at - now > HEARTBEAT_MS) onWaiting?.();
    }
  }
}

const budgets = new Map<string, RequestBudget>();

/** The budget of a server (`https://host:port`), shared by every source of this process. */
export function budgetFor(origin: string): RequestBudget {
  let budget = budgets.get(origin);
  if (!budget) budgets.set(origin, (budget = new RequestBudget()));
  return budget;
}
