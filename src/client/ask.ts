import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Questions to the person at a terminal. `null`: the input ended without an answer. */
export interface Asker {
  line(question: string): Promise<string | null>;
  /** Not shown while it is typed. */
  secret(question: string): Promise<string | null>;
  /** One of several, by number or name; asked again until it is one. */
  choose(question: string, options: readonly string[]): Promise<string | null>;
  close(): void;
}

export function createAsker(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Asker {
  let muted = false;
  const shown = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) output.write(chunk);
      done();
    },
  });
  const terminal = createInterface({ input, output: shown, terminal: input.isTTY });
  const lines = terminal[Symbol.asyncIterator]();
  const next = async (question: string, hide = false): Promise<string | null> => {
    output.write(question);
    muted = hide;
    const answer = await lines.next();
    muted = false;
    if (hide) output.write('\n');
    return answer.done === true ? null : answer.value.trim();
  };
  return {
    line: (question) => next(question),
    secret: (question) => next(question, true),
    choose: async (question, options) => {
      output.write(`${question}\n`);
      options.forEach((option, index) => output.write(`  ${index + 1}) ${option}\n`));
      for (;;) {
        const answer = await next('Number or name: ');
        if (answer === null) return null;
        const chosen = options[Number(answer) - 1] ?? options.find((option) => option === answer);
        if (chosen !== undefined) return chosen;
        output.write(`${JSON.stringify(answer)} is none of them.\n`);
      }
    },
    close: () => terminal.close(),
  };
}
