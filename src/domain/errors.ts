/**
 * Every failure that the pipeline can name. `type` travels through Temporal and is what code and people compare;
 * messages never contain text of conversations.
 */
export const FAILURE_TYPES = {
  /** Token refused (401, 403). */
  SourceAuth: {
    retryable: false,
    pausesRun: true,
    remedy:
      'set NOCODB_API_TOKEN to a token that may read the base and restart the workers, then run it again',
  },
  /** A table, column or mapping is missing or ambiguous (404, 422). */
  SourceSchema: {
    retryable: false,
    remedy: 'bring back the missing table or column, or name the new one in the mapping, then run it again',
  },
  /** Rate limit; carries the wait in milliseconds. */
  SourceRateLimited: {
    retryable: true,
    remedy: 'lower NOCODB_REQUESTS_PER_SECOND or the number of workers that read NocoDB, then run it again',
  },
  /** Network, timeout, 5xx, proxy pages. */
  SourceUnavailable: {
    retryable: true,
    remedy: 'see that NocoDB answers at NOCODB_BASE_URL, then run it again',
  },
  /** Any other 4xx of the source. */
  SourceRequest: { retryable: false, remedy: 'read what NocoDB answered, put that right, then run it again' },
  /** The app id given is unknown to the source. */
  UnknownApp: { retryable: false, remedy: 'collect with an app id that the source knows' },
  /** Object store not reachable or out of space. */
  LakeUnavailable: {
    retryable: true,
    remedy: 'make room on the disk of LAKE_DIR, or see that S3_ENDPOINT answers, then run it again',
  },
  /** Bucket missing, access denied, directory not writable. */
  LakeAccess: {
    retryable: false,
    pausesRun: true,
    remedy: 'let the worker write to LAKE_DIR or to S3_BUCKET, then run it again',
  },
  /** Another writer committed the day again and again. */
  LakeConflict: { retryable: true, remedy: 'run it again when fewer runs write the same day' },
  /** Staged or committed objects are not what their manifest says. */
  LakeCorrupt: {
    retryable: false,
    remedy:
      'run it again; if it fails once more, see that all workers use the same lake, and collect the day again',
  },
  MongoUnavailable: { retryable: true, remedy: 'see that MongoDB answers at MONGODB_URI, then run it again' },
  /** Credentials refused by MongoDB. */
  MongoAuth: {
    retryable: false,
    pausesRun: true,
    remedy: 'put user and password in MONGODB_URI right and restart the workers, then run it again',
  },
  /** Model files missing or their checksum wrong. */
  ModelUnavailable: {
    retryable: false,
    pausesRun: true,
    remedy:
      'bring back the files of the model on the categorize workers (reinstall the package), then run it again',
  },
  /** A receiver of reports refuses them: wrong address, secret or password. */
  DeliveryRefused: {
    retryable: false,
    remedy:
      'put right the address or secret that the message names, restart the workers, then deliver the report again',
  },
  /** A receiver of reports cannot be reached, or says to try later. */
  DeliveryUnavailable: {
    retryable: true,
    remedy: 'see that the receiver answers, then deliver the report again',
  },
  /** Bad argument of an activity or workflow. */
  InvalidInput: { retryable: false, remedy: 'put right what the message names, then run it again' },
} as const satisfies Record<string, FailureKind>;

interface FailureKind {
  /** Whether the same attempt may succeed later. */
  retryable: boolean;
  /** True where every other batch would fail as well: a collection pauses at the first one (docs/adr/0006). */
  pausesRun?: true;
  /** What a person does about it. */
  remedy: string;
}

export type FailureType = keyof typeof FAILURE_TYPES;

/** What is known of a type that came through Temporal; null for those that are not ours (`Timeout:…`, `Unexpected`). */
function kindOf(type: string): FailureKind | null {
  return Object.hasOwn(FAILURE_TYPES, type) ? FAILURE_TYPES[type as FailureType] : null;
}

/** Whether a failure of this type says that all further work would fail too. */
export function pausesRun(type: string): boolean {
  return kindOf(type)?.pausesRun ?? false;
}

/** What a person does about a failed batch, in one line. */
export function remedyOf(type: string): string {
  if (type.startsWith('Timeout:')) {
    return 'see that workers run on every queue and are not overloaded, then run it again';
  }
  return (
    kindOf(type)?.remedy ?? "look into the worker's log, then run it again; if it fails once more, report it"
  );
}

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
