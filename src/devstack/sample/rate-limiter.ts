import { ApiError } from './api-error.js';

export interface RateLimit {
  /** Requests allowed within `windowMs`; one more blocks. */
  requests: number;
  windowMs: number;
  /** How long every request is refused once the limit was crossed. */
  blockMs: number;
}

/** Limits a caller as NestJS's throttler does: crossing the limit refuses everything until the block has passed. */
export class RateLimiter {
  private hits: number[] = [];
  private blockedUntil = 0;

  constructor(
    private readonly limit: RateLimit,
    private readonly now: () => number = Date.now,
  ) {}

  /** Counts a request; throws 429 with `Retry-After` (seconds) where it is too much. */
  count(): void {
    const now = this.now();
    if (now < this.blockedUntil) throw this.refusal(now);
    this.hits = this.hits.filter((at) => now - at < this.limit.windowMs);
    this.hits.push(now);
    if (this.hits.length <= this.limit.requests) return;
    this.hits = [];
    this.blockedUntil = now + this.limit.blockMs;
    throw this.refusal(now);
  }

  private refusal(now: number): ApiError {
    const seconds = Math.max(1, Math.ceil((this.blockedUntil - now) / 1000));
    return new ApiError(
      429,
      { message: 'ThrottlerException: Too Many Requests' },
      { 'Retry-After': String(seconds) },
    );
  }
}
