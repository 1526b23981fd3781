import { createInterface } from 'node:readline/promises';

/** Whether a person can be asked: both ends are a terminal. */
export function canAsk(input: { isTTY?: boolean }, output: { isTTY?: boolean }): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Asks whether to leave a run running (default: Enter, or end of input) or to cancel it. */
export async function askLeaveOrCancel(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<'leave' | 'cancel'> {
  const question = 'The run goes on without this command. Leave it running? [Y/n, n = cancel it] ';
  return /^\s*(n|no|c|cancel)\s*$/i.test(await answerTo(question, input, output)) ? 'cancel' : 'leave';
}

/** Asks a question whose answer is no unless the person says yes. */
export async function askYes(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  return /^\s*(y|yes)\s*$/i.test(await answerTo(`${question} [y/N] `, input, output));
}

/** One line of answer; '' where the input ends without one. */
async function answerTo(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  const terminal = createInterface({ input, output, terminal: false });
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}
