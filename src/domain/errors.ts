/**
 * Every failure that the pipeline can name. `type` travels through Temporal and is what code and people compare;
 * messages never contain text of conversations.
 */
export const FAILURE_TYPES = {
  /** Token refused (401, 403). */
  SourceAuth: { retryable: false },
  /** A table, column or mapping is missing or ambiguous (404, 422). */
  SourceSchema: { retryable: false },
  /** Rate limit; carries the wait in milliseconds. */
  SourceRateLimited: { retryable: true },
  /** Network, timeout, 5xx, proxy pages. */
  SourceUnavailable: { retryable: true },
  /** Any other 4xx of the source. */
  SourceRequest: { retryable: false },
  /** The app id given is unknown to the source. */
  UnknownApp: { retryable: false },
  /** Object store not reachable or out of space. */
  LakeUnavailable: { retryable: true },
  /** Bucket missing, access denied, directory not writable. */
  LakeAccess: { retryable: false },
  /** Another writer committed the day again and again. */
  LakeConflict: { retryable: true },
  /** Staged or committed objects are not what their manifest says. */
  LakeCorrupt: { retryable: false },
  MongoUnavailable: { retryable: true },
  /** Credentials refused by MongoDB. */
  MongoAuth: { retryable: false },
  /** Model files missing or their checksum wrong. */
  ModelUnavailable: { retryable: false },
  /** Bad argument of an activity or workflow. */
  InvalidInput: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

export type FailureType = keyof typeof FAILURE_TYPES;

/** An error that names its kind; adapters throw it, `activities/failures.ts` maps it to Temporal's. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  constructor(
    readonly type: FailureType,
    message: string,
    readonly options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
  get retryable(): boolean {
    return FAILURE_TYPES[this.type].retryable;
  }
}
