import { expect, it } from '@jest/globals';
import { encodeNdjson } from '../../../src/adapters/staging/ndjson.js';
import {
  encodeFacts,
  encodeLabelled,
  iterateFacts,
  joinLabelled,
} from '../../../src/adapters/staging/threads.js';
import { COLUMNS_AFTER_PROCESS, type LabelledThread, type ThreadFacts } from '../../../src/domain/thread.js';
import { labelledThread } from '../support/threads.js';

const at = Date.UTC(2024, 2, 5);
const threads = [
  labelledThread({ id: 'a', startedAt: at, fetchedAt: at + 1, runId: 'r', texts: ['😀 a', 'b\n"c"'] }),
  labelledThread({ id: 'b', startedAt: at, fetchedAt: at + 2, runId: 'r', texts: [] }),
  labelledThread({ id: 'c', startedAt: at, fetchedAt: at + 3, runId: 'r', texts: ['d'] }),
];
const [first] = threads;
if (first?.messages[0] === undefined) throw new Error('no message');
first.messages[0].text_raw = '<b>😀</b> a';
first.messages[0].quality_flags = ['html'];
const facts: ThreadFacts[] = threads.map(({ conversation, messages }) => ({
  conversation: Object.fromEntries(
    Object.entries(conversation).filter(([column]) => !COLUMNS_AFTER_PROCESS.includes(column)),
  ) as unknown as ThreadFacts['conversation'],
  messages,
}));
const staged = { facts: encodeFacts(facts), labelled: encodeLabelled(threads) };

it('gives back the facts', () => {
  expect([...iterateFacts(staged.facts)]).toEqual(facts);
});

it('joins labels with the messages they are of', () => {
  expect([...joinLabelled(staged, 'all')]).toEqual(threads);
});

it('leaves both texts out where none are to be stored, and nothing else', () => {
  expect([...joinLabelled(staged, 'none')]).toEqual(
    threads.map((thread) => ({
      ...thread,
      messages: thread.messages.map((message) => ({ ...message, text: null, text_raw: null })),
    })),
  );
});

it('refuses labels of other threads, and bytes that are no staging', () => {
  const others = encodeFacts(facts.slice(1));
  expect(() => [...joinLabelled({ ...staged, facts: others }, 'all')]).toThrow('not those of the staged');
  expect(() => [...joinLabelled({ ...staged, facts: encodeFacts([]) }, 'all')]).toThrow('not those');
  expect(() => [...iterateFacts(Buffer.from('nonsense'))]).toThrow('neither snappy nor gzip');
});

it('reads what release 0.2.0 staged: whole objects', () => {
  expect([...iterateFacts(encodeNdjson(facts))]).toEqual(facts);
  const labelled: LabelledThread[] = threads;
  expect([...joinLabelled({ facts: encodeFacts([]), labelled: encodeNdjson(labelled) }, 'all')]).toEqual(
    threads,
  );
});
