import { PipelineError, type FailureType } from '../../domain/errors.js';

/**
 * What threads answer. An error that crosses a thread's border keeps its message and loses its class, so that nobody would
 * know any more whether trying again helps: those that we know are handed over as data.
 */
export type Answer<T> = { value: T } | { fault: { type: FailureType; message: string } };

/** For the thread. */
export function answering<I, T>(work: (input: I) => T | Promise<T>): (input: I) => Promise<Answer<T>> {
  return async (input) => {
    try {
      return { value: await work(input) };
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      return { fault: { type: error.type, message: error.message } };
    }
  };
}

/** For who asked. @throws PipelineError */
export async function answerOf<T>(answer: Promise<unknown>): Promise<T> {
  const told = (await answer) as Answer<T>;
  if ('fault' in told) throw new PipelineError(told.fault.type, told.fault.message);
  return told.value;
}
