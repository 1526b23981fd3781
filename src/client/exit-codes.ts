/** How a command ends; documented in docs/cli.md. */
export const EXIT = {
  /** Everything that was asked for is done. */
  complete: 0,
  /** An error that the program did not expect. */
  unexpected: 1,
  /** `doctor` found something broken that is needed. */
  broken: 1,
  /** Wrong arguments or configuration; nothing was started. */
  usage: 2,
  /** The run ended, but a batch failed or counts differ: something is missing. */
  partial: 3,
  /** The run was cancelled. */
  cancelled: 4,
  /** Temporal, an engine or a worker cannot be reached. */
  unreachable: 5,
  /** The run failed as a whole, for a reason that the message names. */
  failed: 6,
  /** Interrupted by Ctrl-C or SIGTERM: the run itself is not ended and can be resumed or followed. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Exit code of a collection that has ended. */
export function exitCodeOf(status: string): ExitCode {
  switch (status) {
    case 'complete':
      return EXIT.complete;
    case 'partial':
      return EXIT.partial;
    case 'cancelled':
      return EXIT.cancelled;
    default:
      return EXIT.failed;
  }
}
