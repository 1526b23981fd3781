/**
 * Something that the embedded stack needs is missing or does not start. The message is written for the person at the
 * terminal: what was tried, why each way failed, and what to do. It never crosses Temporal, so it is no PipelineError.
 */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** The text of anything thrown, for use inside another message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
