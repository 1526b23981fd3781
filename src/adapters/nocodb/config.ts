import type { ReadingStrategy } from '../../domain/reading/strategy.js';

/** How to reach one NocoDB base and which of its tables hold the conversations. */
export interface NocoDbConfig {
  /** Root of the server, with its path where it lives under one: `https://noco.example.com/tools`. */
  baseUrl: string;
  /** API token, sent as `xc-token`. */
  apiToken: string;
  /** Base id, as in the address bar (`p` and 14 characters). */
  projectId: string;
  /** Id, title or table name; default `conversations`. */
  conversationsTable?: string | undefined;
  /** Id, title or table name; default `messages`. */
  messagesTable?: string | undefined;
  /** Path of a YAML mapping file (docs/source-nocodb.md). */
  mapping?: string | undefined;
  /** Prefix of every key; default the base id. */
  source?: string | undefined;
  /** Requests a second that this process may send to the server, over all readers. */
  requestsPerSecond: number;
  /** How ranges are read; default `auto`: whatever costs least. */
  reading?: ReadingSetting | undefined;
}

export type ReadingSetting = 'auto' | ReadingStrategy;

/** Limits of one request; tests shorten them. Milliseconds. */
export interface HttpLimits {
  connectTimeoutMs: number;
  /** Until the first byte of the answer: NocoDB itself may hold a request for minutes. */
  headersTimeoutMs: number;
  /** Between two chunks of the body. */
  bodyTimeoutMs: number;
  /** Tries of one request within the adapter; Temporal's retries come on top. */
  attempts: number;
  /** First wait of the backoff; it doubles, with jitter. */
  backoffMs: number;
  /** Longest pause after a 429 that is waited out here; a longer one is thrown as SourceRateLimited. */
  maxPauseMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 90_000,
  bodyTimeoutMs: 60_000,
  attempts: 3,
  backoffMs: 500,
  maxPauseMs: 60_000,
};
